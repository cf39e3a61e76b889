//! `Instance` and `Permit`: the resources that all runs of one workflow instance share, and the limit of
//! concurrent runs.

use super::Workflow;
use crate::{
    panics::suppress_panic,
    resource::{Cache, Injected, Resources, Scope},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use core::{fmt, mem::needs_drop, ops::Deref};
use std::sync::Arc;

/// A workflow instance, held by one run.
pub struct Instance<W: Workflow> {
    // Invariant: dropped before `resources`, which release their slots if the instance is gone.
    workflow: Arc<W>,
    resources: W::Resources,
}

impl<W: Workflow> Instance<W> {
    pub(crate) fn of(workflow: Arc<W>) -> Self {
        let resources = W::Resources::of(&workflow);
        Self { workflow, resources }
    }

    pub(crate) fn workflow(&self) -> &Arc<W> {
        &self.workflow
    }

    pub(crate) fn resources(&self) -> &W::Resources {
        &self.resources
    }

    /// Drops the instance and the permit of a run that has ended. A panic of the workflow's own `Drop` is ignored.
    pub(crate) fn release(self, permit: Permit) {
        if const { needs_drop::<W>() || needs_drop::<W::Resources>() } {
            let mut instance = Some(self);
            suppress_panic(&mut || drop(instance.take()));
        } else {
            drop(self);
        }
        drop(permit);
    }
}

impl<'a, W: Workflow<Resources = Cache<W, C>>, C: Injected<W>> Scope<'a, W, C> {
    /// Creates the scope of one execution of `step`, a step of `workflow`.
    pub fn new(workflow: &'a Instance<W>, fresh: &'a C::Fresh, step: &'static str) -> Self {
        Self::of_step(workflow.workflow(), workflow.resources().slots(), fresh, step)
    }
}

impl<W: Workflow> Deref for Instance<W> {
    type Target = W;

    fn deref(&self) -> &W {
        &self.workflow
    }
}

impl<W: Workflow> fmt::Debug for Instance<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance").field("workflow", &W::NAME).finish_non_exhaustive()
    }
}

/// Permission for one run to execute. Counts against `max_runs` until it is dropped.
pub(crate) struct Permit {
    /// `None` without `max_runs`. Boxed to keep the future of a run small.
    _slot: Option<Box<OwnedSemaphorePermit>>,
}

impl Permit {
    /// Returns a permit for a workflow without `max_runs`.
    pub(crate) const fn not_needed() -> Self {
        Self { _slot: None }
    }

    /// Waits until fewer than `max_runs` runs of this instance execute. Waiting runs are served in order.
    pub(crate) async fn of<W: Workflow>(workflow: &Arc<W>) -> Self {
        let (Some(limit), Some(instances)) = (W::MAX_RUNS, W::instances()) else {
            return Self { _slot: None };
        };
        let Some((_, slots)) = instances.part(workflow, || Arc::new(Semaphore::new(limit))) else {
            return Self { _slot: None };
        };
        // The semaphore is never closed, so `ok` is always `Some`.
        Self { _slot: slots.acquire_owned().await.ok().map(Box::new) }
    }
}
