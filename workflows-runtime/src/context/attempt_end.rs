//! The end of the attempt that a child belongs to.

use super::cancelled::Cancelled;
use crate::{
    engine::ExecutionId,
    executor::{Executors, Waiting, is_pool_thread},
    workflow::Workflow,
};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Completes when the attempt of a step has ended, and its child must end. Polled where the child is driven.
pub(super) struct AttemptEnd<W: Workflow> {
    ended: Cancelled<W>,
    /// The attempt, until the first poll.
    attempt: Option<ExecutionId>,
    /// The code of the attempt waits for the child on another thread than its own.
    waiting: Option<Waiting>,
}

impl<W: Workflow> AttemptEnd<W> {
    pub(super) fn new(ended: Cancelled<W>, attempt: ExecutionId) -> Self {
        Self { ended, attempt: Some(attempt), waiting: None }
    }

    /// Notes that a blocking step waits for the child in a closure of rayon, or on a thread of its own. Such a closure is
    /// not a task, and its thread belongs to no pool.
    fn note_waiting(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        if is_pool_thread() || tokio::task::try_id().is_some() {
            return;
        }
        let run = &*self.ended.shared;
        let executors = match run.given_executors() {
            Some(executors) => Some(executors),
            None => Executors::known_default(),
        };
        self.waiting = executors.and_then(|executors| Waiting::of_step(executors, run, attempt));
    }
}

impl<W: Workflow> Future for AttemptEnd<W> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.ended).poll(cx);
        if polled.is_pending() {
            this.note_waiting();
        }
        polled
    }
}
