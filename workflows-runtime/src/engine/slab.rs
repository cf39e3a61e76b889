//! A vector with stable indices that are reused.

use serde::{Deserialize, Serialize};
use std::ops::{Index, IndexMut};

/// Values with stable indices. A vacant index is reused, the most recent one first.
///
/// The list of vacant indices is serialized, so a restored slab assigns the same indices as the one
/// that was snapshotted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Slab<T> {
    entries: Vec<Entry<T>>,
    /// The vacant entry that is filled next.
    next_vacant: Option<u32>,
    len: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Entry<T> {
    Vacant {
        /// The vacant entry that is filled after this one.
        next: Option<u32>,
    },
    Occupied(T),
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), next_vacant: None, len: 0 }
    }
}

impl<T> Slab<T> {
    /// The index that [`Self::insert`] uses next.
    pub(super) fn next_index(&self) -> u32 {
        match self.next_vacant {
            Some(index) => index,
            None => u32::try_from(self.entries.len()).expect("a slab has less than 2^32 entries"),
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> u32 {
        let index = self.next_index();
        if let Some(entry) = self.entries.get_mut(index as usize) {
            let Entry::Vacant { next } = *entry else { unreachable!("`next_vacant` is vacant") };
            self.next_vacant = next;
            *entry = Entry::Occupied(value);
        } else {
            if self.entries.is_empty() {
                // Most runs never have two executions at once.
                self.entries.reserve_exact(1);
            }
            self.entries.push(Entry::Occupied(value));
        }
        self.len += 1;
        index
    }

    /// Frees the memory of an empty slab. The indices start at 0 again.
    pub(super) fn shrink_if_empty(&mut self) {
        if self.len == 0 {
            *self = Self::default();
        }
    }

    pub(crate) fn remove(&mut self, index: u32) -> Option<T> {
        let entry = self.entries.get_mut(index as usize)?;
        if let Entry::Vacant { .. } = entry {
            return None;
        }
        let removed = std::mem::replace(entry, Entry::Vacant { next: self.next_vacant });
        let Entry::Occupied(value) = removed else { return None };
        self.next_vacant = Some(index);
        self.len -= 1;
        Some(value)
    }

    pub(super) fn get(&self, index: u32) -> Option<&T> {
        match self.entries.get(index as usize) {
            Some(Entry::Occupied(value)) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        match self.entries.get_mut(index as usize) {
            Some(Entry::Occupied(value)) => Some(value),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    /// All values with their indices, in order.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        (0..).zip(&mut self.entries).filter_map(|(index, entry)| match entry {
            Entry::Occupied(value) => Some((index, value)),
            Entry::Vacant { .. } => None,
        })
    }

    /// All values, in order of their indices.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_indexed().map(|(_, value)| value)
    }

    /// All values with their indices, in order.
    pub(super) fn iter_indexed(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.entries).filter_map(|(index, entry)| match entry {
            Entry::Occupied(value) => Some((index, value)),
            Entry::Vacant { .. } => None,
        })
    }

    /// The number of entries, occupied and vacant.
    pub(super) fn slots(&self) -> usize {
        self.entries.len()
    }

    /// Whether the number of values is right and the list of vacant entries has each of them once.
    pub(super) fn is_consistent(&self) -> bool {
        let mut vacant = self.entries.len() - self.iter().count();
        if self.entries.len() - vacant != self.len as usize {
            return false;
        }
        let mut next = self.next_vacant;
        while let Some(index) = next {
            let Some(Entry::Vacant { next: after }) = self.entries.get(index as usize) else { return false };
            // The list is longer than there are vacant entries: it has a cycle.
            if vacant == 0 {
                return false;
            }
            vacant -= 1;
            next = *after;
        }
        vacant == 0
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        let Entry::Occupied(value) = &self.entries[index as usize] else { unreachable!("the entry is occupied") };
        value
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        let Entry::Occupied(value) = &mut self.entries[index as usize] else { unreachable!("the entry is occupied") };
        value
    }
}
