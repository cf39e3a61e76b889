//! The driver: owns a run, feeds its core and performs what it asks, in the run's own task.

mod dispatch;
pub(super) mod finish;
mod messages;
mod poll;
pub(super) mod task;

use super::{
    clock::{Began, Clock},
    dispatch::{Outcome, boxed::BoxedExecution, current::CurrentExecution},
    event_log::Ended,
    futures::Slots,
    poll_budget::{PollBudget, PollOverrun, PollTimer},
    response_slot::ResponseSlot,
    shared::lazy::LazyShared,
    start::{StartFrom, Timeout},
};
use crate::{
    engine::{Effects, Ending, Engine, Time},
    workflow::Workflow,
};
use crate::{panics::discard, workflow::Instance};
use core::ops::ControlFlow;
use std::{
    any::Any,
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

/// Drives a run as long as there is anything to do; dropping the future drops the run.
#[allow(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
pub(super) fn drive<'a, W: Workflow>(
    workflow: &'a Instance<W>,
    shared: &'a LazyShared<'a, W>,
    poll_budget: PollBudget,
    from: From<'a, W>,
) -> impl Future<Output = Driven<W>> + Send + 'a {
    async move {
        let mut driver = Driver::new(|execution| W::dispatch(workflow, execution), shared, poll_budget, &from);
        if let From::StartSpec(first, timeout) = from {
            driver.begin(first, *timeout);
        }
        // Again for each panic of a step, which leaves nothing of the dispatch that it was in.
        loop {
            let panic = {
                let dispatch = pin!(Some(W::dispatch(workflow, &mut driver)));
                let mut at_hand = AtHand { shared, dispatch, is_dropped: true };
                let polled = poll_fn(|cx| at_hand.poll(cx)).await;
                at_hand.is_dropped = false;
                match polled {
                    Ok(()) => break,
                    Err(panic) => panic,
                }
            };
            driver.recover(&*panic);
        }
        // What it was at is copied where it has not come to its end.
        catch_unwind(AssertUnwindSafe(|| driver.outcome())).unwrap_or_else(|panic| {
            driver.poison(&*panic);
            driver.outcome()
        })
    }
}

/// Boxes a future, which is made where it stays: `Box::pin` moves one that it is given, and all the room
/// that this will need with it.
#[inline]
pub(super) fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    let room = Box::new_uninit();
    Box::into_pin(Box::write(room, make()))
}

/// What comes of driving a run: its end, or what is left of it while it waits.
pub(super) type Driven<W> = ControlFlow<Ended<W>, Rest>;

/// What is left of a run of which nothing goes on.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    launched: u64,
    began: Began,
}

/// Where the driving begins.
pub(super) enum From<'a, W: Workflow> {
    StartSpec(&'a mut StartFrom<W>, &'a Timeout),
    Rest(&'a Rest),
}

/// The dispatch that the driver has at hand.
struct AtHand<'a, W: Workflow, D> {
    shared: &'a LazyShared<'a, W>,
    dispatch: Pin<&'a mut Option<D>>,
    /// If nobody says otherwise, the whole run is.
    is_dropped: bool,
}

impl<W: Workflow, D: Future> AtHand<'_, W, D> {
    /// What it comes to, or its panic.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<D::Output, Box<dyn Any + Send>>> {
        let Some(dispatch) = self.dispatch.as_mut().as_pin_mut() else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| dispatch.poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

impl<W: Workflow, D> Drop for AtHand<'_, W, D> {
    fn drop(&mut self) {
        if self.is_dropped {
            // Nothing that its steps do in their own drops is seen.
            self.shared.close();
            discard(self.dispatch.as_mut());
        }
    }
}

/// Where bodies wait for answers, by execution and wait.
type ResponseSlots<W> = BTreeMap<(u64, usize), Arc<ResponseSlot<W>>>;

struct Driver<'s, W: Workflow, F, L> {
    launch: L,
    shared: &'s LazyShared<'s, W>,
    engine: Engine<W>,
    /// The execution in the dispatch that the driver has at hand; other ones lie in slots.
    current: CurrentExecution<W>,
    /// What has come of it, or, where one step leads straight to the next, what that one takes.
    effects: Effects<W>,
    slots: Slots<W, F>,
    clock: Clock,
    /// Read once a poll: a clock costs more than a step.
    now: Time,
    poll_timer: PollTimer,
    response_slots: Option<Box<ResponseSlots<W>>>,
    /// The execution at hand has taken too long for one poll, and fails.
    overdue: Option<Box<PollOverrun>>,
    end: Option<End<W>>,
    /// How many actions, and how many polls, are left until other tasks have their turn.
    turns: u16,
    polls: u16,
    /// The step that was polled last.
    last: u16,
    at: At,
    /// The step's own code is at work: if there is a panic, it is the step's.
    in_step: bool,
    pace: Pace,
    /// Blocking code in a step has something to learn from the run.
    is_asked: bool,
    /// Phases of executions are told.
    is_told: bool,
}

/// How far the execution is that the driver has at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// There is none.
    Free,
    /// It is to be started.
    Due,
    Going,
}

/// Whether the driver's task has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// The run has just been made.
    New,
    Going,
    /// It waits, or has let others go on.
    Paused,
}

/// How a run ends; most do so in the same way.
enum End<W: Workflow> {
    Completed(W::Output),
    Otherwise(Box<Ending<W>>),
}

impl<W: Workflow> End<W> {
    fn new(ending: Ending<W>) -> Self {
        match ending {
            Ending::Completed(output) => Self::Completed(output),
            ending => Self::Otherwise(Box::new(ending)),
        }
    }
}

impl<'s, W, F, L> Driver<'s, W, F, L>
where
    W: Workflow,
    F: Future<Output = Outcome<W>>,
    L: Fn(BoxedExecution<W>) -> F,
{
    // A plain literal, so that it is made where it stays.
    #[inline]
    fn new(launch: L, shared: &'s LazyShared<'s, W>, poll_budget: PollBudget, from: &From<'_, W>) -> Self {
        let (launched, clock, pace) = match from {
            From::StartSpec(first, _) => (0, Clock::new(first.time()), Pace::New),
            From::Rest(Rest { launched, began }) => (*launched, Clock::going(*began), Pace::Paused),
        };
        let config = shared.config();
        Self {
            launch,
            shared,
            engine: Engine::at_rest(const { &W::TABLE }, config, launched),
            current: CurrentExecution::none(),
            effects: Effects::new(),
            slots: Slots::new(),
            now: clock.before(),
            clock,
            poll_timer: PollTimer::new(poll_budget, config.internal, config.keeps),
            response_slots: None,
            overdue: None,
            end: None,
            turns: 0,
            polls: 0,
            last: 0,
            at: At::Free,
            in_step: false,
            pace,
            is_asked: shared.is_asked(),
            is_told: config.internal,
        }
    }

    fn begin(&mut self, first: &mut StartFrom<W>, timeout: Timeout) {
        // An input that panics when it is copied is no reason to take the task down.
        let begun = catch_unwind(AssertUnwindSafe(|| {
            first.apply(&mut self.engine, timeout, &mut self.current.execution, &mut self.effects)
        }));
        match begun {
            // Most runs begin with one step, and nothing else is to be done before.
            Ok(Some(step)) => {
                self.current.step = step;
                self.at = At::Due;
            }
            Ok(None) => {}
            Err(panic) => self.poison(&*panic),
        }
    }
}
