//! How a run ends, and what a panic comes to.

use super::{At, Driver, End};
use crate::{
    engine::{Effects, Ending},
    error::{RunError, StepError},
    panics::quietly,
    run::{
        dispatch::{Outcome, boxed::BoxedExecution},
        event_log::Ended,
        shared::Shared,
    },
    workflow::Workflow,
};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

impl<W, F, L> Driver<'_, W, F, L>
where
    W: Workflow,
    F: Future<Output = Outcome<W>>,
    L: Fn(BoxedExecution<W>) -> F,
{
    /// Something has panicked while the driver was polled. If it was a step, that is its failure, and
    /// the run goes on.
    pub(super) fn recover(&mut self, panic: &(dyn Any + Send)) {
        let (id, was_going) = (self.current.execution, self.at == At::Going);
        self.at = At::Free;
        self.effects = Effects::new();
        if !std::mem::take(&mut self.in_step) || !was_going {
            return self.poison(panic);
        }
        let recovered = catch_unwind(AssertUnwindSafe(|| self.returned(id, Err(StepError::panicked(panic)))));
        if let Err(panic) = recovered {
            self.poison(&*panic);
        }
    }

    /// The user's own code, such as an event's `Clone`, has panicked outside of a step's body: what
    /// the run is at can't be trusted any more.
    pub(super) fn poison(&mut self, panic: &(dyn Any + Send)) {
        let source = StepError::panicked(panic);
        let step = W::TABLE.steps[self.last as usize].name;
        self.end = Some(End::new(Ending::Failed { step, attempts: 1, elapsed: Duration::ZERO, source }));
    }

    /// Lets go of all that goes on.
    #[inline]
    pub(super) fn finish(&mut self, end: End<W>) -> Ended<W> {
        self.at = At::Free;
        match end {
            End::Completed(output) => {
                self.drop_all();
                Ok(output)
            }
            End::Otherwise(ending) => self.finish_otherwise(*ending),
        }
    }

    #[cold]
    fn finish_otherwise(&mut self, ending: Ending<W>) -> Ended<W> {
        if self.shared.observed() && matches!(ending, Ending::Cancelled | Ending::TimedOut { .. }) {
            let content = Box::new(self.content());
            self.shared.get().store_final_snapshot(content);
        }
        self.drop_all();
        Err(Box::new(match ending {
            Ending::Completed(output) => return Ok(output),
            Ending::Failed { step, attempts, elapsed, source } => RunError::Failed { step, attempts, elapsed, source },
            Ending::TimedOut { after, active_steps } => RunError::TimedOut { after, active_steps },
            Ending::Cancelled => RunError::Cancelled,
            Ending::Stalled { parked, waiting } => RunError::Stalled { parked: self.with_collected(parked), waiting },
        }))
    }
}

impl<W: Workflow, F, L> Driver<'_, W, F, L> {
    /// Drops what goes on; from now on nothing that it does is seen.
    #[inline]
    fn drop_all(&mut self) {
        self.shared.close();
        self.slots.clear();
        if !self.engine.is_clear() {
            quietly(|| self.engine.clear());
        }
    }
}

/// Tells whoever waits for the run how it ended; also when its task is dropped, before it began
/// or on its way.
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

    /// The end of a run that has never begun: nobody will read its mail.
    pub(in crate::run) fn refuse(self, error: RunError) {
        self.shared.close();
        self.say(Err(Box::new(error)));
    }

    pub(in crate::run) fn say(self, result: Ended<W>) {
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
