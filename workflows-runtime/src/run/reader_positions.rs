//! How far the readers of an event log have read.

/// The number of events that each reader has fetched.
#[derive(Debug, Default)]
pub(super) enum ReaderPositions {
    #[default]
    None,
    One(u64),
    /// The number of readers at each position, sorted by position. Boxed, because there is hardly ever more than one
    /// reader, and every run has this.
    #[allow(clippy::box_collection, reason = "a `Vec` would make every run larger")]
    Many(Box<Vec<(u64, u32)>>),
}

impl ReaderPositions {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The position of the reader that is furthest behind.
    #[inline]
    pub(super) fn first(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::One(position) => Some(*position),
            Self::Many(readers) => readers.first().map(|(position, _)| *position),
        }
    }

    pub(super) fn add(&mut self, position: u64) {
        match self {
            Self::None => *self = Self::One(position),
            Self::One(other) => {
                let mut readers = Box::new(vec![(*other, 1)]);
                insert(&mut readers, position);
                *self = Self::Many(readers);
            }
            Self::Many(readers) => insert(readers, position),
        }
    }

    /// Removes a reader at `position`.
    pub(super) fn remove(&mut self, position: u64) {
        match self {
            Self::None => {}
            Self::One(_) => *self = Self::None,
            Self::Many(readers) => {
                let Ok(at) = readers.binary_search_by_key(&position, |(position, _)| *position) else { return };
                readers[at].1 -= 1;
                if readers[at].1 == 0 {
                    readers.remove(at);
                }
                if readers.is_empty() {
                    *self = Self::None;
                }
            }
        }
    }

    /// Moves a reader from one position to another.
    pub(super) fn advance(&mut self, from: u64, to: u64) {
        match self {
            Self::One(position) => *position = to,
            Self::Many(readers) if from != to => {
                insert(readers, to);
                self.remove(from);
            }
            Self::None | Self::Many(_) => {}
        }
    }
}

fn insert(readers: &mut Vec<(u64, u32)>, position: u64) {
    match readers.binary_search_by_key(&position, |(position, _)| *position) {
        Ok(at) => readers[at].1 += 1,
        Err(at) => readers.insert(at, (position, 1)),
    }
}
