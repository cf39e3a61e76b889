//! The driver: owns a run, feeds its core and performs what it asks, in the run's own task.

mod end;
mod line;
mod mail;
mod turn;

pub(super) use self::end::LastWord;
use super::{
    Shared,
    begin::{Begin, First, Timeout, Watching},
    clock::{Began, Clock},
    instance::{Instance, Permit},
    job::{Alone, Job, Outcome},
    letter::Cell,
    slots::{Slots, discard, quietly},
    watch::{PollOverrun, Watch},
};
use crate::{
    RunError, Workflow,
    core::{Core, Ending, Time},
};
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

/// Drives a started run from its start to its end; dropping the future drops the run.
///
/// While nothing goes on, all that there is of the run is this future and what it shares with its
/// handle: so a run that waits takes little room.
#[allow(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
pub(super) fn drive<W: Workflow>(
    begin: Box<Begin<W>>,
    permit: Permit,
    last_word: LastWord<W>,
) -> impl Future<Output = ()> + Send {
    async move {
        let result = {
            let shared = last_word.shared();
            let (flow, watching, mut from) = begin.part();
            let result = loop {
                let rest = match Box::pin(go(&flow, shared, watching, from)).await {
                    ControlFlow::Break(result) => break result,
                    ControlFlow::Continue(rest) => rest,
                };
                poll_fn(|cx| shared.poll_mail(cx)).await;
                from = From::Rest(rest);
            };
            // Whoever sees the result sees that the run has let go of all that it had.
            quietly(|| drop((flow, permit)));
            result
        };
        last_word.say(result);
    }
}

/// Drives a run in place, in the same way, but for its result: it is told here, and nowhere else.
#[allow(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
pub(super) fn drive_in_place<W: Workflow>(
    begin: Begin<W>,
    permit: Permit,
    shared: Arc<Shared<W>>,
) -> impl Future<Output = Result<W::Output, RunError>> + Send {
    async move {
        let (flow, watching, from) = begin.part();
        let gone = go(&flow, &shared, watching, from).await;
        quietly(|| drop((flow, permit)));
        match gone {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(_) => unreachable!("nobody could wake it"),
        }
    }
}

/// Drives a run as long as there is anything to do.
#[allow(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
fn go<'a, W: Workflow>(
    flow: &'a Instance<W>,
    shared: &'a Arc<Shared<W>>,
    watching: Watching,
    from: From<W>,
) -> impl Future<Output = Gone<W>> + Send + 'a {
    async move {
        let mut driver = Driver::new(|job| W::dispatch(flow, Alone::new(job)), shared, watching, from);
        // Again for each panic of a step, which leaves nothing of the dispatch that it was in.
        loop {
            let panic = {
                let dispatch = pin!(Some(W::dispatch(flow, &mut driver)));
                let mut at_hand = AtHand { shared, dispatch, is_dropped: true };
                let polled = poll_fn(|cx| at_hand.poll(cx)).await;
                at_hand.is_dropped = false;
                match polled {
                    Ok(gone) => break gone,
                    Err(panic) => panic,
                }
            };
            driver.recover(&*panic);
        }
    }
}

/// What comes of driving a run: its result, or what is left of it while it waits.
type Gone<W> = ControlFlow<Result<<W as Workflow>::Output, RunError>, Rest>;

/// What is left of a run of which nothing goes on.
pub(super) struct Rest {
    launched: u64,
    began: Began,
}

/// Where the driving begins.
pub(super) enum From<W: Workflow> {
    Begin(First<W>, Timeout),
    Rest(Rest),
}

/// The dispatch that the driver has at hand.
struct AtHand<'a, W: Workflow, D> {
    shared: &'a Shared<W>,
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
type Cells<W> = BTreeMap<(u64, usize), Arc<Cell<W>>>;

struct Driver<'s, W: Workflow, F, L> {
    launch: L,
    shared: &'s Arc<Shared<W>>,
    core: Core<W>,
    /// The execution in the dispatch that the driver has at hand; other ones lie in slots.
    job: Job<W>,
    slots: Slots<W, F>,
    clock: Clock,
    /// Read once a poll: a clock costs more than a step.
    now: Time,
    watch: Watch,
    cells: Option<Box<Cells<W>>>,
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
    L: Fn(Job<W>) -> F,
{
    #[inline]
    fn new(launch: L, shared: &'s Arc<Shared<W>>, watching: Watching, from: From<W>) -> Self {
        let (launched, clock, first) = match from {
            From::Begin(first, timeout) => (0, Clock::new(first.time()), Some((first, timeout))),
            From::Rest(Rest { launched, began }) => (launched, Clock::going(began), None),
        };
        let mut driver = Self {
            launch,
            shared,
            core: Begin::core(shared, launched),
            job: Job::none(shared),
            slots: Slots::new(),
            now: clock.before(),
            clock,
            watch: Watch::new(watching, shared.internal()),
            cells: None,
            overdue: None,
            end: None,
            turns: 0,
            polls: 0,
            last: 0,
            at: At::Free,
            in_step: false,
            pace: if first.is_some() { Pace::New } else { Pace::Paused },
            is_asked: shared.is_asked(),
        };
        if let Some((first, timeout)) = first {
            // An input that panics when it is copied is no reason to take the task down.
            let begun = catch_unwind(AssertUnwindSafe(|| first.apply(&mut driver.core, timeout)));
            begun.unwrap_or_else(|panic| driver.broken(&*panic));
            driver.take_in_hand();
        }
        driver
    }

    /// Most runs begin with one step, and nothing else is to be done before.
    fn take_in_hand(&mut self) {
        if self.end.is_none()
            && let Some(launch) = self.core.solo_launch()
        {
            self.job.becomes(launch);
            self.at = At::Due;
        }
    }
}
