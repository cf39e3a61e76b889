//! The task of a started run.

use super::{Driven, Entry, Rest, boxed, drive, finish::CompletionGuard, poll_filled};
use crate::{
    run::{
        dispatch::made,
        event_log::Ended,
        poll_budget::PollBudget,
        shared::lazy::LazyShared,
        start::{StartFrom, StartSpec, Timeout},
    },
    sync,
    workflow::{Instance, Permit, Workflow},
};
use core::ops::ControlFlow;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

/// The task of a started run. Dropping it drops the run.
///
/// It does not know the type of the workflow, so tokio's part of it is compiled once, in this crate.
///
/// While the run is parked, there is no driver: only this, and the data shared with the handle. So a parked run
/// needs little memory. A run without external events is never parked, and is driven in the memory of its task by
/// [`RunTaskParts::drive_to_end`].
pub(in crate::run) enum RunTask {
    /// The run has not started, or waits for a message.
    AtRest(Box<dyn Resting>),
    /// The run is driven until it ends or rests.
    Driving(Driving),
    Over,
}

/// A run that is not being driven: [`RunTaskParts`].
pub(in crate::run) trait Resting: Send {
    /// Completes when the run must be driven: at its start, or when there is a message.
    fn poll_due(&self, cx: &mut Context<'_>) -> Poll<()>;

    fn drive_until_rest(self: Box<Self>) -> Driving;
}

/// Returns the parts of a run that rests, `None` for one that has ended.
type Driving = Pin<Box<dyn Future<Output = Option<Box<dyn Resting>>> + Send>>;

/// Spawns the task of a run. Not generic, as [`RunTask`].
pub(in crate::run) fn spawn(task: Pin<Box<dyn Future<Output = ()> + Send>>) {
    sync::spawn(task);
}

/// The data that a run owns until its end.
// The order of the fields is the order of their drops: when a waiter sees the result, the run has released the
// workflow and its permit.
pub(in crate::run) struct RunTaskParts<W: Workflow> {
    workflow: Instance<W>,
    _permit: Permit,
    poll_budget: PollBudget,
    next: Next<W>,
    completion: CompletionGuard<W>,
}

/// How to drive the run next.
enum Next<W: Workflow> {
    Start(StartFrom<W>, Timeout),
    Resume(Rest),
}

impl RunTask {
    pub(in crate::run) fn new<W: Workflow>(parts: RunTaskParts<W>) -> Self {
        Self::AtRest(Box::new(parts))
    }

    pub(in crate::run) fn spawn(self) {
        sync::spawn(self);
    }
}

impl<W: Workflow> Resting for RunTaskParts<W> {
    fn poll_due(&self, cx: &mut Context<'_>) -> Poll<()> {
        match self.next {
            Next::Start(..) => Poll::Ready(()),
            Next::Resume(_) => self.completion.shared().poll_mail(cx),
        }
    }

    fn drive_until_rest(mut self: Box<Self>) -> Driving {
        boxed(move || async move {
            let driven = {
                let mut driving = pin!(made(|| self.drive()));
                poll_fn(|cx| poll_filled(driving.as_mut(), cx)).await
            };
            match driven {
                ControlFlow::Continue(()) => return Some(self as Box<dyn Resting>),
                ControlFlow::Break(ended) => {
                    #[cfg(feature = "durable")]
                    let ended = match self.completion.shared().journal_end(ended) {
                        Ok(ended) => ended,
                        Err(journaled) => journaled.await,
                    };
                    self.end(ended);
                }
            }
            None
        })
    }
}

impl<W: Workflow> RunTaskParts<W> {
    pub(in crate::run) fn new(spec: StartSpec<W>, permit: Permit, completion: CompletionGuard<W>) -> Self {
        let StartSpec { workflow, first, timeout, poll_budget } = spec;
        let workflow = Instance::of(workflow);
        Self { workflow, _permit: permit, poll_budget, next: Next::Start(first, timeout), completion }
    }

    /// Drives a run that takes no external events, and so never rests.
    #[allow(clippy::manual_async_fn, reason = "an `async fn` stores its arguments twice")]
    pub(in crate::run) fn drive_to_end(mut self) -> impl Future<Output = ()> + Send {
        async move {
            let driven = {
                let mut driving = pin!(made(|| self.drive()));
                poll_fn(|cx| poll_filled(driving.as_mut(), cx)).await
            };
            match driven {
                ControlFlow::Break(ended) => {
                    #[cfg(feature = "durable")]
                    let ended = match self.completion.shared().journal_end(ended) {
                        Ok(ended) => ended,
                        Err(journaled) => journaled.await,
                    };
                    self.end(ended);
                }
                ControlFlow::Continue(()) => unreachable!("a run without external events never rests"),
            }
        }
    }

    /// Drives the run until it ends or rests.
    async fn drive(&mut self) -> Driven<W> {
        let mut rest = None;
        let driven = {
            let shared = LazyShared::Started(self.completion.shared());
            let entry = match &mut self.next {
                Next::Start(from, timeout) => Entry::Start(from, timeout),
                Next::Resume(rest) => Entry::Resume(rest),
            };
            let mut driving = pin!(made(|| drive(&self.workflow, &shared, &self.poll_budget, entry, &mut rest)));
            poll_fn(|cx| poll_filled(driving.as_mut(), cx)).await
        };
        if let Some(rest) = rest {
            self.next = Next::Resume(rest);
        }
        driven
    }

    fn end(self, ended: Ended<W>) {
        let Self { workflow, _permit: permit, completion, .. } = self;
        workflow.release(permit);
        completion.complete(ended);
    }
}

impl Future for RunTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut *self {
                Self::AtRest(parts) => {
                    ready!(parts.poll_due(cx));
                    if let Self::AtRest(parts) = std::mem::replace(&mut *self, Self::Over) {
                        *self = Self::Driving(parts.drive_until_rest());
                    }
                }
                Self::Driving(driven) => match ready!(driven.as_mut().poll(cx)) {
                    Some(parts) => *self = Self::AtRest(parts),
                    None => *self = Self::Over,
                },
                Self::Over => return Poll::Ready(()),
            }
        }
    }
}
