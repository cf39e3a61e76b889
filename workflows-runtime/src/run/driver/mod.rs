//! The driver: feeds a run's engine and performs the engine's actions, in the run's own task.
//!
//! One poll of the driver polls the dispatch, the future that `#[workflow]` generates. The dispatch asks the driver
//! for the next step, polls that step's future in its own memory, and hands the output back (see
//! [`Dispatcher`](super::dispatch::Dispatcher)). One execution at a time is in the dispatch: the current one. Other
//! executions that run at the same time have a boxed dispatch each, in [`Slots`].
//!
//! # States
//!
//! [`Driver::current`] is the execution in the dispatch, [`Driver::pace`] whether the driver is being polled.
//!
//! | `current` | `pace` | Meaning |
//! |-----------|-----------|----------------------------------------------------------------------------------|
//! | `None`    | `New`     | The run is new. The engine may have actions, or the run has failed before its start. |
//! | `Ready`   | `New`     | The run is new, and starts with one step. `execution` holds its input. |
//! | `None`    | `Polling` | The engine decides what comes next. |
//! | `Ready`   | `Polling` | `execution` holds the step to start and its input. |
//! | `Polled`  | `Polling` | Code of the current step is on the stack. A panic is the step's failure. |
//! | `Pending` | `Polling` | The step's future is pending in the dispatch. The driver performs other actions. |
//! | `None`    | `Paused`  | The driver waits; everything that runs is in slots, or it yields to other tasks. |
//! | `Ready`   | `Paused`  | The driver yields to other tasks before it starts the step. |
//! | `Pending` | `Paused`  | The driver waits, for the current step among others. |
//!
//! All other combinations are impossible. `execution` is meaningless while `current` is `None`. Its output is
//! empty unless `current` is `Polled`, its input once the step has taken it.
//!
//! [`Driver::poll_run`] performs actions until something must happen in the dispatch. Its [`Progress`](poll::Progress) depends on
//! `current`:
//!
//! | `Progress`  | `current` before  | What the caller does |
//! |-------------|-------------------|-----------------------------------------------------------------|
//! | `Start`     | `None`, `Ready`   | Starts the step in `execution`; `current` is `Ready`. |
//! | `PollAgain` | `Pending`         | Polls the current step: it has a response. |
//! | `Abandon`   | `Pending`         | Drops the current step's future: its execution was dropped, or took too long for one poll. |
//! | `Pause`     | any               | Returns `Poll::Pending`; a waker is registered. |
//! | `Rest`      | `None`            | Ends the dispatch: the run waits, and needs no driver until a message arrives. |
//! | `End`       | any               | Ends the dispatch, after it has dropped the current step; `end` is set. |

#[cfg(feature = "durable")]
mod commit;
mod current_dispatch;
mod dispatch;
pub(super) mod finish;
mod messages;
mod poll;
#[cfg(feature = "durable")]
pub(super) mod recorder;
mod slots;
pub(super) mod task;
mod timing;
mod turns;

use self::{
    current_dispatch::{CurrentDispatch, Dispatch},
    turns::{YIELD_AFTER, YIELDS},
};

use super::{
    clock::{Began, Clock},
    dispatch::{CurrentExecution, made},
    event_log::Ended,
    futures::Slots,
    poll_budget::{PollBudget, PollOverrun, PollTimer},
    response_slot::ResponseSlots,
    shared::lazy::LazyShared,
    start::{StartFrom, Timeout},
};
use crate::{
    engine::{Config, Ending, Engine, Time},
    error::RunError,
    panics::discard,
    workflow::{Instance, Workflow},
};
use core::ops::ControlFlow;
use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// Drives a run until it ends or rests, and then stores what remains of it in `rest`. Dropping the future drops the run.
#[allow(clippy::manual_async_fn, reason = "an `async fn` stores its arguments twice")]
pub(super) fn drive<'a, W: Workflow>(
    workflow: &'a Instance<W>,
    shared: &'a LazyShared<'a, W>,
    poll_budget: &'a PollBudget,
    entry: Entry<'a, W>,
    rest: &'a mut Option<Rest>,
) -> impl Future<Output = Driven<W>> + Send + 'a {
    async move {
        let mut driver = Driver::new(workflow, shared, poll_budget, &entry);
        if let Entry::Start(from, timeout) = entry {
            driver.start(from, *timeout);
        }
        // A panic of a step leaves its dispatch unusable; each iteration makes a new one.
        loop {
            let panic = {
                let dispatch = pin!(made(|| W::dispatch(workflow, &mut driver)));
                let dispatch: Pin<&mut dyn Dispatch> = dispatch;
                let mut current = CurrentDispatch { shared, dispatch, closes_run: true };
                let polled = poll_fn(|cx| current.poll(cx)).await;
                current.closes_run = false;
                match polled {
                    Ok(()) => break,
                    Err(panic) => panic,
                }
            };
            driver.recover(&*panic);
            discard(panic);
        }
        // The final snapshot of a run that did not complete clones user types, which may panic.
        match catch_unwind(AssertUnwindSafe(|| driver.outcome(rest))) {
            Ok(outcome) => outcome,
            Err(panic) => {
                driver.poison(&*panic);
                discard(panic);
                driver.outcome(rest)
            }
        }
    }
}

/// Polls a future that was stored with [`made`].
#[inline]
pub(super) fn poll_filled<F: Future>(place: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Poll<F::Output> {
    match place.as_pin_mut() {
        Some(future) => future.poll(cx),
        None => Poll::Pending,
    }
}

/// Boxes a value that is made in place. `Box::pin` moves a future that it is given, with all the memory that
/// its states need. In a debug build every way moves it, and `Box::pin` takes the least stack.
#[inline]
pub(super) fn boxed<T>(make: impl FnOnce() -> T) -> Pin<Box<T>> {
    if cfg!(debug_assertions) {
        return Box::pin(make());
    }
    let room = Box::new_uninit();
    Box::into_pin(Box::write(room, make()))
}

/// The result of driving a run: its end, or nothing while it waits.
// What remains of a run that waits is stored by the driver: it would make this larger than registers.
pub(super) type Driven<W> = ControlFlow<Ended<W>>;

/// What remains of a run whose engine holds nothing.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    launched: u64,
    prompts: u32,
    began: Began,
}

/// Where driving begins.
pub(super) enum Entry<'a, W: Workflow> {
    /// At the start of the run.
    Start(&'a mut StartFrom<W>, &'a Timeout),
    /// At a message for a run that rested.
    Resume(&'a Rest),
}

#[allow(clippy::struct_excessive_bools, reason = "independent facts, none of which is a state")]
struct Driver<'s, W: Workflow> {
    workflow: &'s Instance<W>,
    shared: &'s LazyShared<'s, W>,
    engine: Engine<W>,
    current: Current,
    pace: Pace,
    /// The current execution, with its input and its output.
    execution: CurrentExecution<W>,
    /// The executions next to the current one.
    slots: Slots<'s, W>,
    clock: Clock,
    /// Read once per poll of the driver: reading a clock costs more than a short step.
    now: Time,
    poll_timer: PollTimer,
    /// `None` while there is no wait.
    response_slots: Option<Box<ResponseSlots<W>>>,
    /// A poll of the current step took too long, and the step fails as soon as its future is dropped.
    overrun: Option<Box<PollOverrun>>,
    /// Set once the run has ended.
    end: Option<End<W>>,
    /// Actions or polls before the driver yields to other tasks.
    slice: u16,
    /// Actions left before the driver yields to other tasks.
    actions_left: u16,
    /// Polls of woken executions left before the driver yields to other tasks.
    polls_left: u16,
    /// Polls of executions that woke themselves left before the driver yields to other tasks.
    yields_left: u8,
    /// Whether this poll of the driver began with some of tokio's budget left.
    had_budget: bool,
    /// Whether the current step was last polled with a waker of its own, not with the task's.
    has_own_waker: bool,
    /// Whether a poll of the current step needs more than the task's waker: an origin, or a waker of its own.
    is_guarded: bool,
    /// The step that was polled last; named by the error if user code outside of a step panics.
    last_step: u16,
    /// Whether code in a step may ask for its [`Origin`](crate::executor::Origin).
    needs_origin: bool,
    /// Whether phases of executions are reported.
    reports_phases: bool,
    /// Whether the run has a journal.
    #[cfg(feature = "durable")]
    is_journaled: bool,
    /// The record that is being stored.
    #[cfg(feature = "durable")]
    storing: Option<crate::sync::oneshot::Receiver<()>>,
}

/// The state of the execution in the dispatch; see the [module's table](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    None,
    Ready,
    Polled,
    Pending,
}

/// Whether the driver is being polled; see the [module's table](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// The driver has not been polled, and its run has just begun.
    New,
    Polling,
    Paused,
}

/// How a run ends.
enum End<W: Workflow> {
    Completed(W::HeldOutput),
    /// Boxed, because most runs complete.
    Otherwise(Box<Ending<W>>),
    /// User code outside of a step has panicked, and the state of the engine may be inconsistent; or the run cannot be
    /// recorded.
    Panicked(Box<RunError>),
    /// See [`RunError::NoTimer`](crate::RunError::NoTimer).
    NoTimer,
    /// The run is given up, and continues from its last record.
    #[cfg(feature = "durable")]
    Released,
}

impl<W: Workflow> End<W> {
    fn new(ending: Ending<W>) -> Self {
        match ending {
            Ending::Completed(output) => Self::Completed(output),
            ending => Self::Otherwise(Box::new(ending)),
        }
    }
}

impl<'s, W: Workflow> Driver<'s, W> {
    // One struct literal, which is built in place.
    #[inline]
    fn new(
        workflow: &'s Instance<W>,
        shared: &'s LazyShared<'s, W>,
        poll_budget: &PollBudget,
        entry: &Entry<'_, W>,
    ) -> Self {
        let (launched, prompts, clock, pace) = match entry {
            Entry::Start(from, _) => (0, 0, Clock::new(from.time()), Pace::New),
            Entry::Resume(Rest { launched, prompts, began }) => {
                (*launched, *prompts, Clock::running(*began), Pace::Paused)
            }
        };
        let (config, needs_origin, publishes_phases, recording) = match shared.get() {
            Some(shared) => (shared.config(), shared.needs_origin(), shared.publishes_phases(), shared.recording()),
            None => (unshared_config::<W>(), false, false, None),
        };
        Self {
            workflow,
            shared,
            engine: Engine::at_rest(const { &W::TABLE }, config, launched, prompts).recorded(recording),
            current: Current::None,
            pace,
            execution: CurrentExecution::none(),
            slots: Slots::new(),
            now: clock.before(),
            clock,
            poll_timer: PollTimer::new(poll_budget, publishes_phases, config.keeps),
            response_slots: None,
            overrun: None,
            end: None,
            slice: YIELD_AFTER,
            actions_left: YIELD_AFTER,
            polls_left: YIELD_AFTER,
            yields_left: YIELDS,
            had_budget: true,
            has_own_waker: false,
            is_guarded: needs_origin,
            last_step: 0,
            needs_origin,
            reports_phases: config.internal,
            #[cfg(feature = "durable")]
            is_journaled: config.gated,
            #[cfg(feature = "durable")]
            storing: None,
        }
    }

    /// Starts the run.
    #[inline]
    fn start(&mut self, from: &mut StartFrom<W>, timeout: Timeout) {
        if let Some(shared) = self.shared.get()
            && let Some(overrides) = shared.overrides()
        {
            self.engine.configure(overrides, self.now);
        }
        if self.reports_phases {
            self.start_recording();
        }
        #[cfg(feature = "durable")]
        if self.is_journaled {
            self.apply_recorded_start(from, timeout);
        } else {
            self.apply_start(from, timeout);
        }
        #[cfg(not(feature = "durable"))]
        self.apply_start(from, timeout);
        // This also fixes the start of the run: its first steps may take long without ever being pending.
        let needs_timer = const { W::TABLE.has_timeouts() } || self.engine.needs_timer();
        if needs_timer && self.end.is_none() && self.clock.ensure_timer().is_err() {
            self.current = Current::None;
            self.execution.clear();
            self.end = Some(End::NoTimer);
        }
    }

    #[inline]
    fn apply_start(&mut self, from: &mut StartFrom<W>, timeout: Timeout) {
        // Cloning an input may panic, which must not take the task down.
        let started = catch_unwind(AssertUnwindSafe(|| from.apply(&mut self.engine, timeout, &mut self.execution)));
        match started {
            Ok(true) => self.current = Current::Ready,
            Ok(false) => {}
            Err(panic) => {
                self.poison(&*panic);
                discard(panic);
            }
        }
    }

    #[cold]
    fn start_recording(&self) {
        if let Some(shared) = self.shared.get()
            && let Some(recording) = shared.recording()
        {
            recording.start_clock();
        }
    }

    #[inline]
    fn has_mail(&self) -> bool {
        match self.shared.get() {
            Some(shared) => shared.has_mail() || self.slots.has_turns(),
            None => false,
        }
    }
}

/// The engine's configuration for a run in place whose [`Shared`](super::shared::Shared) does not exist yet.
fn unshared_config<W: Workflow>() -> Config {
    // Without a name any seed will do.
    let seed = if const { W::TABLE.retries() } { fastrand::u64(..) } else { 0 };
    Config { seed, ..Config::default() }
}
