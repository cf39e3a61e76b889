//! The task of a started run.

use super::{Entry, Rest, boxed, drive, fill, finish::CompletionGuard, poll_filled};
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
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

/// The task of a started run. Dropping it drops the run.
///
/// While the run is parked, there is no driver: only this, and the data shared with the handle. So a parked run
/// needs little memory. A run without external events is never parked, and is driven in the memory of its task by
/// [`RunTaskParts::drive_to_end`].
pub(in crate::run) enum RunTask<W: Workflow> {
    /// The run has not started, or waits for a message.
    AtRest(Box<RunTaskParts<W>>),
    /// The run is driven until it ends or rests.
    Driving(Driving<W>),
    Over,
}

/// Returns the parts of a run that rests, `None` for one that has ended.
type Driving<W> = Pin<Box<dyn Future<Output = Option<Box<RunTaskParts<W>>>> + Send>>;

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

impl<W: Workflow> RunTask<W> {
    pub(in crate::run) fn new(parts: RunTaskParts<W>) -> Self {
        Self::AtRest(Box::new(parts))
    }

    fn driving(mut parts: Box<RunTaskParts<W>>) -> Self {
        Self::Driving(boxed(move || async move {
            let driven = {
                let mut driving = pin!(None);
                fill(driving.as_mut(), || parts.drive());
                poll_fn(|cx| poll_filled(driving.as_mut(), cx)).await
            };
            match driven {
                ControlFlow::Continue(()) => return Some(parts),
                ControlFlow::Break(ended) => parts.end(ended),
            }
            None
        }))
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
                let mut driving = pin!(None);
                fill(driving.as_mut(), || self.drive());
                poll_fn(|cx| poll_filled(driving.as_mut(), cx)).await
            };
            match driven {
                ControlFlow::Break(ended) => self.end(ended),
                ControlFlow::Continue(()) => unreachable!("a run without external events never rests"),
            }
        }
    }

    /// Drives the run until it ends or rests.
    async fn drive(&mut self) -> ControlFlow<Ended<W>> {
        let driven = {
            let shared = LazyShared::Started(self.completion.shared());
            let entry = match &mut self.next {
                Next::Start(from, timeout) => Entry::Start(from, timeout),
                Next::Resume(rest) => Entry::Resume(rest),
            };
            let mut driving = pin!(None);
            fill(driving.as_mut(), || drive(&self.workflow, &shared, self.poll_budget, entry));
            poll_fn(|cx| poll_filled(driving.as_mut(), cx)).await
        };
        match driven {
            ControlFlow::Continue(rest) => {
                self.next = Next::Resume(rest);
                ControlFlow::Continue(())
            }
            ControlFlow::Break(ended) => ControlFlow::Break(ended),
        }
    }

    fn end(self, ended: Ended<W>) {
        let Self { workflow, _permit: permit, completion, .. } = self;
        workflow.release(permit);
        completion.complete(ended);
    }
}

impl<W: Workflow> Future for RunTask<W> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut *self {
                Self::AtRest(parts) => {
                    if let Next::Resume(_) = parts.next {
                        ready!(parts.completion.shared().poll_mail(cx));
                    }
                    if let Self::AtRest(parts) = std::mem::replace(&mut *self, Self::Over) {
                        *self = Self::driving(parts);
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
