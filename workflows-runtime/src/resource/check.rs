//! `Check`: creates all resources and reads all configs before a run needs them.

use super::{
    Injected,
    error::ResourceError,
    scope::{Link, Scope},
};
use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Visits the parameters of all steps and collects the errors.
pub struct Check<'a, W: Send + Sync + 'static, C: Injected<W>> {
    workflow: &'a Arc<W>,
    cached: &'a C,
    /// Shared by all steps, so a resource with `cached = false` is created once per check.
    fresh: C::Fresh,
    problems: Problems,
}

/// The errors found so far. Invariant: at most one error per resource and per config.
#[derive(Default)]
pub(super) struct Problems(Mutex<Vec<ResourceError>>);

impl<'a, W: Send + Sync + 'static, C: Injected<W>> Check<'a, W, C> {
    pub(super) fn new(workflow: &'a Arc<W>, cached: &'a C) -> Self {
        Self { workflow, cached, fresh: C::Fresh::default(), problems: Problems::default() }
    }

    /// Returns the scope for the parameters of one step.
    pub fn scope(&self, step: &'static str) -> Scope<'_, W, C> {
        Scope::checking(self.workflow, self.cached, &self.fresh, &self.problems, step)
    }

    /// Records the error of one parameter, unless its resource or config has one already.
    pub fn note<T>(&self, outcome: Result<Arc<T>, ResourceError>) {
        if let Err(problem) = outcome
            && self.problems.about(problem.link()).is_none()
        {
            self.problems.0.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
        }
    }

    pub(super) fn problems(self) -> Vec<ResourceError> {
        self.problems.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Problems {
    /// Returns the error of this resource or config, if it has failed before.
    pub(super) fn about(&self, link: Link) -> Option<ResourceError> {
        let problems = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        problems.iter().find(|problem| problem.is_about(link)).cloned()
    }
}

impl<W: Send + Sync + 'static, C: Injected<W>> fmt::Debug for Check<'_, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").finish_non_exhaustive()
    }
}
