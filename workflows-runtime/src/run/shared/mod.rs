//! What a run's driver, its steps and its handle share: one allocation a run.

pub(super) mod lazy;

use super::{
    cancellation::{CancelRegistry, CancelWakers},
    collect::{CollectKey, Collected},
    event_log::{Ended, EventLog, StoredEvent, WaiterId, Waiters},
    id::RunId,
    mailbox::{Mailbox, Undelivered},
    poll_budget::{PollOverrun, Polls},
    snapshot::Content,
};
use crate::{
    engine::{Config, ExecutionId},
    executor::{Executors, Scope},
    state::State,
    step_event::{StepEvent, StepPhase},
    workflow::Workflow,
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
    },
    task::Waker,
};

/// The shared side of a run.
pub(crate) struct Shared<W: Workflow> {
    id: RunId,
    state: State<W::State>,
    executors: Option<Executors>,
    /// Whether phases of executions are told.
    internal: bool,
    /// Whether anyone can read events or the result.
    observed: bool,
    /// What the inbox has; read before it is locked.
    pub(super) mail: AtomicU8,
    over: AtomicBool,
    /// Not behind the lock, since whoever wants it has it cloned by the user's own code.
    pub(super) result: OnceLock<Ended<W>>,
    overruns: AtomicU32,
    abandons: AtomicBool,
    /// An execution is being dropped as a whole.
    dropping: AtomicBool,
    /// Whether there is anything that few runs have; read before it is locked.
    has_cold_state: AtomicBool,
    locked: Mutex<Locked<W>>,
}

/// What is behind the one lock of a run.
pub(super) struct Locked<W: Workflow> {
    pub(super) mailbox: Mailbox<W>,
    pub(super) event_log: EventLog<W>,
    /// What few runs have.
    cold_state: Option<Box<ColdState<W>>>,
}

/// What few runs have.
pub(super) struct ColdState<W: Workflow> {
    /// What steps have put by.
    pub(super) collected: Option<Box<Collected<W::Event>>>,
    pub(super) cancellation: CancelRegistry,
    /// What a run was at that ended before it was done.
    left: Option<Box<Content<W>>>,
}

impl<W: Workflow> Default for ColdState<W> {
    fn default() -> Self {
        Self { collected: None, cancellation: CancelRegistry::default(), left: None }
    }
}

impl<W: Workflow> Locked<W> {
    /// The run is over: gives back what nobody will collect, and whom to wake.
    #[must_use]
    fn close(&mut self) -> (Undelivered<W>, Option<CancelWakers>) {
        (self.mailbox.close(), self.cold_state.as_mut().map(|cold_state| cold_state.cancellation.all_over()))
    }

    /// A handle is gone.
    #[must_use]
    pub(super) fn drop_handle(&mut self) -> Gone<W> {
        let (unread, _) = self.event_log.remove_reader(0);
        Gone { driver: self.mailbox.drop_handle(), _unread: unread }
    }
}

/// What is to be seen to, without the lock, when a handle is gone.
pub(super) struct Gone<W: Workflow> {
    /// Looks whether the run can still be answered.
    driver: Option<Waker>,
    _unread: VecDeque<StoredEvent<W>>,
}

impl<W: Workflow> Gone<W> {
    pub(super) fn tell(self) {
        self.driver.into_iter().for_each(Waker::wake);
    }
}

impl<W: Workflow> Scope for Shared<W> {
    fn executors(&self) -> Option<&Executors> {
        self.executors.as_ref()
    }

    fn abandoned(&self, event: StepEvent) {
        let StepEvent { step, execution, attempt, .. } = event;
        // Else it is still the step's own: it has let go of a future, and goes on.
        if self.dropping.load(Ordering::Acquire) {
            self.cold_state(|cold_state| cold_state.cancellation.abandon((execution, attempt)));
            self.abandons.store(true, Ordering::Release);
        }
        tracing::warn!(step, run = %self.id, "blocking code goes on although nobody waits for it any more");
        if self.internal {
            self.publish(StoredEvent::Step(Box::new(event)));
        }
    }
}

/// See [`Shared::dropping`]. Resets the flag also if the drop of a future panics.
#[must_use = "the execution counts as being dropped only until this is dropped"]
pub(super) struct Dropping<'a> {
    flag: &'a AtomicBool,
}

impl Drop for Dropping<'_> {
    fn drop(&mut self) {
        self.flag.store(false, Ordering::Release);
    }
}

pub(super) struct Setup<W: Workflow> {
    pub(super) id: RunId,
    pub(super) state: W::State,
    pub(super) executors: Option<Executors>,
    pub(super) internal: bool,
    pub(super) event_buffer: usize,
    pub(super) collected: Option<Box<Collected<W::Event>>>,
    /// Whether there is a handle.
    pub(super) observed: bool,
}

impl<W: Workflow> Setup<W> {
    /// That of a run which was told nothing, with a handle or without.
    #[inline]
    pub(super) fn with_defaults(id: RunId, state: W::State, observed: bool) -> Self {
        Self { id, state, executors: None, internal: false, event_buffer: usize::MAX, collected: None, observed }
    }
}

impl<W: Workflow> Shared<W> {
    #[inline]
    pub(super) fn new(setup: Setup<W>) -> Self {
        let cold_state =
            setup.collected.map(|collected| Box::new(ColdState { collected: Some(collected), ..ColdState::default() }));
        Self {
            id: setup.id,
            state: State::new(setup.state),
            executors: setup.executors,
            internal: setup.internal && setup.observed,
            observed: setup.observed,
            mail: AtomicU8::new(0),
            over: AtomicBool::new(false),
            result: OnceLock::new(),
            overruns: AtomicU32::new(0),
            abandons: AtomicBool::new(false),
            dropping: AtomicBool::new(false),
            has_cold_state: AtomicBool::new(cold_state.is_some()),
            locked: Mutex::new(Locked {
                mailbox: Mailbox::new(u32::from(setup.observed)),
                event_log: EventLog::new(setup.observed, setup.event_buffer),
                cold_state,
            }),
        }
    }

    /// The shared side of no run.
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

    /// What the run asks of its core.
    pub(super) fn config(&self) -> Config {
        Config { keeps: self.observed, internal: self.internal, seed: self.id.seed() }
    }

    /// Whether `#[blocking]` code inside a step has anything to learn from its run.
    pub(super) fn needs_origin(&self) -> bool {
        self.executors.is_some() || self.internal
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Marks one execution as being dropped as a whole until the guard is dropped: blocking code that it
    /// leaves is detached from the run.
    pub(super) fn dropping(&self) -> Dropping<'_> {
        self.dropping.store(true, Ordering::Release);
        Dropping { flag: &self.dropping }
    }

    /// Whether the run has ended, or goes on without this attempt.
    pub(crate) fn is_without(&self, execution: ExecutionId) -> bool {
        let is_abandoned = || {
            self.cold_state(|cold_state| cold_state.cancellation.is_abandoned((execution.serial, execution.attempt)))
        };
        self.is_over() || (self.abandons.load(Ordering::Acquire) && is_abandoned())
    }

    pub(super) fn cold_state<T>(&self, look: impl FnOnce(&mut ColdState<W>) -> T) -> T {
        look(self.cold_state_in(&mut self.locked()))
    }

    pub(super) fn cold_state_in<'i>(&self, locked: &'i mut Locked<W>) -> &'i mut ColdState<W> {
        self.has_cold_state.store(true, Ordering::Release);
        locked.cold_state.get_or_insert_default()
    }

    /// What is done under the lock is whole at every point where the user's code, such as a
    /// `Clone`, could panic; so a poisoned one is whole.
    pub(super) fn locked(&self) -> MutexGuard<'_, Locked<W>> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn publish(&self, event: StoredEvent<W>) {
        if self.observed {
            self.append_event(event);
        }
    }

    fn append_event(&self, event: StoredEvent<W>) {
        let (readers, _forgotten) = self.locked().event_log.publish(event);
        readers.wake();
    }

    /// Tells what an execution has come to, if anyone wants to know.
    #[inline]
    pub(super) fn report_phase(&self, step: u16, id: ExecutionId, phase: StepPhase) {
        if self.internal {
            self.publish_phase(step, id, phase);
        }
    }

    #[cold]
    fn publish_phase(&self, step: u16, id: ExecutionId, phase: StepPhase) {
        let step = W::TABLE.steps[step as usize].name;
        self.publish(StoredEvent::Step(Box::new(StepEvent { step, execution: id.serial, attempt: id.attempt, phase })));
    }

    /// Warns of a poll that has taken too long, of one of these steps.
    pub(super) fn report_overrun(&self, overrun: &PollOverrun, polls: Polls) {
        self.overruns.fetch_add(1, Ordering::Relaxed);
        let steps = W::TABLE.steps.iter().enumerate().filter(|(number, _)| polls.has(*number));
        let steps: BTreeSet<_> = steps.map(|(_, step)| step.name).collect();
        let steps = steps.into_iter().collect::<Vec<_>>().join(" or ");
        tracing::warn!(step = %steps, run = %self.id, took = ?overrun.took, budget = ?overrun.budget, "a step blocks the async executor");
    }

    /// How many polls have taken too long.
    pub(super) fn overruns(&self) -> u64 {
        self.overruns.load(Ordering::Relaxed).into()
    }

    /// What the steps have put by.
    pub(super) fn collected<T>(&self, look: impl FnOnce(&mut Option<Box<Collected<W::Event>>>) -> T) -> T {
        self.cold_state(|cold_state| look(&mut cold_state.collected))
    }

    /// Whether there has ever been any of that.
    pub(super) fn has_cold_state(&self) -> bool {
        self.has_cold_state.load(Ordering::Acquire)
    }

    /// Puts an event by; see [`Collected::collect`].
    pub(crate) fn collect(
        &self,
        from: ExecutionId,
        pile: CollectKey,
        event: W::Event,
        count: usize,
    ) -> Option<Vec<W::Event>> {
        self.collected(|collected| collected.get_or_insert_default().collect(from, pile, event, count))
    }

    /// The executors that the run was given.
    pub(crate) fn given_executors(&self) -> Option<&Executors> {
        self.executors.as_ref()
    }

    /// One reader fewer.
    pub(super) fn remove_reader(&self, reader: WaiterId) {
        // The user's items are dropped without the lock.
        let unread = self.locked().event_log.remove_reader(reader);
        drop(unread);
    }

    /// From now on nothing that a step does is seen.
    pub(super) fn close(&self) {
        self.over.store(true, Ordering::Release);
        // What comes in between is found by `finish`.
        if self.observed && !self.has_mail() && !self.has_cold_state() {
            return;
        }
        let (mail, vigils) = self.locked().close();
        drop(mail);
        vigils.into_iter().flatten().for_each(|(_, waker)| waker.wake());
    }

    /// Keeps what a run is at that was cancelled or has taken too long: it can be gone on with.
    pub(super) fn store_final_snapshot(&self, content: Box<Content<W>>) {
        self.cold_state(|cold_state| cold_state.left = Some(content));
    }

    pub(super) fn take_final_snapshot(&self) -> Option<Box<Content<W>>> {
        self.cold_state(|cold_state| cold_state.left.clone())
    }

    /// The run's last word.
    pub(super) fn finish(&self, ended: Ended<W>) {
        if !self.observed {
            return;
        }
        let mut locked = self.locked();
        // Under the lock, so that who has not seen it there is woken.
        let _late = self.result.set(ended);
        let (waiting, _forgotten) = locked.event_log.finish();
        let (_mail, vigils) = locked.close();
        drop(locked);
        waiting.into_iter().for_each(Waiters::wake);
        vigils.into_iter().flatten().for_each(|(_, waker)| waker.wake());
    }

    /// Whether it has been said.
    pub(super) fn is_finished(&self) -> bool {
        self.result.get().is_some()
    }
}
