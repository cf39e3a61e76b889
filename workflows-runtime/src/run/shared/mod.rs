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
//! | `abandons`       | blocking code, after the registry | contexts        | The [`CancelRegistry`](super::cancellation::CancelRegistry) has an abandoned attempt; if not, contexts do not lock it. Never reset. |
//! | `has_cold_state` | `cold_state`, under the lock  | driver              | There is a [`ColdState`]; if not, the driver does not lock it. Reset once it is empty. |

mod cold_state;
mod dropping;
#[cfg(feature = "durable")]
mod durable;
mod extras;
pub(super) mod lazy;
#[cfg(all(test, shuttle))]
mod models;
mod reporting;
mod setup;

use self::{cold_state::ColdState, extras::Extras};
pub(super) use self::{
    dropping::Dropping,
    setup::{Record, Setup},
};
#[cfg(feature = "durable")]
use super::journal::RunJournal;
use super::{
    cancellation::{CancelFlag, CancelWakers},
    event_log::{Ended, EventLog, Evicted, StoredEvent},
    id::RunId,
    mailbox::{Mailbox, Undelivered},
    message::Message,
    open_prompts::OpenPrompts,
    waker_set::WaiterId,
};
use crate::{
    engine::{Config, ExecutionId},
    executor::{CallQueue, Executors, Scope},
    run_trace::Recording,
    state::State,
    step_event::StepEvent,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
    },
    trace::{self, CallerSpan},
    workflow::Workflow,
};
use core::marker::PhantomData;
use std::{
    sync::{Arc, PoisonError},
    task::Waker,
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

/// The state behind the lock.
pub(super) struct Locked<W: Workflow> {
    pub(super) mailbox: Mailbox<W>,
    pub(super) event_log: EventLog<W>,
    pub(super) prompts: OpenPrompts<W>,
    cold_state: Option<Box<ColdState<W>>>,
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
        Self::new(Setup { state: Some(Box::new(state)), ..Setup::new(RunId::random(), false) })
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

    /// Whether this is a child that has no end here.
    #[cfg(not(feature = "durable"))]
    #[expect(clippy::unused_self, reason = "with the feature, it depends on the run")]
    pub(super) fn is_released_child(&self) -> bool {
        false
    }

    /// Cancels a child, or gives it up with its parent.
    #[cold]
    pub(super) fn end_child(&self) {
        #[cfg(feature = "durable")]
        if self.is_left_by_parent() {
            return self.push_message(Message::Release);
        }
        self.push_message(Message::Cancel);
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
