//! Tasks of runs that start later, or end with the attempt of a step.

use super::{
    driver::{
        finish::CompletionGuard,
        task::{RunTask, RunTaskParts, spawn},
    },
    start::StartSpec,
};
use crate::{error::RunError, workflow::Workflow};
use std::{future::poll_fn, pin::Pin, sync::Arc};

/// Completes when the attempt that a child belongs to has ended.
pub(super) type ParentEnd = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The task of a run that first waits for a permit of the workflow's `max_runs`.
pub(super) async fn task_with_permit<W: Workflow>(spec: Box<StartSpec<W>>, guard: CompletionGuard<W>) {
    if let Some(permit) = spec.wait_for_permit(guard.shared()).await {
        return RunTask::new(RunTaskParts::new(*spec, permit, guard)).await;
    }
    #[cfg(feature = "durable")]
    if guard.shared().is_journaled() {
        guard.shared().close();
        let ended = match guard.shared().journal_end(Err(Box::new(RunError::Cancelled))) {
            Ok(ended) => ended,
            Err(journaled) => journaled.await,
        };
        return guard.complete(ended);
    }
    guard.refuse(RunError::Cancelled);
}

/// Spawns the task of a child, which ends with its parent.
pub(super) fn launch_child<W: Workflow>(spec: StartSpec<W>, guard: CompletionGuard<W>, parent: ParentEnd) {
    let shared = Arc::clone(guard.shared());
    let cancel = Box::new(move || shared.end_child());
    let task = Box::pin(task_with_permit(Box::new(spec), guard));
    spawn(Box::pin(canceled_with(parent, cancel, task)));
}

/// Calls `cancel` when `parent` completes, and waits for the task. Not generic, so it is compiled once.
async fn canceled_with(mut parent: ParentEnd, cancel: Box<dyn FnOnce() + Send>, mut task: ParentEnd) {
    let mut cancel = Some(cancel);
    poll_fn(|cx| {
        if cancel.is_some()
            && parent.as_mut().poll(cx).is_ready()
            && let Some(cancel) = cancel.take()
        {
            cancel();
        }
        task.as_mut().poll(cx)
    })
    .await;
}
