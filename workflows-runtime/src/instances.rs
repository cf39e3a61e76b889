//! The instances of a workflow type that have runs, and what the runs of one instance share.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Semaphore;

/// The instances of a workflow type that have runs, told apart by their allocation, each with the
/// part `P` that its runs share.
#[derive(Debug)]
pub struct Instances<W, P = Arc<Semaphore>> {
    known: Mutex<Known<W, P>>,
}

#[derive(Debug)]
struct Known<W, P> {
    /// By address. The `Weak` keeps the allocation from being used again, so that an address
    /// means one instance as long as the entry is there.
    by_address: BTreeMap<usize, (Weak<W>, P)>,
    /// Where the search for dropped instances goes on.
    swept: usize,
}

/// So many entries are looked at whenever one is asked for: more than are added meanwhile.
const SWEEP: usize = 2;

impl<W, P: Clone> Instances<W, P> {
    /// None yet.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it is made in a `static`")]
    pub const fn new() -> Self {
        Self { known: Mutex::new(Known { by_address: BTreeMap::new(), swept: 0 }) }
    }

    /// The instance's part and its key, unless the caller has it alone: then there is no other run
    /// of it, and nothing is to be kept for one.
    pub(crate) fn part(&self, workflow: &Arc<W>, make: impl FnOnce() -> P) -> Option<(usize, P)> {
        if Arc::strong_count(workflow) == 1 && Arc::weak_count(workflow) == 0 {
            return None;
        }
        let address = Arc::as_ptr(workflow).addr();
        let (part, dropped) = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let dropped = known.sweep();
            let part = known.by_address.entry(address).or_insert_with(|| (Arc::downgrade(workflow), make())).1.clone();
            (part, dropped)
        };
        // What the user's code does on a drop, it does without the lock.
        drop(dropped);
        Some((address, part))
    }

    /// Forgets the instance, if nothing holds it any more.
    pub(crate) fn release(&self, address: usize) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = known.take_dropped(address);
        drop(known);
        drop(dropped);
    }
}

impl<W, P> Known<W, P> {
    /// Takes out what belonged to instances that are gone, a few at a time.
    fn sweep(&mut self) -> [Option<(Weak<W>, P)>; SWEEP] {
        [(); SWEEP].map(|()| {
            let next = self.by_address.range((Bound::Excluded(self.swept), Bound::Unbounded)).next();
            // From the beginning again.
            self.swept = next.map_or(0, |(address, _)| *address);
            self.take_dropped(self.swept)
        })
    }

    fn take_dropped(&mut self, address: usize) -> Option<(Weak<W>, P)> {
        let (instance, _) = self.by_address.get(&address)?;
        if instance.strong_count() > 0 { None } else { self.by_address.remove(&address) }
    }
}
