//! Things with numbers, whose numbers are used again.

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

/// Numbered things. The order in which free numbers are used again is part of what is written
/// down, so that a state read back goes on exactly like the one that was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Slab<T> {
    cells: Vec<Cell<T>>,
    /// The free cell that is used next.
    free: Option<u32>,
    used: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Cell<T> {
    /// The free cell that is used after this one.
    Free(Option<u32>),
    Used(T),
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { cells: Vec::new(), free: None, used: 0 }
    }
}

impl<T> Slab<T> {
    /// The number that the next thing gets.
    pub(super) fn next(&self) -> u32 {
        self.free.unwrap_or_else(|| u32::try_from(self.cells.len()).expect("fewer than 2^32 things at once"))
    }

    pub(super) fn insert(&mut self, thing: T) -> u32 {
        let number = self.next();
        if let Some(cell) = self.cells.get_mut(number as usize) {
            let Cell::Free(next) = *cell else { unreachable!("the free cells are free") };
            self.free = next;
            *cell = Cell::Used(thing);
        } else {
            if self.cells.is_empty() {
                // Most runs never have two at once.
                self.cells.reserve_exact(1);
            }
            self.cells.push(Cell::Used(thing));
        }
        self.used += 1;
        number
    }

    /// Gives back its room if it is empty. The numbers begin anew.
    pub(super) fn rest(&mut self) {
        if self.used == 0 {
            *self = Self::default();
        }
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<T> {
        let cell = self.cells.get_mut(number as usize).filter(|cell| matches!(cell, Cell::Used(_)))?;
        let Cell::Used(thing) = std::mem::replace(cell, Cell::Free(self.free)) else { return None };
        self.free = Some(number);
        self.used -= 1;
        Some(thing)
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        match self.cells.get(number as usize) {
            Some(Cell::Used(thing)) => Some(thing),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.cells.get_mut(number as usize) {
            Some(Cell::Used(thing)) => Some(thing),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.used
    }

    /// All things and their numbers.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        (0..).zip(&mut self.cells).filter_map(|(number, cell)| match cell {
            Cell::Used(thing) => Some((number, thing)),
            Cell::Free(_) => None,
        })
    }

    /// All things, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.cells.iter().filter_map(|cell| match cell {
            Cell::Used(thing) => Some(thing),
            Cell::Free(_) => None,
        })
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        let Cell::Used(thing) = &self.cells[number as usize] else { unreachable!("it is in use") };
        thing
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        let Cell::Used(thing) = &mut self.cells[number as usize] else { unreachable!("it is in use") };
        thing
    }
}
