//! Where the futures of a run's executions live.
//!
//! A future is polled for the first time in its slot. Most are ready then, and the slot serves
//! the next one: no allocation and no task a step. One slot lies in the driver itself; the others
//! are boxed when the first ones are still busy, and used again.

use super::Shared;
use crate::{Workflow, core::ExecutionId};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

/// The slots of one run.
pub(super) struct Slots<'a, 's, W: Workflow, F> {
    shared: &'a Arc<Shared<W>>,
    /// Polled whenever the driver is, since it has the driver's own waker.
    inline: Pin<&'s mut Option<F>>,
    inline_execution: Option<ExecutionId>,
    boxed: Vec<Slot<F>>,
    free: Vec<u32>,
}

struct Slot<F> {
    future: Pin<Box<Option<F>>>,
    execution: Option<ExecutionId>,
    waker: Waker,
}

/// Wakes the driver for one boxed slot.
struct SlotWaker<W: Workflow> {
    shared: Arc<Shared<W>>,
    slot: u32,
}

impl<W: Workflow> Wake for SlotWaker<W> {
    fn wake(self: Arc<Self>) {
        self.shared.wake(self.slot);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.shared.wake(self.slot);
    }
}

/// What came of a poll: the output, or the payload of a panic.
pub(super) type Polled<T> = Poll<std::thread::Result<T>>;

impl<'a, 's, W: Workflow, F: Future> Slots<'a, 's, W, F> {
    pub(super) fn new(shared: &'a Arc<Shared<W>>, inline: Pin<&'s mut Option<F>>) -> Self {
        Self { shared, inline, inline_execution: None, boxed: Vec::new(), free: Vec::new() }
    }

    /// Puts a new future into a slot and polls it.
    pub(super) fn start(&mut self, id: ExecutionId, future: F, cx: &mut Context<'_>) -> Polled<F::Output> {
        if self.inline_execution.is_none() {
            self.inline.set(Some(future));
            self.inline_execution = Some(id);
            return self.poll_inline(cx);
        }
        let slot = self.free.pop().unwrap_or_else(|| self.grow());
        let place = &mut self.boxed[slot as usize];
        place.future.set(Some(future));
        place.execution = Some(id);
        self.poll_boxed(slot)
    }

    /// Polls the future that lies in the driver, if it is not done.
    pub(super) fn poll_pending(&mut self, cx: &mut Context<'_>) -> Option<(ExecutionId, Polled<F::Output>)> {
        let id = self.inline_execution?;
        Some((id, self.poll_inline(cx)))
    }

    /// Polls the future in `slot`, if there still is one.
    pub(super) fn poll(&mut self, slot: u32) -> Option<(ExecutionId, Polled<F::Output>)> {
        let id = self.boxed[slot as usize].execution?;
        Some((id, self.poll_boxed(slot)))
    }

    /// Drops the future of an execution.
    pub(super) fn drop(&mut self, id: ExecutionId) {
        if self.inline_execution == Some(id) {
            self.inline.set(None);
            self.inline_execution = None;
        } else if let Some(slot) = self.boxed.iter().position(|slot| slot.execution == Some(id)) {
            self.vacate(slot);
        }
    }

    /// Drops all futures.
    pub(super) fn clear(&mut self) {
        self.inline.set(None);
        self.inline_execution = None;
        self.boxed.clear();
        self.free.clear();
    }

    fn poll_inline(&mut self, cx: &mut Context<'_>) -> Polled<F::Output> {
        let polled = poll_caught(self.inline.as_mut(), cx);
        if polled.is_ready() {
            self.inline.set(None);
            self.inline_execution = None;
        }
        polled
    }

    fn poll_boxed(&mut self, slot: u32) -> Polled<F::Output> {
        let place = &mut self.boxed[slot as usize];
        let polled = poll_caught(place.future.as_mut(), &mut Context::from_waker(&place.waker));
        if polled.is_ready() {
            self.vacate(slot as usize);
        }
        polled
    }

    fn vacate(&mut self, slot: usize) {
        self.boxed[slot].future.set(None);
        self.boxed[slot].execution = None;
        self.free.push(u32::try_from(slot).expect("fewer slots than 2^32"));
    }

    fn grow(&mut self) -> u32 {
        let slot = u32::try_from(self.boxed.len()).expect("fewer slots than 2^32");
        let waker = Arc::new(SlotWaker { shared: Arc::clone(self.shared), slot }).into();
        self.boxed.push(Slot { future: Box::pin(None), execution: None, waker });
        slot
    }
}

fn poll_caught<F: Future>(future: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Polled<F::Output> {
    let Some(future) = future.as_pin_mut() else { unreachable!("a slot in use has a future") };
    // A future that has panicked is dropped and never polled again, so that nobody sees it torn.
    match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}
