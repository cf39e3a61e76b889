//! What a run begins with, and what can be done with it before its turn comes.

use super::{
    Shared,
    driver::From,
    instance::{Instance, Permit},
    letter::Letter,
    snapshot::{Content, Snapshot},
    watch::Overrun,
};
use crate::{
    Workflow,
    core::{Config, Core, State, Tick, Time},
};
use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, SystemTime},
};

/// What a run begins with.
pub(super) struct Begin<W: Workflow> {
    pub(super) flow: Arc<W>,
    pub(super) first: First<W>,
    pub(super) timeout: Timeout,
    pub(super) watching: Watching,
}

/// How long one poll of a step may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watching {
    pub(super) budget: Duration,
    pub(super) reaction: Overrun,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Timeout {
    /// As the workflow says; for a resumed run, what was left of that.
    Declared,
    Given(Option<Duration>),
}

/// Where a run begins.
pub(super) enum First<W: Workflow> {
    Input(W::Input),
    /// At this time of the run, which was written down at that time of day.
    Resume {
        core: Box<State<W::Event>>,
        now: Time,
        taken: SystemTime,
    },
}

impl<W: Workflow> Clone for First<W> {
    fn clone(&self) -> Self {
        match self {
            Self::Input(input) => Self::Input(input.clone()),
            Self::Resume { core, now, taken } => Self::Resume { core: core.clone(), now: *now, taken: *taken },
        }
    }
}

impl<W: Workflow> First<W> {
    /// How long the run has gone on before.
    pub(super) fn time(&self) -> Time {
        match self {
            Self::Input(_) => Time::default(),
            Self::Resume { now, .. } => *now,
        }
    }

    /// Begins.
    pub(super) fn apply(self, core: &mut Core<W>, timeout: Timeout) {
        let now = self.time();
        match self {
            Self::Input(input) => {
                let timeout = match timeout {
                    Timeout::Declared => W::TIMEOUT,
                    Timeout::Given(timeout) => timeout,
                };
                core.apply(Tick::Start { event: W::start(input), timeout }, now);
            }
            Self::Resume { core: state, taken, .. } => {
                core.restore(*state, SystemTime::now().duration_since(taken).unwrap_or_default());
                if let Timeout::Given(timeout) = timeout {
                    core.set_timeout(timeout, now);
                }
                core.apply(Tick::Resume, now);
            }
        }
    }
}

impl<W: Workflow> Begin<W> {
    /// What the driver needs all the time, and what it needs once.
    pub(super) fn part(self) -> (Instance<W>, Watching, From<W>) {
        let Self { flow, first, timeout, watching } = self;
        (Instance::of(flow), watching, From::Begin(first, timeout))
    }

    /// The core of a run in which there have been so many executions, and nothing is left of them.
    pub(super) fn core(shared: &Shared<W>, launched: u64) -> Core<W> {
        let config = Config { keeps: shared.observed(), internal: shared.internal(), seed: shared.id().seed() };
        Core::at_rest(const { &W::TABLE }, config, launched)
    }

    /// Waits for the run's turn; nothing if it is cancelled before. Whoever wants a snapshot
    /// meanwhile gets it at once.
    pub(super) async fn turn(&self, shared: &Shared<W>) -> Option<Permit> {
        let mut turn = pin!(Permit::of(&self.flow));
        poll_fn(|cx| {
            if shared.is_cancelled_early(cx.waker()) {
                shared.leave_behind(Box::new(self.content(shared, &shared.letters())));
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
        for letter in shared.letters() {
            match letter {
                Letter::Snapshot(reply) => {
                    // Whoever wanted it may be gone.
                    let _ = reply.send(Box::new(Snapshot(Ok(self.content(shared, &kept)))));
                }
                letter => kept.push(letter),
            }
        }
        shared.put_back(kept);
    }

    /// All that the run would be at now if its turn had come, with the answers that have come already.
    fn content(&self, shared: &Shared<W>, letters: &[Letter<W>]) -> Content<W> {
        let (now, mut core) = (self.first.time(), Self::core(shared, 0));
        self.first.clone().apply(&mut core, self.timeout);
        for letter in letters {
            if let Letter::External(event) = letter {
                core.apply(Tick::External(event.clone()), now);
            }
        }
        Content::of(shared, now, core.snapshot())
    }
}
