//! The end of a run, also by a panic.

use super::{Current, Driver, End};
use crate::{
    engine::Ending,
    error::{RunError, StepError},
    panics::{discard, suppress_panic},
    run::{event_log::Ended, shared::Shared, snapshot::Content},
    workflow::Workflow,
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

impl<W: Workflow> Driver<'_, W> {
    /// Handles a panic of the dispatch. A panic of the current step is its failure, and the run continues.
    pub(super) fn recover(&mut self, panic: &(dyn Any + Send)) {
        let is_of_step = self.current == Current::Polled;
        self.current = Current::None;
        self.execution.clear();
        if !is_of_step {
            return self.poison(panic);
        }
        let id = self.execution.id;
        // The time until the panic, and that of the unwinding, belong to this step and not to the next one polled.
        // The panic is the failure, also if an overrun would be one.
        let _overrun = self.count_poll(None, self.execution.step);
        let recovered = catch_unwind(AssertUnwindSafe(|| self.returned(id, Err(StepError::panicked(panic)))));
        if let Err(panic) = recovered {
            self.poison(&*panic);
            discard(panic);
        }
    }

    /// Ends the run because user code outside of a step has panicked, such as an event's `Clone`. The state of the
    /// engine may be inconsistent, so there is no snapshot.
    pub(super) fn poison(&mut self, panic: &(dyn Any + Send)) {
        let source = StepError::panicked(panic);
        let step = W::TABLE.steps[self.last_step as usize].name;
        let error = RunError::Failed { step, attempts: 1, elapsed: Duration::ZERO, source };
        self.end = Some(End::Panicked(Box::new(error)));
    }

    /// Drops everything that runs; returns the result of the run.
    #[inline]
    pub(super) fn finish(&mut self, end: End<W>) -> Ended<W> {
        self.current = Current::None;
        match end {
            End::Completed(output) => {
                self.drop_all();
                Ok(output)
            }
            End::Otherwise(ending) => self.finish_otherwise(*ending),
            End::Panicked(error) => {
                self.drop_all();
                Err(error)
            }
            #[cfg(feature = "durable")]
            End::Released => {
                self.drop_all();
                Err(Box::new(RunError::Cancelled))
            }
            End::NoTimer => {
                self.store_final_snapshot();
                self.drop_all();
                Err(Box::new(RunError::NoTimer))
            }
        }
    }

    #[cold]
    fn finish_otherwise(&mut self, ending: Ending<W>) -> Ended<W> {
        match ending {
            Ending::Cancelled | Ending::TimedOut { .. } => self.store_final_snapshot(),
            Ending::Failed { .. } | Ending::Stalled { .. } if self.has_handle() => {
                // The failure must be reported even if the state cannot be cloned.
                let _ = catch_unwind(AssertUnwindSafe(|| self.store_final_snapshot()));
            }
            Ending::Completed(_) | Ending::Failed { .. } | Ending::Stalled { .. } => {}
        }
        self.drop_all();
        Err(Box::new(match ending {
            Ending::Completed(output) => return Ok(output),
            Ending::Failed { step, attempts, elapsed, source } => RunError::Failed { step, attempts, elapsed, source },
            Ending::TimedOut { after, active_steps } => RunError::TimedOut { after, active_steps },
            Ending::Cancelled => RunError::Cancelled,
            Ending::Stalled { parked, waiting } => {
                let parked = match self.shared.get() {
                    Some(shared) => shared.with_collected(parked),
                    None => parked,
                };
                RunError::Stalled { parked, waiting }
            }
        }))
    }

    /// Stores the last state for [`RunHandle::snapshot`](crate::RunHandle::snapshot).
    fn store_final_snapshot(&mut self) {
        let Some(shared) = self.shared.get() else { return };
        if !shared.observed() {
            return;
        }
        self.publish_pending();
        let engine = self.engine.take_final_snapshot();
        shared.store_final_snapshot(Content::of(shared, self.now, engine, &[]));
    }

    /// Whether anything could ask for a snapshot after the end.
    fn has_handle(&self) -> bool {
        self.shared.get().is_some_and(|shared| shared.has_handle())
    }

    /// Drops everything that runs or is queued. What its destructors send is ignored.
    #[inline]
    fn drop_all(&mut self) {
        self.close();
        self.slots.clear();
        if !self.engine.is_clear() {
            suppress_panic(&mut || self.engine.clear());
        }
    }
}

/// Publishes the result of a run; [`RunError::Cancelled`] if it is dropped without one, as when a runtime drops the
/// run's task.
pub(in crate::run) struct CompletionGuard<W: Workflow> {
    shared: Arc<Shared<W>>,
}

impl<W: Workflow> CompletionGuard<W> {
    pub(in crate::run) fn new(shared: Arc<Shared<W>>) -> Self {
        Self { shared }
    }

    pub(in crate::run) fn shared(&self) -> &Arc<Shared<W>> {
        &self.shared
    }

    /// Ends a run that has not started, and whose messages no driver will read.
    pub(in crate::run) fn refuse(self, error: RunError) {
        self.shared.close();
        self.complete(Err(Box::new(error)));
    }

    pub(in crate::run) fn complete(self, result: Ended<W>) {
        self.shared.finish(result);
    }
}

impl<W: Workflow> Drop for CompletionGuard<W> {
    fn drop(&mut self) {
        if !self.shared.is_finished() {
            self.shared.close();
            self.shared.finish(Err(Box::new(RunError::Cancelled)));
        }
    }
}
