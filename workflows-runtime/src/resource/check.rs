//! Making all resources before a run needs them.

use super::{
    Injected,
    error::ResourceError,
    scope::{Link, Scope},
};
use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Goes through the parameters of all steps.
pub struct Check<'a, W: Send + Sync + 'static, C: Injected<W>> {
    workflow: &'a Arc<W>,
    cached: &'a C,
    /// One for all steps: a resource with `cached = false` is tried once.
    fresh: C::Fresh,
    problems: Problems,
}

/// What has been found, each resource and each config once.
#[derive(Default)]
pub(super) struct Problems(Mutex<Vec<ResourceError>>);

impl<'a, W: Send + Sync + 'static, C: Injected<W>> Check<'a, W, C> {
    pub(super) fn new(workflow: &'a Arc<W>, cached: &'a C) -> Self {
        Self { workflow, cached, fresh: C::Fresh::default(), problems: Problems::default() }
    }

    /// For the parameters of one step.
    pub fn scope(&self, step: &'static str) -> Scope<'_, W, C> {
        Scope::checking(self.workflow, self.cached, &self.fresh, &self.problems, step)
    }

    /// What has become of one parameter.
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
