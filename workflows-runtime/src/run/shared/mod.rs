//! The state that a run's driver, its steps and its handles share, in one allocation.
//!
//! What changes rarely or is read often is outside of the lock:
//!
//! | Field            | Set by | Read by | Meaning |
//! |------------------|-------------------------------|---------------------|---------------------------------------|
//! | `mail`           | [`Mailbox`], under the lock   | driver              | The mailbox has messages or slots to poll; if not, the driver does not lock it. |
//! | `over`           | `close`, before it locks      | steps, contexts     | The run has ended, and later messages are ignored. Never reset. |
//! | `result`         | `finish`, under the lock      | handles, readers    | The result. Set once. |
//! | `overruns`       | driver                        | handles             | The number of polls that took too long. |
//! | `dropping`       | driver, around a drop         | blocking code, contexts | The serial of the execution that is being dropped, or 0. Blocking code that is withdrawn now is abandoned; else the step itself has dropped a future. |
//! | `abandons`       | blocking code, after the registry | contexts        | The [`CancelRegistry`] has an abandoned attempt; if not, contexts do not lock it. Never reset. |
//! | `has_cold_state` | `cold_state`, under the lock  | driver              | There is a [`ColdState`]; if not, the driver does not lock it. Reset once it is empty. |

mod dropping;
#[cfg(feature = "durable")]
mod durable;
pub(super) mod lazy;
#[cfg(all(test, shuttle))]
mod models;
mod reporting;
mod setup;

pub(super) use self::{
    dropping::Dropping,
    setup::{Record, Setup},
};

#[cfg(feature = "durable")]
use super::journal::RunJournal;
use super::{
    cancellation::{CancelFlag, CancelRegistry, CancelWakers},
    collect::{CollectKey, Collected},
    event_log::{Ended, EventLog, Evicted, StoredEvent},
    id::RunId,
    mailbox::{Mailbox, Message, Undelivered},
    open_prompts::OpenPrompts,
    snapshot::Content,
    waker_set::WaiterId,
};
#[cfg(feature = "metrics")]
use crate::instruments::RunMeter;
use crate::{
    engine::{Config, ExecutionId, Overrides},
    error::Parked,
    executor::{CallQueue, Executors, Scope},
    run_trace::{RecordedRun, Recording},
    state::State,
    step_event::StepEvent,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
    },
    trace::{self, CallerSpan, RunSpans},
    workflow::Workflow,
};
use core::marker::PhantomData;
use std::{
    sync::{Arc, PoisonError},
    task::Waker,
    time::Duration,
};

/// The shared state of a run; see the [module's table](self).
pub(crate) struct Shared<W: Workflow> {
    id: RunId,
    state: State<W::State>,
    /// `None` for most runs.
    extras: Option<Box<Extras<W>>>,
    /// Whether phases of executions are published.
    publishes_phases: bool,
    /// Whether there was ever a handle, for events and the result.
    observed: bool,
    pub(super) mail: AtomicU8,
    over: AtomicBool,
    /// Not behind the lock: a reader clones it, and the user's `Clone` may use the run.
    pub(super) result: OnceLock<Ended<W>>,
    overruns: AtomicU32,
    abandons: AtomicBool,
    dropping: AtomicU32,
    has_cold_state: AtomicBool,
    locked: Mutex<Locked<W>>,
}

/// What few runs have, and what never changes.
struct Extras<W: Workflow> {
    /// Executors of the run's own.
    executors: Option<Executors>,
    /// Options of steps that the run overrides.
    overrides: Option<Box<Overrides>>,
    /// The spans of a traced run.
    spans: Option<Box<RunSpans>>,
    #[cfg(feature = "metrics")]
    meter: Option<RunMeter>,
    /// The recording of a recorded run.
    recorded: Option<RecordedRun>,
    /// The calls that wait for a thread, of a run that publishes its phases.
    call_queue: Option<Arc<CallQueue>>,
    /// The journal of a durable run.
    #[cfg(feature = "durable")]
    journal: Option<Box<RunJournal<W>>>,
    workflow: PhantomData<fn(W)>,
}

/// The state behind the lock.
pub(super) struct Locked<W: Workflow> {
    pub(super) mailbox: Mailbox<W>,
    pub(super) event_log: EventLog<W>,
    pub(super) prompts: OpenPrompts<W>,
    cold_state: Option<Box<ColdState<W>>>,
}

/// State that few runs have.
pub(super) struct ColdState<W: Workflow> {
    pub(super) collected: Option<Box<Collected<W::Event>>>,
    pub(super) cancellation: CancelRegistry,
    /// The state of a run that has ended without a result.
    final_snapshot: Option<Arc<Content<W>>>,
    /// What steps have collected, with the number of the step, since a test last asked. `None` outside of tests.
    #[cfg(feature = "testing")]
    pub(super) collect_log: Option<Vec<(u16, W::Event)>>,
}

impl<W: Workflow> Default for ColdState<W> {
    fn default() -> Self {
        Self {
            collected: None,
            cancellation: CancelRegistry::default(),
            final_snapshot: None,
            #[cfg(feature = "testing")]
            collect_log: None,
        }
    }
}

impl<W: Workflow> ColdState<W> {
    fn is_empty(&self) -> bool {
        #[cfg(feature = "testing")]
        if self.collect_log.is_some() {
            return false;
        }
        let has_collected = match &self.collected {
            Some(collected) => !collected.is_empty(),
            None => false,
        };
        !has_collected && self.cancellation.is_empty() && self.final_snapshot.is_none()
    }
}

impl<W: Workflow> Locked<W> {
    /// Ends the run. Returns the messages to drop and the waiters to wake, both after the lock.
    #[must_use]
    fn close(&mut self) -> (Undelivered<W>, Option<CancelWakers>) {
        let waiters = match &mut self.cold_state {
            Some(cold_state) => Some(cold_state.cancellation.end_run()),
            None => None,
        };
        (self.mailbox.close(), waiters)
    }

    #[must_use]
    pub(super) fn drop_handle(&mut self) -> DroppedHandle<W> {
        let unread = self.event_log.remove_handle();
        DroppedHandle { driver: self.mailbox.drop_handle(), _unread: unread }
    }
}

/// What to wake and to drop, after the lock, when a handle is dropped.
pub(super) struct DroppedHandle<W: Workflow> {
    driver: Option<Waker>,
    _unread: Evicted<W>,
}

impl<W: Workflow> DroppedHandle<W> {
    /// Wakes the driver, which checks whether the run is still answerable.
    pub(super) fn wake_driver(self) {
        if let Some(driver) = self.driver {
            driver.wake();
        }
    }
}

impl<W: Workflow> Scope for Shared<W> {
    fn executors(&self) -> Option<&Executors> {
        self.given_executors()
    }

    fn abandoned(&self, event: StepEvent) {
        let StepEvent { step, execution, attempt, .. } = event;
        // Otherwise the step itself has dropped a future, and continues.
        if self.dropping.load(Ordering::Acquire) != 0 {
            self.cold_state(|cold_state| cold_state.cancellation.abandon((execution, attempt)));
            self.abandons.store(true, Ordering::Release);
        }
        let span = self.spans().map(|spans| spans.of(execution)).unwrap_or_default();
        span.in_scope(|| trace::abandoned(step, &self.id));
        if let Some(recording) = Self::recording(self) {
            recording.abandoned(execution, attempt);
        }
        if self.publishes_phases {
            self.publish(StoredEvent::Step(Box::new(event)));
        }
    }

    fn recording(&self) -> Option<&Recording> {
        Self::recording(self)
    }

    fn call_queue(&self) -> Option<&Arc<CallQueue>> {
        self.extras.as_ref()?.call_queue.as_ref()
    }

    fn span(&self, execution: ExecutionId) -> Option<CallerSpan> {
        self.spans().map(|spans| spans.of(execution.serial))
    }

    fn queued(&self, execution: ExecutionId) {
        self.push_message(Message::Queued(execution));
    }

    fn began(&self, execution: ExecutionId) {
        self.push_message(Message::Began(execution));
    }
}

/// Distinguishes the executions of a run that exist at the same time; never 0.
#[inline]
fn mark(execution: ExecutionId) -> u32 {
    // Serials count up, so the executions of a run are 2^31 launches apart before two marks are equal.
    u32::try_from(execution.serial & 0x7fff_ffff).unwrap_or_default() | 1 << 31
}

impl<W: Workflow> Shared<W> {
    #[inline]
    pub(super) fn new(setup: Setup<W>) -> Self {
        let cold_state =
            setup.collected.map(|collected| Box::new(ColdState { collected: Some(collected), ..ColdState::default() }));
        let prompts = OpenPrompts::new(setup.prompts);
        let mut event_log = EventLog::new(setup.observed, setup.event_buffer, setup.event_history);
        for prompt in prompts.republished() {
            // There is no reader to wake.
            let _ = event_log.publish(prompt);
        }
        let Setup { executors, overrides, spans, .. } = setup;
        let recorded = match setup.record {
            Some(record) => Some(record.begin::<W>(&setup.id)),
            None => None,
        };
        let publishes_phases = setup.internal && setup.observed;
        let has_extras =
            executors.is_some() || overrides.is_some() || spans.is_some() || recorded.is_some() || publishes_phases;
        #[cfg(feature = "durable")]
        let has_extras = has_extras || setup.journal.is_some();
        #[cfg(feature = "metrics")]
        let has_extras = has_extras || setup.meter.is_some();
        Self {
            id: setup.id,
            state: State::new(setup.state),
            extras: if has_extras {
                Some(Box::new(Extras {
                    executors,
                    overrides,
                    spans,
                    #[cfg(feature = "metrics")]
                    meter: setup.meter,
                    recorded,
                    call_queue: if publishes_phases { Some(Arc::default()) } else { None },
                    #[cfg(feature = "durable")]
                    journal: setup.journal,
                    workflow: PhantomData,
                }))
            } else {
                None
            },
            publishes_phases,
            observed: setup.observed,
            mail: AtomicU8::new(0),
            over: AtomicBool::new(false),
            result: OnceLock::new(),
            overruns: AtomicU32::new(0),
            abandons: AtomicBool::new(false),
            dropping: AtomicU32::new(0),
            has_cold_state: AtomicBool::new(cold_state.is_some()),
            locked: Mutex::new(Locked { mailbox: Mailbox::new(setup.observed), event_log, prompts, cold_state }),
        }
    }

    /// The shared state of no run, for a detached context.
    pub(crate) fn detached(state: W::State) -> Self {
        Self::new(Setup::with_defaults(RunId::random(), state, false))
    }

    pub(crate) fn id(&self) -> &RunId {
        &self.id
    }

    pub(crate) fn state(&self) -> &State<W::State> {
        &self.state
    }

    pub(super) fn observed(&self) -> bool {
        self.observed
    }

    /// Whether the run has a journal.
    #[cfg(not(feature = "durable"))]
    #[expect(clippy::unused_self, reason = "with the feature, it depends on the run")]
    pub(super) fn is_journaled(&self) -> bool {
        false
    }

    /// The configuration of the engine.
    pub(super) fn config(&self) -> Config {
        let internal = self.reports_phases();
        Config {
            keeps: self.observed,
            internal,
            machine_only: internal || self.is_journaled(),
            #[cfg(feature = "durable")]
            gated: self.is_journaled(),
            #[cfg(feature = "durable")]
            opens_at_once: self.journal().is_some_and(RunJournal::is_behind),
            seed: self.id.seed(),
        }
    }

    /// Whether blocking code in a step must know its [`Origin`](crate::executor::Origin): the run has executors of its
    /// own, publishes phases, or is traced or recorded.
    pub(super) fn needs_origin(&self) -> bool {
        self.given_executors().is_some()
            || self.publishes_phases
            || self.spans().is_some()
            || self.recording().is_some()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Whether the execution is being dropped: what its destructors call no longer counts.
    pub(super) fn is_dropping(&self, execution: ExecutionId) -> bool {
        let dropping = self.dropping.load(Ordering::Acquire);
        dropping != 0 && dropping == mark(execution) && execution != ExecutionId::DETACHED
    }

    /// Whether this attempt is running: what its context does counts. `status` is that of a context that may outlive
    /// the attempt.
    pub(crate) fn counts(&self, execution: ExecutionId, status: Option<&CancelFlag>) -> bool {
        let is_running = match status {
            Some(status) => status.is_running(),
            None => true,
        };
        is_running && !self.is_dropping(execution) && !self.is_without(execution)
    }

    /// Whether the run has ended or this attempt is abandoned.
    pub(crate) fn is_without(&self, execution: ExecutionId) -> bool {
        if self.is_over() {
            return true;
        }
        if !self.abandons.load(Ordering::Acquire) {
            return false;
        }
        self.is_abandoned(execution.serial, execution.attempt)
    }

    #[cold]
    fn is_abandoned(&self, serial: u64, attempt: u32) -> bool {
        self.cold_state(|cold_state| cold_state.cancellation.is_abandoned((serial, attempt)))
    }

    /// Calls `look` with the cold state, under the lock.
    pub(super) fn cold_state<T>(&self, look: impl FnOnce(&mut ColdState<W>) -> T) -> T {
        look(self.cold_state_in(&mut self.locked()))
    }

    pub(super) fn cold_state_in<'i>(&self, locked: &'i mut Locked<W>) -> &'i mut ColdState<W> {
        self.has_cold_state.store(true, Ordering::Release);
        locked.cold_state.get_or_insert_default()
    }

    /// Lets the driver use its fast paths again: a clone of a context or a child of a step leaves nothing.
    pub(super) fn note_empty_cold_state(&self, locked: &Locked<W>) {
        if locked.cold_state.as_ref().is_none_or(|cold_state| cold_state.is_empty()) {
            self.has_cold_state.store(false, Ordering::Release);
        }
    }

    /// Takes the lock. A poisoned one is taken as well: the state is consistent wherever user code, such as a `Clone`,
    /// may panic under the lock.
    pub(super) fn locked(&self) -> MutexGuard<'_, Locked<W>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn publish(&self, event: StoredEvent<W>) {
        if self.observed {
            #[cfg(feature = "durable")]
            let Some(event) = self.hold_event(event) else { return };
            self.append_event(event);
        }
    }

    fn append_event(&self, event: StoredEvent<W>) {
        let publication = self.locked().event_log.publish(event);
        if let Some(publication) = publication {
            publication.wake_readers();
        }
    }

    pub(super) fn collected<T>(&self, look: impl FnOnce(&mut Option<Box<Collected<W::Event>>>) -> T) -> T {
        self.cold_state(|cold_state| look(&mut cold_state.collected))
    }

    pub(super) fn has_cold_state(&self) -> bool {
        self.has_cold_state.load(Ordering::Acquire)
    }

    /// See [`Collected::collect`]. Drops the event of an attempt that no longer counts.
    pub(crate) fn collect(
        &self,
        from: ExecutionId,
        status: Option<&CancelFlag>,
        key: CollectKey,
        event: W::Event,
        count: usize,
    ) -> Option<Vec<W::Event>> {
        if !self.counts(from, status) {
            return None;
        }
        #[cfg(feature = "testing")]
        self.log_collected(key.0, &event);
        let repeats = self.observed || W::TABLE.steps[key.0 as usize].retries;
        let mut unused = None;
        let set = self.collected(|collected| {
            // Attempts end under this lock.
            if self.is_over() || status.is_some_and(|status| !status.is_running()) {
                unused = Some(event);
                return None;
            }
            collected.get_or_insert_default().collect(from, key, event, count, repeats)
        });
        drop(unused);
        set
    }

    /// Adds the events that steps have collected to those that are parked in joins.
    pub(super) fn with_collected(&self, mut parked: Vec<Parked>) -> Vec<Parked> {
        if !self.has_cold_state() {
            return parked;
        }
        self.collected(|collected| {
            let Some(collected) = collected else { return };
            for (step, slot, events) in collected.parked() {
                let step = W::TABLE.steps[step as usize].name.to_owned();
                parked.push(Parked { step, events, missing: vec![W::TABLE.inputs[slot as usize].key.name()] });
            }
        });
        parked
    }

    /// The executors of the run, if it has its own.
    pub(crate) fn given_executors(&self) -> Option<&Executors> {
        self.extras.as_ref()?.executors.as_ref()
    }

    /// The options of steps that the run overrides.
    pub(super) fn overrides(&self) -> Option<&Overrides> {
        self.extras.as_ref()?.overrides.as_deref()
    }

    /// The timeout of a step in this run.
    pub(super) fn step_timeout(&self, step: u16) -> Option<Duration> {
        let declared = W::TABLE.steps[step as usize].timeout;
        match self.overrides() {
            Some(overrides) => overrides.timeout(step, declared),
            None => declared,
        }
    }

    pub(super) fn remove_reader(&self, fetched: u64, reader: WaiterId) {
        // Dropped after the lock: the events are of user types.
        let unread = self.locked().event_log.remove_reader(fetched, reader);
        drop(unread);
    }

    /// Marks the run as over: later messages and events of its steps are ignored.
    pub(super) fn close(&self) {
        self.over.store(true, Ordering::Release);
        // The lock is skipped if there is nothing to drain. A message that arrives after this check is drained by
        // `finish`, which closes the mailbox again. Only a run with a handle has a `finish`.
        if self.observed && !self.has_mail() && !self.has_cold_state() {
            return;
        }
        let (undelivered, canceled) = self.locked().close();
        drop(undelivered);
        if let Some(canceled) = canceled {
            canceled.wake();
        }
    }

    /// Stores the state of a run that has ended without a result, and can be resumed.
    pub(super) fn store_final_snapshot(&self, content: Content<W>) {
        let content = Arc::new(content);
        self.cold_state(|cold_state| cold_state.final_snapshot = Some(content));
    }

    pub(super) fn final_snapshot(&self) -> Option<Arc<Content<W>>> {
        self.cold_state(|cold_state| cold_state.final_snapshot.clone())
    }

    /// Publishes the result.
    pub(super) fn finish(&self, ended: Ended<W>) {
        if !self.observed {
            return;
        }
        self.end_spans(&ended);
        let mut locked = self.locked();
        // Under the lock: a task that has not found a result under the lock is registered, and woken below.
        let _late = self.result.set(ended);
        let ([readers, waiters], _evicted) = locked.event_log.finish();
        let (_undelivered, canceled) = locked.close();
        drop(locked);
        readers.wake();
        waiters.wake();
        if let Some(canceled) = canceled {
            canceled.wake();
        }
    }

    /// Whether the result is set.
    pub(super) fn is_finished(&self) -> bool {
        self.result.get().is_some()
    }
}
