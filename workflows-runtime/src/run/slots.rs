//! Where the futures of a run's executions live.
//!
//! A future is polled for the first time in its slot. Most are ready then, and the slot serves
//! the next one: no allocation and no task a step. One slot lies in the driver itself; the others
//! are boxed when the first ones are still busy, and used again.

use super::Shared;
use crate::{Workflow, core::ExecutionId, executor::Origin};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// The slots of one run.
pub(super) struct Slots<'a, 's, W: Workflow, F> {
    shared: &'a Arc<Shared<W>>,
    /// Polled whenever the driver is, since it has the driver's own waker.
    inline: Pin<&'s mut Option<F>>,
    inline_execution: Option<ExecutionId>,
    /// Which slot is being polled: it is to blame if the poll panics.
    polling: u32,
    inline_origin: Option<Box<Origin>>,
    /// There once two executions go on at once.
    more: Option<Box<Boxed<W, F>>>,
}

/// The slots beside the one in the driver.
struct Boxed<W: Workflow, F> {
    slots: Vec<Slot<W, F>>,
    free: Vec<u32>,
    /// Which slot an execution has, by its place in the core's table.
    slot_of: Vec<u32>,
}

/// In `slot_of`: the execution lies in the driver, or is over.
const NONE: u32 = u32::MAX;

/// In `polling`: the slot in the driver.
const INLINE: u32 = u32::MAX - 1;

struct Slot<W: Workflow, F> {
    future: Pin<Box<Option<F>>>,
    execution: Option<ExecutionId>,
    /// For what its future calls, where that may ask for it.
    origin: Option<Box<Origin>>,
    alarm: Arc<Alarm<W>>,
    /// The same, as futures want it.
    waker: Waker,
}

/// Wakes the driver for one boxed slot.
struct Alarm<W: Workflow> {
    shared: Arc<Shared<W>>,
    slot: u32,
    /// It has rung since the slot was last polled; so often as it rings, that is one poll.
    rung: AtomicBool,
}

impl<W: Workflow> Wake for Alarm<W> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.shared.wake(self.slot);
        }
    }
}

impl<'a, 's, W: Workflow, F: Future> Slots<'a, 's, W, F> {
    pub(super) fn new(shared: &'a Arc<Shared<W>>, inline: Pin<&'s mut Option<F>>) -> Self {
        Self { shared, inline, inline_execution: None, polling: NONE, inline_origin: None, more: None }
    }

    /// Puts a new future into a slot and polls it.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: what is moved through memory here costs a third of a hop")]
    pub(super) fn start(
        &mut self,
        id: ExecutionId,
        origin: Option<Box<Origin>>,
        future: F,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        if self.inline_execution.is_none() && self.inline.is_none() {
            self.inline.set(Some(future));
            self.inline_execution = Some(id);
            self.inline_origin = origin;
            return self.poll_inline(cx);
        }
        self.start_boxed(id, origin, future)
    }

    #[inline(never)]
    fn start_boxed(&mut self, id: ExecutionId, origin: Option<Box<Origin>>, future: F) -> Poll<F::Output> {
        let new = || Box::new(Boxed { slots: Vec::new(), free: Vec::new(), slot_of: Vec::new() });
        let more = self.more.get_or_insert_with(new);
        let slot = more.free.pop().unwrap_or_else(|| more.grow(self.shared));
        let place = &mut more.slots[slot as usize];
        place.future.set(Some(future));
        place.execution = Some(id);
        place.origin = origin;
        let known = id.slot as usize;
        if more.slot_of.len() <= known {
            more.slot_of.resize(known + 1, NONE);
        }
        more.slot_of[known] = slot;
        self.poll_boxed(slot).unwrap_or(Poll::Pending)
    }

    /// Which execution lies in the driver, if it is not done.
    pub(super) fn pending(&self) -> Option<ExecutionId> {
        self.inline_execution
    }

    /// Polls the future that lies in the driver. If that panics, [`Self::panicked`] knows of it.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: what is moved through memory here costs a third of a hop")]
    pub(super) fn poll_inline(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.polling = INLINE;
        let polled = poll(self.inline.as_mut(), self.inline_origin.as_deref(), cx);
        self.polling = NONE;
        if polled.is_ready() {
            // What has returned has dropped all that it had.
            self.inline.set(None);
            self.inline_execution = None;
        }
        polled
    }

    /// The execution whose poll has just panicked, if it was one. Its future is dropped, so that
    /// nobody sees it torn.
    pub(super) fn panicked(&mut self) -> Option<ExecutionId> {
        let id = match std::mem::replace(&mut self.polling, NONE) {
            NONE => None,
            INLINE => self.inline_execution,
            slot => self.occupant(slot),
        };
        id.inspect(|id| self.drop(*id))
    }

    /// Which execution lies in the boxed `slot`, if it is not done.
    pub(super) fn occupant(&self, slot: u32) -> Option<ExecutionId> {
        self.more.as_ref()?.slots.get(slot as usize)?.execution
    }

    /// Polls the future in the boxed `slot`.
    pub(super) fn poll_boxed(&mut self, slot: u32) -> Option<Poll<F::Output>> {
        let more = self.more.as_mut()?;
        let place = &mut more.slots[slot as usize];
        // Before the poll: what rings during it asks for another one.
        place.alarm.rung.store(false, Ordering::Release);
        self.polling = slot;
        let polled = poll(place.future.as_mut(), place.origin.as_deref(), &mut Context::from_waker(&place.waker));
        self.polling = NONE;
        if polled.is_ready() {
            more.vacate(slot);
        }
        Some(polled)
    }

    /// Drops the future of an execution.
    pub(super) fn drop(&mut self, id: ExecutionId) {
        if self.inline_execution == Some(id) {
            discard(self.inline.as_mut());
            self.inline_execution = None;
            return;
        }
        let Some(more) = &mut self.more else { return };
        let slot = more.slot_of.get(id.slot as usize).copied().filter(|slot| *slot != NONE);
        if let Some(slot) = slot.filter(|slot| more.slots[*slot as usize].execution == Some(id)) {
            more.vacate(slot);
        }
    }

    /// Drops all futures, in the order of their slots.
    pub(super) fn clear(&mut self) {
        discard(self.inline.as_mut());
        self.inline_execution = None;
        if let Some(mut more) = self.more.take() {
            more.slots.iter_mut().for_each(|slot| discard(slot.future.as_mut()));
        }
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
        let alarm = Arc::new(Alarm { shared: Arc::clone(shared), slot, rung: AtomicBool::new(false) });
        let waker = Arc::clone(&alarm).into();
        self.slots.push(Slot { future: Box::pin(None), execution: None, origin: None, alarm, waker });
        slot
    }
}

/// Drops what is in `place`. A panic on the way is nobody's failure: the run goes on without this
/// future, or has ended.
fn discard<F>(mut place: Pin<&mut Option<F>>) {
    // The panic hook has told it.
    let _ = catch_unwind(AssertUnwindSafe(|| place.set(None)));
}

#[inline]
fn poll<F: Future>(future: Pin<&mut Option<F>>, origin: Option<&Origin>, cx: &mut Context<'_>) -> Poll<F::Output> {
    let Some(future) = future.as_pin_mut() else { unreachable!("a slot in use has a future") };
    match origin {
        Some(origin) => origin.clone().enter(|| future.poll(cx)),
        None => future.poll(cx),
    }
}
