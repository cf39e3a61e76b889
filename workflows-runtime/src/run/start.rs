//! How a run starts, and what happens to it while it waits for a permit.

use super::{
    dispatch::CurrentExecution,
    message::Message,
    poll_budget::PollBudget,
    shared::Shared,
    snapshot::{Content, Snapshot},
};
#[cfg(feature = "isolated")]
use crate::process::assert_single_copy;
use crate::{
    engine::{Engine, EngineState, Input, Launch, Tick, Time},
    workflow::Workflow,
};
use crate::{
    error::{ResumeError, RunError},
    workflow::Permit,
};
use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

/// Everything that a run starts with.
pub(super) struct StartSpec<W: Workflow> {
    pub(super) workflow: Arc<W>,
    pub(super) first: StartFrom<W>,
    pub(super) timeout: Timeout,
    pub(super) poll_budget: PollBudget,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Timeout {
    /// The workflow's; for a resumed run, the rest of it.
    Declared,
    Given(Option<Duration>),
}

/// Where a run starts.
pub(super) enum StartFrom<W: Workflow> {
    /// `None` once the run has started.
    Input(Option<W::Event>),
    Resume(Box<ResumedState<W>>),
    /// The snapshot cannot be resumed.
    Refused(Box<ResumeError>),
    /// The attempt that the run belongs to has ended.
    Canceled,
}

/// The part of a snapshot that the engine resumes.
pub(super) struct ResumedState<W: Workflow> {
    engine: EngineState<W::Event>,
    /// The run's time when the snapshot was taken, at the time of day `taken`.
    now: Time,
    taken: SystemTime,
    /// The time since then counts towards the timeout of the run.
    #[cfg(feature = "durable")]
    counts_away: bool,
    /// The time since then, once it is fixed.
    #[cfg(feature = "durable")]
    away: Option<Duration>,
    // As parts of the state, these are compiled for workflows that are resumed.
    clone: fn(&EngineState<W::Event>) -> EngineState<W::Event>,
    restore: fn(&mut Engine<W>, EngineState<W::Event>, Duration),
}

impl<W: Workflow> ResumedState<W> {
    pub(super) fn new(engine: EngineState<W::Event>, now: Time, taken: SystemTime) -> Self {
        Self {
            engine,
            now,
            taken,
            #[cfg(feature = "durable")]
            counts_away: false,
            #[cfg(feature = "durable")]
            away: None,
            clone: Clone::clone,
            restore: Engine::restore,
        }
    }

    /// How long no process has executed the run.
    fn away(&self) -> Duration {
        #[cfg(feature = "durable")]
        if let Some(away) = self.away {
            return away;
        }
        SystemTime::now().duration_since(self.taken).unwrap_or_default()
    }

    /// Counts the time since the snapshot towards the timeout of the run.
    #[cfg(feature = "durable")]
    pub(super) fn count_away(&mut self) {
        self.counts_away = true;
    }
}

impl<W: Workflow> Clone for StartFrom<W> {
    fn clone(&self) -> Self {
        match self {
            Self::Input(input) => Self::Input(input.clone()),
            Self::Resume(resumed) => {
                let engine = (resumed.clone)(&resumed.engine);
                Self::Resume(Box::new(ResumedState { engine, ..**resumed }))
            }
            Self::Refused(error) => Self::Refused(error.clone()),
            Self::Canceled => Self::Canceled,
        }
    }
}

impl<W: Workflow> StartFrom<W> {
    /// Returns the error of a run that does not start.
    #[inline]
    pub(super) fn refusal(&self) -> Option<RunError> {
        #[cfg(feature = "isolated")]
        assert_single_copy();
        match self {
            Self::Refused(error) => Some(RunError::Resume((**error).clone())),
            Self::Canceled => Some(RunError::Cancelled),
            Self::Input(_) | Self::Resume(_) => None,
        }
    }

    /// The run's time at its start.
    pub(super) fn time(&self) -> Time {
        match self {
            Self::Resume(resumed) => resumed.now,
            Self::Input(_) | Self::Refused(_) | Self::Canceled => Time::default(),
        }
    }

    /// Fixes how long no process has executed a run that is resumed. Returns its time at its start, and that.
    #[cfg(feature = "durable")]
    pub(super) fn fix_away(&mut self) -> Option<(Time, Duration)> {
        let Self::Resume(resumed) = self else { return None };
        let away = resumed.away();
        resumed.away = Some(away);
        Some((resumed.now, away))
    }

    /// Starts the run, once. Returns true if exactly one step becomes runnable: `execution` then holds it with its
    /// input, and the caller must start it immediately.
    #[inline]
    pub(super) fn apply(
        &mut self,
        engine: &mut Engine<W>,
        timeout: Timeout,
        execution: &mut CurrentExecution<W>,
    ) -> bool {
        if let Self::Input(input) = self {
            let timeout = match timeout {
                Timeout::Declared => W::TIMEOUT,
                Timeout::Given(timeout) => timeout,
            };
            let Some(event) = input.take() else { return false };
            let step = engine.begin(event, timeout, Time::default(), &mut execution.id, execution.handover.input());
            if let Some(step) = step {
                execution.step = step;
            }
            return step.is_some();
        }
        if let Self::Resume(resumed) = std::mem::replace(self, Self::Input(None)) {
            let away = resumed.away();
            #[cfg(feature = "durable")]
            let counts_away = resumed.counts_away;
            let ResumedState { engine: state, now, restore, .. } = *resumed;
            restore(engine, state, away);
            #[cfg(feature = "durable")]
            if counts_away {
                engine.advance_run_timeout(away);
            }
            if let Timeout::Given(timeout) = timeout {
                engine.set_timeout(timeout, now);
            }
            engine.apply(Tick::Resume, now);
        }
        false
    }
}

impl<W: Workflow> StartSpec<W> {
    /// Waits for a permit of the workflow's `max_runs`; returns `None` if the run is canceled before. Replies to requests
    /// for a snapshot, and for the work of the steps, during the wait.
    pub(super) async fn wait_for_permit(&self, shared: &Shared<W>) -> Option<Permit> {
        let mut permit = pin!(Permit::of(&self.workflow));
        poll_fn(|cx| {
            if shared.is_cancelled_early(cx.waker()) {
                shared.store_final_snapshot(self.content(shared, &shared.take_messages()));
                return Poll::Ready(None);
            }
            let polled = permit.as_mut().poll(cx);
            if polled.is_pending() {
                self.reply(shared);
            }
            polled.map(Some)
        })
        .await
    }

    /// Replies to requests of handles, and leaves all other messages in the mailbox.
    fn reply(&self, shared: &Shared<W>) {
        let mut others = Vec::new();
        for message in shared.take_messages() {
            match message {
                Message::Snapshot(request) => {
                    // The requester may be gone.
                    let _ = request.reply.send(Box::new(Snapshot(Ok(self.content(shared, &others)))));
                }
                Message::Work(request) => {
                    let _ = request.reply.send(Vec::new());
                }
                message => others.push(message),
            }
        }
        shared.requeue_messages(others);
    }

    /// The content of a snapshot of the run as it would be if it had started now, with the external events in
    /// `messages`.
    pub(super) fn content(&self, shared: &Shared<W>, messages: &[Message<W>]) -> Content<W> {
        let now = self.first.time();
        let mut engine = Engine::new(const { &W::TABLE }, shared.config());
        let mut execution = CurrentExecution::none();
        if let Some(overrides) = shared.overrides() {
            engine.configure(overrides, now);
        }
        if self.first.clone().apply(&mut engine, self.timeout, &mut execution)
            && let Some(event) = execution.handover.input().take_event()
        {
            engine.postpone(Launch::first(execution.id, execution.step, Input::One(event)));
        }
        let mut answered = Vec::new();
        for message in messages {
            match message {
                Message::External(event) => engine.apply(Tick::External(event.clone()), now),
                Message::Answer { prompt, wait, event } => {
                    answered.push(*prompt);
                    engine.apply(Tick::Answer { prompt: *prompt, wait: *wait, event: event.clone() }, now);
                }
                _ => {}
            }
        }
        Content::of(shared, now, engine.take_final_snapshot(), &answered)
    }
}
