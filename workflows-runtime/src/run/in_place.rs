//! Awaiting a run: it is driven in the current task.

use super::{
    builder::{DrivenRun, NewRun},
    dispatch::made,
    driver::{Entry, boxed, drive, poll_filled},
    event_log::Ended,
    nesting::{Nested, is_too_deep, spawned},
    poll_budget::PollBudget,
    shared::lazy::LazyShared,
    start::Timeout,
};
use crate::{
    error::RunError,
    trace,
    workflow::{Held, Instance, Permit, Workflow},
};
use core::ops::ControlFlow;
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};
use tokio::runtime::Handle;

impl<W: Workflow> NewRun<W> {
    /// The future that drives the run which `take` returns.
    // A closure, so the run is moved once: from its place to its box.
    #[inline]
    pub(super) fn driven(take: impl FnOnce() -> Self) -> DrivenRun<W> {
        if is_too_deep() { take().in_task() } else { Self::in_place(take) }
    }

    /// Drives the run in a task of its own, if there is a runtime.
    #[cold]
    fn in_task(self) -> DrivenRun<W> {
        Box::pin(async move {
            let Ok(runtime) = Handle::try_current() else { return Self::in_place(|| self).await };
            let result = Arc::new(Mutex::new(None));
            let task = Box::pin({
                let result = Arc::clone(&result);
                async move {
                    let ended = Self::in_place(|| self).await;
                    *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
                }
            });
            spawned(&runtime, task).await;
            let ended = result.lock().unwrap_or_else(PoisonError::into_inner).take();
            // None if the runtime was shut down.
            ended.unwrap_or(Err(RunError::Cancelled))
        })
    }

    #[inline]
    fn in_place(take: impl FnOnce() -> Self) -> DrivenRun<W> {
        boxed(move || take().drive_in_place())
    }

    #[allow(clippy::manual_async_fn, reason = "an `async fn` stores its arguments twice")]
    fn drive_in_place(self) -> impl Future<Output = Result<W::Output, RunError>> + Send {
        async move {
            let ended = {
                let mut run = pin!(made(|| self.drive_to_end()));
                poll_fn(|cx| poll_filled(run.as_mut(), cx)).await
            };
            released::<W>(ended)
        }
    }

    fn boxed_in_place(self) -> Pin<Box<dyn Future<Output = Ended<W>> + Send>> {
        boxed(|| self.drive_to_end())
    }

    #[allow(clippy::manual_async_fn, reason = "an `async fn` stores its arguments twice")]
    fn drive_to_end(mut self) -> impl Future<Output = Ended<W>> + Send {
        async move {
            if let Some(error) = self.first.refusal() {
                return Err(Box::new(error));
            }
            if let Some(options) = &mut self.options
                && let Some(mut parent) = options.parent.take()
            {
                let mut run = self.boxed_in_place();
                return poll_fn(|cx| match parent.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(Box::new(RunError::Cancelled))),
                    Poll::Pending => run.as_mut().poll(cx),
                })
                .await;
            }
            let (timeout, poll_budget) = match &self.options {
                None => (Timeout::Declared, PollBudget::default()),
                Some(options) => (options.timeout, options.poll_budget),
            };
            let permit = match W::MAX_RUNS {
                None => Permit::not_needed(),
                Some(_) => Permit::of(&self.workflow).await,
            };
            let workflow = Instance::of(self.workflow);
            let is_plain = match &self.options {
                None => true,
                Some(options) => options.is_plain(),
            };
            let shared = LazyShared::in_place(self.options);
            if !is_plain || trace::is_traced() || cfg!(feature = "metrics") {
                shared.get_or_init();
            }
            let mut rest = None;
            let driven = {
                let entry = Entry::Start(&mut self.first, &timeout);
                let mut driving = pin!(made(|| drive(&workflow, &shared, &poll_budget, entry, &mut rest)));
                poll_fn(|cx| {
                    let _nested = Nested::enter();
                    poll_filled(driving.as_mut(), cx)
                })
                .await
            };
            workflow.release(permit);
            match driven {
                ControlFlow::Break(ended) => {
                    if let Some(shared) = shared.get() {
                        shared.end_spans(&ended);
                    }
                    ended
                }
                ControlFlow::Continue(()) => unreachable!("a run in place is never parked"),
            }
        }
    }
}

/// The result of a run. A large one is copied here, and not in the frame in which the run is polled.
fn released<W: Workflow>(ended: Ended<W>) -> Result<W::Output, RunError> {
    match ended {
        Ok(output) => Ok(output.release()),
        Err(error) => Err(*error),
    }
}
