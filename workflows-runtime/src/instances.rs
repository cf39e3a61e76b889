//! The instances of a workflow that have runs, and the shared data of the runs of one instance.
//!
//! A `static` of generated code holds them. It cannot name the parameters of a generic workflow, so the instances are
//! of any type.

use crate::sync::{Mutex, Semaphore};
use std::{
    any::Any,
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, PoisonError, Weak},
};

/// The instances of a workflow that have runs, identified by their address. Each has the part `P` that its runs
/// share.
#[derive(Debug)]
pub struct Instances<P = Arc<Semaphore>> {
    known: Mutex<Known<P>>,
}

type Entry<P> = (Weak<dyn Any + Send + Sync>, P);

#[derive(Debug)]
struct Known<P> {
    index: AddressIndex,
    /// The `Weak` keeps the allocation from being reused: an address means one instance while its entry exists.
    entries: Vec<Option<Entry<P>>>,
    /// The unoccupied places in `entries`.
    free: Vec<usize>,
    /// The address that was swept last.
    swept: usize,
}

/// The entries that are checked by each call of `part`. More than one, so entries are removed faster than they are
/// added.
const SWEEP: usize = 2;

impl<P: Clone> Instances<P> {
    /// Without any instance.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a `static` needs a const function")]
    pub const fn new() -> Self {
        let known = Known { index: AddressIndex::new(), entries: Vec::new(), free: Vec::new(), swept: 0 };
        Self { known: Mutex::new(known) }
    }

    /// The instance's part and its key. `None` if the caller owns the instance alone: then it has no other run, and
    /// nothing to share.
    pub(crate) fn part<W: Send + Sync + 'static>(
        &self,
        workflow: &Arc<W>,
        make: impl FnOnce() -> P,
    ) -> Option<(usize, P)> {
        if Arc::strong_count(workflow) == 1 && Arc::weak_count(workflow) == 0 {
            return None;
        }
        let address = Arc::as_ptr(workflow).addr();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = known.sweep();
        let part = if let Some(part) = known.part(address) {
            part
        } else {
            let part = make();
            let instance: Weak<W> = Arc::downgrade(workflow);
            known.insert(address, (instance, part.clone()));
            part
        };
        drop(known);
        // Dropped after the lock: the destructors are user code.
        drop(dropped);
        Some((address, part))
    }

    /// Removes the instance, if it was dropped.
    pub(crate) fn release(&self, address: usize) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = known.take_dropped(address);
        drop(known);
        drop(dropped);
    }
}

impl<P: Clone> Known<P> {
    fn part(&self, address: usize) -> Option<P> {
        let (_, part) = self.entries[self.index.get(address)?].as_ref()?;
        Some(part.clone())
    }
}

impl<P> Known<P> {
    fn insert(&mut self, address: usize, entry: Entry<P>) {
        let place = if let Some(place) = self.free.pop() {
            place
        } else {
            self.entries.push(None);
            self.entries.len() - 1
        };
        self.entries[place] = Some(entry);
        self.index.insert(address, place);
    }

    /// Removes the entries of dropped instances, a few at a time.
    fn sweep(&mut self) -> [Option<Entry<P>>; SWEEP] {
        [(); SWEEP].map(|()| {
            // After the last address, from the first one again.
            self.swept = self.index.next_after(self.swept).unwrap_or(0);
            self.take_dropped(self.swept)
        })
    }

    fn take_dropped(&mut self, address: usize) -> Option<Entry<P>> {
        let place = self.index.get(address)?;
        let (instance, _) = self.entries[place].as_ref()?;
        if instance.strong_count() > 0 {
            return None;
        }
        self.index.remove(address);
        self.free.push(place);
        self.entries[place].take()
    }
}

/// Places of entries by address.
// Not generic, so the map is compiled once, in this crate.
#[derive(Debug)]
struct AddressIndex(BTreeMap<usize, usize>);

impl AddressIndex {
    const fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn get(&self, address: usize) -> Option<usize> {
        self.0.get(&address).copied()
    }

    fn insert(&mut self, address: usize, place: usize) {
        self.0.insert(address, place);
    }

    fn remove(&mut self, address: usize) {
        self.0.remove(&address);
    }

    fn next_after(&self, address: usize) -> Option<usize> {
        let (next, _) = self.0.range((Bound::Excluded(address), Bound::Unbounded)).next()?;
        Some(*next)
    }
}
