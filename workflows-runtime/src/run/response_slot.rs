//! Where waits receive their responses.

use super::waker_set::replace_waker;
use crate::{
    sync::{Mutex, MutexGuard, OnceLock},
    workflow::Workflow,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
    task::{Poll, Waker},
};

/// Where the driver stores the response for one wait of a step.
pub(crate) struct ResponseSlot<W: Workflow> {
    /// The wait's number within its execution. Set by the driver, when it handles the request.
    pub(crate) number: OnceLock<usize>,
    locked: Mutex<Locked<W>>,
}

struct Locked<W: Workflow> {
    response: Response<W>,
    waker: Option<Waker>,
}

enum Response<W: Workflow> {
    Pending,
    Event(W::Event),
    TimedOut,
}

impl<W: Workflow> ResponseSlot<W> {
    pub(crate) fn new(waker: Waker) -> Self {
        let locked = Locked { response: Response::Pending, waker: Some(waker) };
        Self { number: OnceLock::new(), locked: Mutex::new(locked) }
    }

    fn locked(&self) -> MutexGuard<'_, Locked<W>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the response, `None` for a timeout. Registers `waker` if there is none yet.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<Option<W::Event>> {
        let mut locked = self.locked();
        match std::mem::replace(&mut locked.response, Response::Pending) {
            Response::Event(event) => return Poll::Ready(Some(event)),
            Response::TimedOut => return Poll::Ready(None),
            Response::Pending => {}
        }
        let old = replace_waker(&mut locked.waker, waker);
        drop(locked);
        drop(old);
        Poll::Pending
    }

    /// Stores the response, `None` for a timeout or the end of the attempt, and wakes the task that waits.
    pub(crate) fn fill(&self, event: Option<W::Event>) {
        let mut locked = self.locked();
        locked.response = match event {
            Some(event) => Response::Event(event),
            None => Response::TimedOut,
        };
        let waker = locked.waker.take();
        drop(locked);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The slot of a wait on its way to the driver. The wait ends if the driver does not take it.
pub(crate) struct RequestedResponse<W: Workflow>(Option<Arc<ResponseSlot<W>>>);

impl<W: Workflow> RequestedResponse<W> {
    pub(crate) fn new(slot: &Arc<ResponseSlot<W>>) -> Self {
        Self(Some(Arc::clone(slot)))
    }

    pub(super) fn take(&mut self) -> Option<Arc<ResponseSlot<W>>> {
        self.0.take()
    }
}

impl<W: Workflow> Drop for RequestedResponse<W> {
    fn drop(&mut self) {
        if let Some(slot) = self.take() {
            slot.fill(None);
        }
    }
}

/// The response slots of the waits of a run.
pub(super) struct ResponseSlots<W: Workflow> {
    index: WaitIndex,
    /// `None` where a wait has ended; its place is in `free`.
    slots: Vec<Option<Arc<ResponseSlot<W>>>>,
    free: Vec<usize>,
}

impl<W: Workflow> Default for ResponseSlots<W> {
    fn default() -> Self {
        Self { index: WaitIndex::default(), slots: Vec::new(), free: Vec::new() }
    }
}

impl<W: Workflow> ResponseSlots<W> {
    /// Adds the slot of the wait with this number within the execution `serial`.
    pub(super) fn insert(&mut self, serial: u64, wait: usize, slot: Arc<ResponseSlot<W>>) {
        let place = if let Some(place) = self.free.pop() {
            place
        } else {
            self.slots.push(None);
            self.slots.len() - 1
        };
        self.slots[place] = Some(slot);
        if let Some(replaced) = self.index.insert(serial, wait, place) {
            self.take(replaced);
        }
    }

    pub(super) fn remove(&mut self, serial: u64, wait: usize) -> Option<Arc<ResponseSlot<W>>> {
        let place = self.index.remove(serial, wait)?;
        self.take(place)
    }

    /// Removes the slot of a wait that was dropped, unless a later attempt has a slot in its place.
    pub(super) fn remove_dropped(&mut self, serial: u64, wait: usize, slot: &Arc<ResponseSlot<W>>) {
        if let Some(place) = self.index.get(serial, wait)
            && self.slots[place].as_ref().is_some_and(|current| Arc::ptr_eq(current, slot))
        {
            self.remove(serial, wait);
        }
    }

    /// Removes all slots of an attempt that has ended. A task that holds one of its waits, which is possible with a clone
    /// of the context, receives nothing any more.
    pub(super) fn remove_all(&mut self, serial: u64) {
        while let Some(place) = self.index.remove_first(serial) {
            if let Some(slot) = self.take(place) {
                slot.fill(None);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    fn take(&mut self, place: usize) -> Option<Arc<ResponseSlot<W>>> {
        self.free.push(place);
        self.slots[place].take()
    }
}

impl<W: Workflow> Drop for ResponseSlots<W> {
    fn drop(&mut self) {
        for slot in &mut self.slots {
            if let Some(slot) = slot.take() {
                slot.fill(None);
            }
        }
    }
}

/// Places of response slots by the execution's serial and the wait's number.
// Not generic, so the map is compiled once, in this crate.
#[derive(Default)]
struct WaitIndex(BTreeMap<(u64, usize), usize>);

impl WaitIndex {
    fn insert(&mut self, serial: u64, wait: usize, place: usize) -> Option<usize> {
        self.0.insert((serial, wait), place)
    }

    fn get(&self, serial: u64, wait: usize) -> Option<usize> {
        self.0.get(&(serial, wait)).copied()
    }

    fn remove(&mut self, serial: u64, wait: usize) -> Option<usize> {
        self.0.remove(&(serial, wait))
    }

    fn remove_first(&mut self, serial: u64) -> Option<usize> {
        let (&key, _) = self.0.range((serial, 0)..=(serial, usize::MAX)).next()?;
        self.0.remove(&key)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
