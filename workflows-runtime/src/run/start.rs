//! What a run begins with, and what can be done with it before its turn comes.

use super::{
    mailbox::Message,
    poll_budget::PollBudget,
    shared::Shared,
    snapshot::{Content, Snapshot},
};
use crate::{
    engine::{Effects, Engine, EngineState, ExecutionId, Input, Tick, Time},
    workflow::Workflow,
};
use crate::{error::ResumeError, workflow::Permit};
use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

/// What a run begins with.
pub(super) struct StartSpec<W: Workflow> {
    pub(super) workflow: Arc<W>,
    pub(super) first: StartFrom<W>,
    pub(super) timeout: Timeout,
    pub(super) poll_budget: PollBudget,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Timeout {
    /// As the workflow says; for a resumed run, what was left of that.
    Declared,
    Given(Option<Duration>),
}

/// Where a run begins.
pub(super) enum StartFrom<W: Workflow> {
    /// There until the run has begun with it.
    Input(Option<W::Input>),
    Resume(Box<ResumedState<W>>),
    /// It cannot be resumed.
    Refused(Box<ResumeError>),
}

/// What a run goes on with that was written down.
pub(super) struct ResumedState<W: Workflow> {
    pub(super) engine: EngineState<W::Event>,
    /// The time of the run, which was written down at that time of day.
    pub(super) now: Time,
    pub(super) taken: SystemTime,
}

impl<W: Workflow> Clone for StartFrom<W> {
    fn clone(&self) -> Self {
        match self {
            Self::Input(input) => Self::Input(input.clone()),
            Self::Resume(written) => {
                let ResumedState { engine, now, taken } = &**written;
                Self::Resume(Box::new(ResumedState { engine: engine.clone(), now: *now, taken: *taken }))
            }
            Self::Refused(error) => Self::Refused(error.clone()),
        }
    }
}

impl<W: Workflow> StartFrom<W> {
    /// How long the run has gone on before.
    pub(super) fn time(&self) -> Time {
        match self {
            Self::Resume(written) => written.now,
            Self::Input(_) | Self::Refused(_) => Time::default(),
        }
    }

    /// Begins; there is nothing left to begin with afterwards. If that launches one step, it is told which,
    /// and its event is left in `taken`: it is to be started at once, as this `execution`.
    pub(super) fn apply(
        &mut self,
        engine: &mut Engine<W>,
        timeout: Timeout,
        execution: &mut ExecutionId,
        taken: &mut Effects<W>,
    ) -> Option<u16> {
        if let Self::Input(input) = self {
            let timeout = match timeout {
                Timeout::Declared => W::TIMEOUT,
                Timeout::Given(timeout) => timeout,
            };
            return engine.begin(W::start(input.take()?), timeout, Time::default(), execution, taken);
        }
        if let Self::Resume(written) = std::mem::replace(self, Self::Input(None)) {
            let ResumedState { engine: state, now, taken } = *written;
            engine.restore(state, SystemTime::now().duration_since(taken).unwrap_or_default());
            if let Timeout::Given(timeout) = timeout {
                engine.set_timeout(timeout, now);
            }
            engine.apply(Tick::Resume, now);
        }
        None
    }
}

impl<W: Workflow> StartSpec<W> {
    /// Waits for the run's turn; nothing if it is cancelled before. Whoever wants a snapshot
    /// meanwhile gets it at once.
    pub(super) async fn wait_for_permit(&self, shared: &Shared<W>) -> Option<Permit> {
        let mut turn = pin!(Permit::of(&self.workflow));
        poll_fn(|cx| {
            if shared.is_cancelled_early(cx.waker()) {
                shared.store_final_snapshot(Box::new(self.content(shared, &shared.messages())));
                return Poll::Ready(None);
            }
            let permit = turn.as_mut().poll(cx);
            if permit.is_pending() {
                self.write_down(shared);
            }
            permit.map(Some)
        })
        .await
    }

    /// Answers who wants a snapshot; what else has come is kept.
    fn write_down(&self, shared: &Shared<W>) {
        let mut kept = Vec::new();
        for message in shared.messages() {
            match message {
                Message::Snapshot(reply) => {
                    // Whoever wanted it may be gone.
                    let _ = reply.send(Box::new(Snapshot(Ok(self.content(shared, &kept)))));
                }
                message => kept.push(message),
            }
        }
        shared.requeue_messages(kept);
    }

    /// All that the run would be at now if its turn had come, with the answers that have come already.
    fn content(&self, shared: &Shared<W>, messages: &[Message<W>]) -> Content<W> {
        let (now, mut engine) = (self.first.time(), Engine::new(const { &W::TABLE }, shared.config()));
        let (mut execution, mut taken) = (ExecutionId::DETACHED, Effects::new());
        let step = self.first.clone().apply(&mut engine, self.timeout, &mut execution, &mut taken);
        if let (Some(step), Some(event)) = (step, taken.take_event()) {
            engine.postpone(execution, step, Input::One(event));
        }
        for message in messages {
            if let Message::External(event) = message {
                engine.apply(Tick::External(event.clone()), now);
            }
        }
        Content::of(shared, now, engine.snapshot())
    }
}
