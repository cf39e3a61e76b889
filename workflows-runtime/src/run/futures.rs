//! Where the futures of executions live that go on beside the one in the driver.
//!
//! Most executions never come here: they are run where the driver is. What suspends there leaves no
//! room for others, which are boxed then; the boxes are used again.

use super::{dispatch::Outcome, shared::Shared};
use crate::panics::discard;
use crate::{engine::ExecutionId, error::StepError, executor::Origin, workflow::Workflow};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// The slots of one run, there once two executions go on at once.
pub(super) struct Slots<W: Workflow, F>(Option<Box<Boxed<W, F>>>);

struct Boxed<W: Workflow, F> {
    slots: Vec<Slot<W, F>>,
    free: Vec<u32>,
    /// Which slot an execution has, by its place in the core's table.
    slot_of: Vec<u32>,
}

/// In `slot_of`: the execution lies in the driver, or is over.
const NONE: u32 = u32::MAX;

struct Slot<W: Workflow, F> {
    future: Pin<Box<Option<F>>>,
    execution: Option<ExecutionId>,
    /// For what its future calls, where that may ask for it.
    origin: Option<Box<Origin>>,
    slot_waker: Arc<SlotWaker<W>>,
    /// The same, as futures want it.
    waker: Waker,
}

/// Wakes the driver for one slot.
struct SlotWaker<W: Workflow> {
    shared: Arc<Shared<W>>,
    slot: u32,
    /// It has rung since the slot was last polled; so often as it rings, that is one poll.
    notified: AtomicBool,
}

impl<W: Workflow> Wake for SlotWaker<W> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.notified.swap(true, Ordering::AcqRel) {
            self.shared.wake(self.slot);
        }
    }
}

impl<W: Workflow, F: Future<Output = Outcome<W>>> Slots<W, F> {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Puts a new future into a slot and polls it.
    pub(super) fn start(
        &mut self,
        shared: &Arc<Shared<W>>,
        id: ExecutionId,
        origin: Option<Box<Origin>>,
        future: F,
    ) -> Poll<Outcome<W>> {
        let new = || Box::new(Boxed { slots: Vec::new(), free: Vec::new(), slot_of: Vec::new() });
        let boxed = self.0.get_or_insert_with(new);
        let slot = boxed.free.pop().unwrap_or_else(|| boxed.grow(shared));
        let place = &mut boxed.slots[slot as usize];
        place.future.set(Some(future));
        place.execution = Some(id);
        place.origin = origin;
        let known = id.slot as usize;
        if boxed.slot_of.len() <= known {
            boxed.slot_of.resize(known + 1, NONE);
        }
        boxed.slot_of[known] = slot;
        self.poll(slot).unwrap_or(Poll::Pending)
    }

    /// Whether nothing lies in any.
    pub(super) fn are_free(&self) -> bool {
        self.0.as_ref().is_none_or(|boxed| boxed.free.len() == boxed.slots.len())
    }

    /// Which execution lies in `slot`, if it is not done.
    pub(super) fn occupant(&self, slot: u32) -> Option<ExecutionId> {
        self.0.as_ref()?.slots.get(slot as usize)?.execution
    }

    /// Polls the future in `slot`. If it panics, that is its failure, and it is dropped, so that nobody
    /// sees it torn.
    pub(super) fn poll(&mut self, slot: u32) -> Option<Poll<Outcome<W>>> {
        let boxed = self.0.as_mut()?;
        let place = &mut boxed.slots[slot as usize];
        // Before the poll: what rings during it asks for another one.
        place.slot_waker.notified.store(false, Ordering::Release);
        let future = place.future.as_mut().as_pin_mut()?;
        let (origin, waker) = (place.origin.as_deref(), &place.waker);
        let poll = || match origin {
            Some(origin) => origin.clone().enter(|| future.poll(&mut Context::from_waker(waker))),
            None => future.poll(&mut Context::from_waker(waker)),
        };
        let polled =
            catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(|panic| Poll::Ready(Err(StepError::panicked(&*panic))));
        if polled.is_ready() {
            boxed.vacate(slot);
        }
        Some(polled)
    }

    /// Drops the future of an execution.
    pub(super) fn drop(&mut self, id: ExecutionId) {
        let Some(boxed) = &mut self.0 else { return };
        let slot = boxed.slot_of.get(id.slot as usize).copied().filter(|slot| *slot != NONE);
        if let Some(slot) = slot.filter(|slot| boxed.slots[*slot as usize].execution == Some(id)) {
            boxed.vacate(slot);
        }
    }
}

impl<W: Workflow, F> Slots<W, F> {
    /// Drops all futures, in the order of their slots.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

impl<W: Workflow, F> Drop for Boxed<W, F> {
    fn drop(&mut self) {
        self.slots.iter_mut().for_each(|slot| discard(slot.future.as_mut()));
    }
}

impl<W: Workflow, F> Boxed<W, F> {
    fn vacate(&mut self, slot: u32) {
        let place = &mut self.slots[slot as usize];
        discard(place.future.as_mut());
        if let Some(id) = place.execution.take() {
            self.slot_of[id.slot as usize] = NONE;
        }
        self.free.push(slot);
    }

    fn grow(&mut self, shared: &Arc<Shared<W>>) -> u32 {
        let slot = u32::try_from(self.slots.len()).expect("fewer slots than 2^32");
        let slot_waker = Arc::new(SlotWaker { shared: Arc::clone(shared), slot, notified: AtomicBool::new(false) });
        let waker = Arc::clone(&slot_waker).into();
        self.slots.push(Slot { future: Box::pin(None), execution: None, origin: None, slot_waker, waker });
        slot
    }
}
