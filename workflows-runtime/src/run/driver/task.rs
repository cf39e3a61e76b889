//! The task of a started run.

use super::{From, Rest, boxed, drive, finish::CompletionGuard};
use crate::{
    run::{
        event_log::Ended,
        poll_budget::PollBudget,
        shared::lazy::LazyShared,
        start::{StartFrom, StartSpec, Timeout},
    },
    workflow::{Instance, Permit, Workflow},
};
use core::ops::ControlFlow;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Drives a started run from its start to its end; dropping it drops the run.
///
/// While nothing goes on, all that there is of the run is this and what it shares with its handle:
/// so a run that waits takes little room. One that nobody can answer never waits like that, and is
/// [driven](RunTaskParts::drive_to_its_end) in the room of its task.
pub(in crate::run) enum RunTask<W: Workflow> {
    /// It has not begun, or nothing goes on until something comes.
    AtRest(Box<RunTaskParts<W>>),
    /// Until it has ended, or is at rest again.
    Driving(Driving<W>),
    Over,
}

/// Gives back what the run holds if it has not ended, but nothing goes on.
type Driving<W> = Pin<Box<dyn Future<Output = Option<Box<RunTaskParts<W>>>> + Send>>;

/// What a run holds on to until its end. In this order: who hears its last word sees that it has let
/// go of all that it had.
pub(in crate::run) struct RunTaskParts<W: Workflow> {
    workflow: Instance<W>,
    _permit: Permit,
    poll_budget: PollBudget,
    stage: Stage<W>,
    last_word: CompletionGuard<W>,
}

/// How far a run has come of which nothing goes on.
enum Stage<W: Workflow> {
    New(StartFrom<W>, Timeout),
    AtRest(Rest),
}

impl<W: Workflow> RunTask<W> {
    pub(in crate::run) fn new(held: RunTaskParts<W>) -> Self {
        Self::AtRest(Box::new(held))
    }

    fn driving(mut held: Box<RunTaskParts<W>>) -> Self {
        Self::Driving(boxed(move || async move {
            match held.drive().await {
                ControlFlow::Continue(()) => return Some(held),
                ControlFlow::Break(ended) => held.end(ended),
            }
            None
        }))
    }
}

impl<W: Workflow> RunTaskParts<W> {
    pub(in crate::run) fn new(begin: StartSpec<W>, permit: Permit, last_word: CompletionGuard<W>) -> Self {
        let StartSpec { workflow, first, timeout, poll_budget } = begin;
        let (workflow, stage) = (Instance::of(workflow), Stage::New(first, timeout));
        Self { workflow, _permit: permit, poll_budget, stage, last_word }
    }

    /// For a run that nobody can answer: it never waits for that.
    #[allow(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
    pub(in crate::run) fn drive_to_its_end(mut self) -> impl Future<Output = ()> + Send {
        async move {
            match self.drive().await {
                ControlFlow::Break(ended) => self.end(ended),
                ControlFlow::Continue(()) => unreachable!("nobody could answer it"),
            }
        }
    }

    /// Until it has ended, or nothing goes on.
    async fn drive(&mut self) -> ControlFlow<Ended<W>> {
        let shared = LazyShared::There(self.last_word.shared());
        let from = match &mut self.stage {
            Stage::New(first, timeout) => From::StartSpec(first, timeout),
            Stage::AtRest(rest) => From::Rest(rest),
        };
        let rest = match drive(&self.workflow, &shared, self.poll_budget, from).await {
            ControlFlow::Continue(rest) => rest,
            ControlFlow::Break(ended) => return ControlFlow::Break(ended),
        };
        self.stage = Stage::AtRest(rest);
        ControlFlow::Continue(())
    }

    fn end(self, ended: Ended<W>) {
        let Self { workflow, _permit: permit, last_word, .. } = self;
        workflow.let_go(permit);
        last_word.say(ended);
    }
}

impl<W: Workflow> Future for RunTask<W> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut *self {
                Self::AtRest(held) => {
                    if let Stage::AtRest(_) = held.stage {
                        ready!(held.last_word.shared().poll_mail(cx));
                    }
                    if let Self::AtRest(held) = std::mem::replace(&mut *self, Self::Over) {
                        *self = Self::driving(held);
                    }
                }
                Self::Driving(driven) => match ready!(driven.as_mut().poll(cx)) {
                    Some(held) => *self = Self::AtRest(held),
                    None => *self = Self::Over,
                },
                Self::Over => return Poll::Ready(()),
            }
        }
    }
}
