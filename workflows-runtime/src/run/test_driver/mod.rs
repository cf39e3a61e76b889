//! The driver of tests: makes one move at a time, in an order that the test chooses.
//!
//! It feeds the same engine as [`Driver`](super::driver), with the same messages, and runs the same dispatch. It
//! differs in that it is a value and not a future, so a test looks at the run between two moves; in that each execution
//! has a box; and in that it does not bound its polls. Release builds contain none of it, nor any hook in the driver.
//!
//! A move is one of: poll one woken execution, deliver the messages, perform one action of the engine, let a due timer
//! expire. With a seed, the next move is drawn from those that are possible. Each execution is then polled for the first
//! time when it is drawn, so executions start and return in any order, as if each took a time of its own.

mod actions;
mod messages;
mod task;
mod waiting;

pub(crate) use self::task::{Attempts, Fault, Overrides, Stub};

use super::{
    builder::{NewRun, Run},
    clock::Clock,
    dispatch::CurrentExecution,
    driver::finish::CompletionGuard,
    event::{EventStream, RunEvent},
    response_slot::ResponseSlots,
    shared::Shared,
    snapshot::{Content, Snapshot},
};
use crate::{
    engine::{Engine, Input, Launch, Tick, Time},
    error::RunError,
    executor::is_clock_held,
    panics::suppress_panic,
    workflow::{Held, Instance, Workflow},
};
use fastrand::Rng;
use futures_core::Stream;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

/// How long a seeded run waits for blocking code before it continues without its result, in real time.
const SETTLES: Duration = Duration::from_secs(2);

/// A run that is driven by a test.
pub(crate) struct TestDriver<W: Workflow> {
    workflow: Arc<Instance<W>>,
    shared: Arc<Shared<W>>,
    engine: Engine<W>,
    /// The executions that have started. `None` where one has ended.
    tasks: Vec<Option<task::Task<W>>>,
    /// The places in `tasks` that were woken, in order of the wakes.
    ready: Vec<u32>,
    clock: Clock,
    now: Time,
    response_slots: Option<Box<ResponseSlots<W>>>,
    reader: EventStream<W>,
    seen: Vec<Observed<W>>,
    overrides: Overrides<W>,
    /// `None` for the order of a run outside of tests.
    rng: Option<Rng>,
    /// When a seeded run began to wait for blocking code.
    unsettled_since: Option<std::time::Instant>,
    completion: Option<CompletionGuard<W>>,
    ended: Option<Result<W::Output, RunError>>,
    /// Whether prompts may stay open, so a run that waits for a response waits for its timeout.
    pub(crate) leaves_open: bool,
    /// Whether time stops once while a step waits for a response, also if its wait has a timeout.
    pub(crate) pauses: bool,
    /// Whether it has stopped since the last move.
    has_paused: bool,
}

/// What has happened in a run.
pub(crate) enum Observed<W: Workflow> {
    /// As readers of the run see it.
    Event(RunEvent<W>),
    /// An execution of this step sent an event.
    Sent(u16, W::Event),
    /// An execution of this step returned an event.
    Returned(u16, W::Event),
    /// An execution of this step collected an event.
    Collected(u16, W::Event),
}

/// The result of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// A move was made, and another one may follow.
    On,
    /// There is no move until a response is sent.
    Idle,
    Ended,
}

/// A possible move.
#[derive(Clone, Copy)]
enum Move {
    /// Poll the execution at this place in `ready`.
    Poll(usize),
    Deliver,
    Act,
    Timer(Time),
}

impl<W: Workflow> TestDriver<W> {
    pub(crate) fn new(run: Run<W>, overrides: Overrides<W>, seed: Option<u64>) -> Self {
        let NewRun { workflow, mut first, options } = run.into_new();
        let mut options = options.unwrap_or_default();
        options.step_events = true;
        options.event_history = usize::MAX;
        options.event_buffer = usize::MAX;
        // Equal names have equal delays of retries.
        options.id.get_or_insert_with(|| "test".into());
        let timeout = options.timeout;
        let time = first.time();
        let shared = Arc::new(Shared::new(options.setup(true).traced()));
        shared.cold_state(|cold_state| cold_state.collect_log = Some(Vec::new()));
        let clock = Clock::new(time);
        let mut driver = Self {
            workflow: Arc::new(Instance::of(workflow)),
            engine: Engine::new(const { &W::TABLE }, shared.config()).recorded(shared.recording()),
            tasks: Vec::new(),
            ready: Vec::new(),
            clock,
            now: time,
            response_slots: None,
            reader: EventStream::new(Arc::clone(&shared)),
            seen: Vec::new(),
            overrides,
            rng: seed.map(Rng::with_seed),
            unsettled_since: None,
            completion: Some(CompletionGuard::new(Arc::clone(&shared))),
            shared,
            ended: None,
            leaves_open: false,
            pauses: false,
            has_paused: false,
        };
        if let Some(error) = first.refusal() {
            driver.end(Err(error));
            return driver;
        }
        if let Some(overrides) = driver.shared.overrides() {
            driver.engine.configure(overrides, time);
        }
        let mut execution = CurrentExecution::none();
        if first.apply(&mut driver.engine, timeout, &mut execution)
            && let Some(event) = execution.handover.input().take_event()
        {
            driver.engine.postpone(Launch::first(execution.id, execution.step, Input::One(event)));
        }
        driver
    }

    pub(crate) fn shared(&self) -> &Arc<Shared<W>> {
        &self.shared
    }

    /// Whether a seed decides the order of the moves.
    pub(crate) fn is_seeded(&self) -> bool {
        self.rng.is_some()
    }

    /// The time since the start of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.now - Time::default()
    }

    /// Takes what has happened since the last call.
    pub(crate) fn take_observed(&mut self) -> Vec<Observed<W>> {
        self.read();
        std::mem::take(&mut self.seen)
    }

    /// The result, once the run has ended.
    pub(crate) fn ended(&self) -> Option<&Result<W::Output, RunError>> {
        self.ended.as_ref()
    }

    /// The number of inputs that wait for a worker of `step`.
    pub(crate) fn queued(&self, step: u16) -> usize {
        self.engine.queued(step)
    }

    /// The number of executions of `step` that have started and not returned.
    pub(crate) fn running(&self, step: u16) -> usize {
        self.tasks.iter().flatten().filter(|task| task.step == step).count()
    }

    /// Ends a run that waits for a response that does not come.
    pub(crate) fn stall(&mut self) {
        self.engine.apply(Tick::Stalled, self.now);
    }

    /// A snapshot, unless there are messages that it would not contain.
    pub(crate) fn snapshot(&mut self) -> Option<Snapshot<W>> {
        if self.ended.is_some() || self.engine.has_ended() || self.shared.has_messages() {
            return None;
        }
        self.publish_pending();
        let engine = self.engine.snapshot();
        Some(Snapshot(Ok(Content::of(&self.shared, self.now, engine, &[]))))
    }

    /// Makes one move. Pending while every execution waits for something else than the run.
    pub(crate) fn poll_move(&mut self, cx: &mut Context<'_>) -> Poll<Moved> {
        loop {
            if self.ended.is_some() {
                return Poll::Ready(Moved::Ended);
            }
            if let Some(recording) = self.shared.recording() {
                recording.start_clock();
            }
            if self.rng.is_some() && self.is_unsettled() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.now = self.now.max(self.clock.now());
            self.note_ready();
            let moves = self.moves(cx);
            if let Some(chosen) = self.choose(&moves) {
                self.make(chosen);
                self.read();
                return Poll::Ready(Moved::On);
            }
            if self.engine.is_replaying() {
                self.engine.apply(Tick::Quiet, self.now);
                continue;
            }
            if self.pauses_now() {
                self.has_paused = true;
                return Poll::Ready(Moved::Idle);
            }
            if self.hung().is_some() || self.engine.is_stuck() && !self.waits_for_timeout() {
                return Poll::Ready(Moved::Idle);
            }
            if self.shared.wait(cx.waker()) {
                return Poll::Pending;
            }
        }
    }

    /// The changes of the test to the steps, and what they have affected.
    pub(crate) fn overrides(&self) -> &Overrides<W> {
        &self.overrides
    }

    /// Whether blocking code is running whose end would be at a random place among the moves.
    fn is_unsettled(&mut self) -> bool {
        if !is_clock_held() {
            self.unsettled_since = None;
            return false;
        }
        let since = *self.unsettled_since.get_or_insert_with(std::time::Instant::now);
        let waits = since.elapsed() < SETTLES;
        if waits {
            std::thread::yield_now();
        }
        waits
    }

    /// Adds the executions that were woken to the ready ones.
    fn note_ready(&mut self) {
        let mut woken = Vec::new();
        self.shared.take_ready(&mut woken);
        if self.rng.is_some() {
            // Threads wake them in any order.
            woken.sort_unstable();
        }
        for place in woken {
            if !self.ready.contains(&place) {
                self.ready.push(place);
            }
        }
        let tasks = &self.tasks;
        self.ready.retain(|place| tasks.get(*place as usize).is_some_and(Option::is_some));
    }

    /// The possible moves, in the order in which a run outside of tests makes them.
    fn moves(&mut self, cx: &mut Context<'_>) -> Vec<Move> {
        let mut moves: Vec<Move> = (0..self.ready.len()).map(Move::Poll).collect();
        if self.shared.has_messages() {
            moves.push(Move::Deliver);
        }
        if self.engine.waiting_actions() > 0 {
            moves.push(Move::Act);
        }
        if let Some(at) = self.engine.deadline() {
            // Only if nothing else is possible does the run wait for the timer.
            let is_due = at <= self.now || (moves.is_empty() && !self.pauses_now() && self.is_quiet_until(at, cx));
            if is_due {
                moves.push(Move::Timer(at));
            }
        }
        moves
    }

    fn is_quiet_until(&mut self, at: Time, cx: &mut Context<'_>) -> bool {
        if self.engine.is_replaying() {
            return false;
        }
        matches!(self.clock.poll(at, cx), Poll::Ready(_))
    }

    fn choose(&mut self, moves: &[Move]) -> Option<Move> {
        match &mut self.rng {
            Some(rng) => rng.choice(moves).copied(),
            None => moves.first().copied(),
        }
    }

    fn make(&mut self, chosen: Move) {
        self.has_paused = false;
        match chosen {
            Move::Poll(at) => {
                let place = self.ready.remove(at);
                self.poll_task(place);
            }
            Move::Deliver => self.deliver(),
            Move::Act => {
                if let Some(action) = self.engine.action() {
                    self.perform(action);
                }
            }
            Move::Timer(at) => {
                self.now = self.now.max(at);
                self.engine.apply(Tick::Time { at: SystemTime::now() }, self.now);
            }
        }
    }

    /// Reads what the run has published.
    fn read(&mut self) {
        let collected = self.shared.take_collected();
        self.seen.extend(collected.into_iter().map(|(step, event)| Observed::Collected(step, event)));
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(event)) = Pin::new(&mut self.reader).poll_next(&mut cx) {
            self.seen.push(Observed::Event(event));
        }
    }

    fn end(&mut self, ended: Result<W::Output, RunError>) {
        self.shared.close();
        self.tasks.clear();
        self.response_slots = None;
        self.engine.clear();
        if let Some(completion) = self.completion.take() {
            completion.complete(match ended.clone() {
                Ok(output) => Ok(W::HeldOutput::hold(output)),
                Err(error) => Err(Box::new(error)),
            });
        }
        self.ended = Some(ended);
    }
}

impl<W: Workflow> Drop for TestDriver<W> {
    fn drop(&mut self) {
        // Closed first: what steps send in their destructors is ignored.
        self.shared.close();
        for task in &mut self.tasks {
            suppress_panic(&mut || drop(task.take()));
        }
    }
}

impl<W: Workflow> Shared<W> {
    /// Records what a step collects, if a test drives the run.
    pub(super) fn log_collected(&self, step: u16, event: &W::Event) {
        if !self.has_cold_state() {
            return;
        }
        let is_logged = self.cold_state(|cold_state| cold_state.collect_log.is_some());
        if is_logged {
            // The user's `Clone` runs without the lock.
            let event = event.clone();
            self.cold_state(|cold_state| cold_state.collect_log.get_or_insert_default().push((step, event)));
        }
    }

    fn take_collected(&self) -> Vec<(u16, W::Event)> {
        self.cold_state(|cold_state| cold_state.collect_log.as_mut().map(std::mem::take)).unwrap_or_default()
    }
}
