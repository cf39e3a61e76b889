//! How far the readers of an event log have read.

/// The number of events that each reader has fetched. Boxed, since most runs have no reader.
#[derive(Debug, Default)]
pub(super) struct ReaderPositions(Option<Box<Positions>>);

#[derive(Debug)]
enum Positions {
    One(u64),
    /// The number of readers at each position, sorted by position. Never empty.
    Many(Vec<(u64, u32)>),
}

impl ReaderPositions {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The position of the reader that is furthest behind.
    #[inline]
    pub(super) fn first(&self) -> Option<u64> {
        match self.0.as_deref()? {
            Positions::One(position) => Some(*position),
            Positions::Many(readers) => readers.first().map(|(position, _)| *position),
        }
    }

    pub(super) fn add(&mut self, position: u64) {
        match self.0.as_deref_mut() {
            None => self.0 = Some(Box::new(Positions::One(position))),
            Some(Positions::Many(readers)) => insert(readers, position),
            Some(Positions::One(other)) => {
                let mut readers = vec![(*other, 1)];
                insert(&mut readers, position);
                self.0 = Some(Box::new(Positions::Many(readers)));
            }
        }
    }

    /// Removes a reader at `position`.
    pub(super) fn remove(&mut self, position: u64) {
        let is_last = match self.0.as_deref_mut() {
            Some(Positions::Many(readers)) => remove(readers, position),
            Some(Positions::One(_)) | None => true,
        };
        if is_last {
            self.0 = None;
        }
    }

    /// Moves a reader from one position to another.
    pub(super) fn advance(&mut self, from: u64, to: u64) {
        match self.0.as_deref_mut() {
            Some(Positions::One(position)) => *position = to,
            Some(Positions::Many(readers)) if from != to => {
                insert(readers, to);
                remove(readers, from);
            }
            Some(Positions::Many(_)) | None => {}
        }
    }
}

fn insert(readers: &mut Vec<(u64, u32)>, position: u64) {
    match readers.binary_search_by_key(&position, |(position, _)| *position) {
        Ok(at) => readers[at].1 += 1,
        Err(at) => readers.insert(at, (position, 1)),
    }
}

/// Returns whether no reader is left.
fn remove(readers: &mut Vec<(u64, u32)>, position: u64) -> bool {
    if let Ok(at) = readers.binary_search_by_key(&position, |(position, _)| *position) {
        readers[at].1 -= 1;
        if readers[at].1 == 0 {
            readers.remove(at);
        }
    }
    readers.is_empty()
}
