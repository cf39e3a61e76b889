//! A map from numbers to values.

use super::slab::Slab;
use std::collections::BTreeMap;

/// Values by number. All operations but the iteration take logarithmic time.
///
/// The tree has places in a slab, not values: so it is compiled once, in this crate, and each type of values adds only
/// a slab to a program.
#[derive(Debug, Clone)]
pub(crate) struct Numbered<T> {
    places: Places,
    values: Slab<T>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { places: Places::default(), values: Slab::default() }
    }
}

impl<T> Numbered<T> {
    /// Replaces the value with this number, if there is one.
    pub(crate) fn insert(&mut self, number: u64, value: T) -> Option<T> {
        let replaced = self.remove(number);
        self.places.insert(number, self.values.insert(value));
        replaced
    }

    pub(crate) fn remove(&mut self, number: u64) -> Option<T> {
        let place = self.places.remove(number)?;
        self.values.remove(place)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let place = self.places.get(number)?;
        self.values.get_mut(place)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len() as usize
    }

    /// All values with their numbers, in ascending order of the numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.places.iter().map(|(number, place)| (number, &self.values[place]))
    }

    /// All values, in no particular order.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut().map(|(_, value)| value)
    }
}

/// Places of values by number.
// Not generic, so the map is compiled once, in this crate.
#[derive(Debug, Clone, Default)]
struct Places(BTreeMap<u64, u32>);

impl Places {
    fn insert(&mut self, number: u64, place: u32) {
        self.0.insert(number, place);
    }

    fn remove(&mut self, number: u64) -> Option<u32> {
        self.0.remove(&number)
    }

    fn get(&self, number: u64) -> Option<u32> {
        self.0.get(&number).copied()
    }

    fn iter(&self) -> impl Iterator<Item = (u64, u32)> {
        self.0.iter().map(|(number, place)| (*number, *place))
    }
}

#[cfg(test)]
mod tests {
    use super::Numbered;

    #[test]
    fn values_are_in_order_of_their_numbers() {
        let mut numbered = Numbered::default();
        for number in [3, 1, 2] {
            assert_eq!(numbered.insert(number, number * 10), None);
        }
        assert_eq!(numbered.remove(1), Some(10));
        assert_eq!(numbered.remove(1), None);
        assert_eq!(numbered.insert(7, 70), None);
        assert_eq!(numbered.insert(3, 31), Some(30));
        assert_eq!(numbered.iter().collect::<Vec<_>>(), [(2, &20), (3, &31), (7, &70)]);
        assert_eq!(numbered.len(), 3);
    }

    #[test]
    fn a_value_is_changed_in_place() {
        let mut numbered = Numbered::default();
        assert!(numbered.is_empty());
        numbered.insert(5, 'a');
        *numbered.get_mut(5).unwrap() = 'b';
        assert_eq!(numbered.get_mut(4), None);
        assert_eq!(numbered.values_mut().collect::<Vec<_>>(), [&mut 'b']);
        assert!(!numbered.is_empty());
    }
}
