//! The futures of executions that run next to the driver's current one.
//!
//! Most executions are the current one, and are polled in the driver's own memory. While that one is pending, other
//! executions get a slot each, with a boxed future. Slots are reused.
//!
//! While a slot is occupied, the current execution has a waker as well, under the number [`CURRENT`]. So all
//! executions have their turns in the order in which they were woken, and none is polled because another was woken.

use super::{
    dispatch::{Outcome, boxed::BoxedExecution, made},
    driver::boxed,
    shared::Shared,
};
use crate::{
    engine::ExecutionId,
    error::StepError,
    executor::Origin,
    panics::{discard, suppress_panic},
    sync::atomic::{AtomicBool, Ordering},
    workflow::{Instance, Workflow},
};
use pin_project_lite::pin_project;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

/// The slots of one run, allocated when two executions run at once.
pub(super) struct Slots<'s, W: Workflow>(Option<Box<Boxed<'s, W>>>);

struct Boxed<'s, W: Workflow> {
    slots: Vec<Slot<'s, W>>,
    free: Vec<u32>,
    /// The slot of an execution, by [`ExecutionId::slot`], its place in the engine's table. [`NONE`] if it has none.
    slot_of: Vec<u32>,
    current: SlotNotifier<W>,
    /// The slots that were woken and are polled in this poll of the driver, from the one at `next_turn` on.
    turns: Vec<u32>,
    next_turn: usize,
    /// The slot whose turn comes next, whatever order the wakes have. See [`Slots::set_first`].
    first: Option<u32>,
}

/// In `slot_of`: the execution is the driver's current one, or is over.
const NONE: u32 = u32::MAX;

/// The number under which the driver's current execution is woken.
pub(super) const CURRENT: u32 = u32::MAX;

struct Slot<'s, W: Workflow> {
    room: Pin<Box<dyn Room<W> + 's>>,
    /// The execution whose future is in `room`; `None` if the slot is free.
    execution: Option<ExecutionId>,
    /// The step of the last execution here.
    step: u16,
    /// The origin for code in the step. `None` if no code needs it.
    origin: Option<Box<Origin>>,
    notifier: SlotNotifier<W>,
}

/// The waker of one slot.
struct SlotNotifier<W: Workflow> {
    shared: Arc<SlotWaker<W>>,
    /// `shared` as a waker.
    waker: Waker,
}

impl<W: Workflow> SlotNotifier<W> {
    fn new(shared: &Arc<Shared<W>>, slot: u32) -> Self {
        let shared = Arc::new(SlotWaker { shared: Arc::clone(shared), slot, notified: AtomicBool::new(false) });
        let waker = Arc::clone(&shared).into();
        Self { shared, waker }
    }

    /// Whether the slot was woken since it was last polled.
    fn is_notified(&self) -> bool {
        self.shared.notified.load(Ordering::Acquire)
    }

    /// Call before a poll: a wake during the poll asks for another one.
    fn reset(&self) {
        // Also acquires: the poll must see all writes before the wake.
        self.shared.notified.swap(false, Ordering::AcqRel);
    }
}

/// Wakes the driver to poll one slot.
struct SlotWaker<W: Workflow> {
    shared: Arc<Shared<W>>,
    slot: u32,
    /// Whether it has woken the driver since the slot was last polled. Several wakes are one poll.
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

/// Memory for one dispatch future after the other. Only [`room`] knows their type: code that is generic over it is
/// compiled again with each change of any step.
trait Room<W: Workflow>: Send {
    /// Puts the future of `execution` here.
    fn launch(self: Pin<&mut Self>, execution: BoxedExecution<W>);

    /// Polls the future.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<W>>;

    /// Drops the future.
    fn clear(self: Pin<&mut Self>);
}

pin_project! {
    struct FutureRoom<L, F> {
        launch: L,
        #[pin]
        future: Option<F>,
    }
}

impl<W, L, F> Room<W> for FutureRoom<L, F>
where
    W: Workflow,
    L: Fn(BoxedExecution<W>) -> F + Send,
    F: Future<Output = Outcome<W>> + Send,
{
    fn launch(self: Pin<&mut Self>, execution: BoxedExecution<W>) {
        let mut this = self.project();
        this.future.set(made(|| (this.launch)(execution)));
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<W>> {
        match self.project().future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }

    fn clear(self: Pin<&mut Self>) {
        self.project().future.set(None);
    }
}

/// An empty room for executions of `workflow`.
fn room<W: Workflow>(workflow: &Instance<W>) -> Pin<Box<dyn Room<W> + '_>> {
    room_of(|execution| W::dispatch(workflow, execution))
}

/// Names the type of the futures that `launch` makes.
fn room_of<'s, W, L, F>(launch: L) -> Pin<Box<dyn Room<W> + 's>>
where
    W: Workflow,
    L: Fn(BoxedExecution<W>) -> F + Send + 's,
    F: Future<Output = Outcome<W>> + Send + 's,
{
    boxed(|| FutureRoom { launch, future: None })
}

impl<'s, W: Workflow> Slots<'s, W> {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Launches an execution in a slot and polls it.
    pub(super) fn start(
        &mut self,
        workflow: &'s Instance<W>,
        shared: &Arc<Shared<W>>,
        id: ExecutionId,
        origin: Option<Box<Origin>>,
        execution: BoxedExecution<W>,
    ) -> Poll<Outcome<W>> {
        let step = execution.step();
        let boxed = self.0.get_or_insert_with(|| {
            let current = SlotNotifier::new(shared, CURRENT);
            let boxed = Boxed {
                slots: Vec::new(),
                free: Vec::new(),
                slot_of: Vec::new(),
                current,
                turns: Vec::new(),
                next_turn: 0,
                first: None,
            };
            Box::new(boxed)
        });
        let slot = match boxed.free.pop() {
            Some(slot) => slot,
            None => boxed.grow(workflow, shared),
        };
        let place = &mut boxed.slots[slot as usize];
        place.room.as_mut().launch(execution);
        place.execution = Some(id);
        place.step = step;
        place.origin = origin;
        let known = id.slot as usize;
        if boxed.slot_of.len() <= known {
            boxed.slot_of.resize(known + 1, NONE);
        }
        boxed.slot_of[known] = slot;
        self.poll(slot).unwrap_or(Poll::Pending)
    }

    /// Whether no slot is occupied.
    #[inline]
    pub(super) fn are_free(&self) -> bool {
        self.occupied() == 0
    }

    /// The number of occupied slots.
    #[inline]
    pub(super) fn occupied(&self) -> usize {
        match &self.0 {
            Some(boxed) => boxed.slots.len() - boxed.free.len(),
            None => 0,
        }
    }

    /// Prepares a poll of the current execution: returns its waker, or `None` while it is alone and uses the task's.
    pub(super) fn current_waker(&self) -> Option<&Waker> {
        let boxed = self.0.as_ref()?;
        if self.are_free() {
            return None;
        }
        boxed.current.reset();
        Some(&boxed.current.waker)
    }

    /// Whether the execution in `slot` was woken since it was last polled. An entry in the mailbox may be older.
    pub(super) fn is_notified(&self, slot: u32) -> bool {
        let Some(boxed) = &self.0 else { return false };
        if slot == CURRENT {
            return boxed.current.is_notified();
        }
        boxed.slots.get(slot as usize).is_some_and(|place| place.notifier.is_notified())
    }

    /// Whether slots that were woken wait for their turns in this poll of the driver.
    #[inline]
    pub(super) fn has_turns(&self) -> bool {
        match &self.0 {
            Some(boxed) => boxed.next_turn < boxed.turns.len(),
            None => false,
        }
    }

    /// The next one of these slots.
    pub(super) fn next_turn(&mut self) -> Option<u32> {
        let boxed = self.0.as_mut()?;
        let &slot = boxed.turns.get(boxed.next_turn)?;
        boxed.next_turn += 1;
        Some(slot)
    }

    /// The list of these slots, without those that had their turns. `None` if there is no slot.
    pub(super) fn turns(&mut self) -> Option<&mut Vec<u32>> {
        let boxed = self.0.as_mut()?;
        boxed.turns.drain(..boxed.next_turn);
        boxed.next_turn = 0;
        Some(&mut boxed.turns)
    }

    /// Whether there ever was a slot, and so a wake of one.
    pub(super) fn were_used(&self) -> bool {
        self.0.is_some()
    }

    /// Orders the turns, at their beginning.
    ///
    /// If the driver was polled without any of tokio's budget, executions that need some can do nothing, and the others
    /// have their turns. tokio wakes the former in reverse order, so the same one could come first each time that there
    /// is a budget. Therefore the first one without is remembered, and comes first then.
    pub(super) fn order_turns(&mut self, had_budget: bool) {
        let Some(boxed) = &mut self.0 else { return };
        let turns = &mut boxed.turns[boxed.next_turn..];
        if !had_budget {
            boxed.first = boxed.first.or(turns.first().copied());
        } else if let Some(first) = boxed.first.take()
            && let Some(at) = turns.iter().position(|&slot| slot == first)
        {
            turns.rotate_left(at);
        }
    }

    /// The slot of an execution.
    pub(super) fn slot_of(&self, id: ExecutionId) -> Option<u32> {
        let boxed = self.0.as_ref()?;
        let &slot = boxed.slot_of.get(id.slot as usize)?;
        if slot != NONE && boxed.slots[slot as usize].execution == Some(id) { Some(slot) } else { None }
    }

    /// The execution in `slot`.
    pub(super) fn occupant(&self, slot: u32) -> Option<ExecutionId> {
        self.0.as_ref()?.slots.get(slot as usize)?.execution
    }

    /// Polls the future in `slot`. A panic is its failure, and the future is dropped. `None` if the slot is free.
    pub(super) fn poll(&mut self, slot: u32) -> Option<Poll<Outcome<W>>> {
        let boxed = self.0.as_mut()?;
        let place = &mut boxed.slots[slot as usize];
        place.notifier.reset();
        place.execution?;
        let room = place.room.as_mut();
        let waker = &place.notifier.waker;
        let entered = place.origin.as_deref().map(|origin| origin.clone().enter_span());
        let polled = catch_unwind(AssertUnwindSafe(|| room.poll(&mut Context::from_waker(waker))));
        drop(entered);
        let polled = polled.unwrap_or_else(|panic| {
            let error = StepError::panicked(&*panic);
            discard(panic);
            Poll::Ready(Err(error))
        });
        if polled.is_ready() {
            boxed.vacate(slot);
        }
        Some(polled)
    }

    /// Drops the future of an execution; returns its step, or `None` if there was no future.
    pub(super) fn drop(&mut self, id: ExecutionId) -> Option<u16> {
        let slot = self.slot_of(id)?;
        let boxed = self.0.as_mut()?;
        boxed.vacate(slot);
        Some(boxed.slots[slot as usize].step)
    }
}

impl<W: Workflow> Slots<'_, W> {
    /// Drops all futures, in order of their slots.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

impl<W: Workflow> Drop for Boxed<'_, W> {
    fn drop(&mut self) {
        for slot in &mut self.slots {
            suppress_panic(&mut || slot.room.as_mut().clear());
        }
    }
}

impl<'s, W: Workflow> Boxed<'s, W> {
    fn vacate(&mut self, slot: u32) {
        let place = &mut self.slots[slot as usize];
        suppress_panic(&mut || place.room.as_mut().clear());
        if let Some(id) = place.execution.take() {
            self.slot_of[id.slot as usize] = NONE;
        }
        self.free.push(slot);
    }

    fn grow(&mut self, workflow: &'s Instance<W>, shared: &Arc<Shared<W>>) -> u32 {
        let slot = u32::try_from(self.slots.len()).expect("fewer slots than 2^32");
        let notifier = SlotNotifier::new(shared, slot);
        self.slots.push(Slot { room: room(workflow), execution: None, step: 0, origin: None, notifier });
        slot
    }
}
