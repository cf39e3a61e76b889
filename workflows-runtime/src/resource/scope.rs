//! `Scope`: the context in which a step's parameters are created.

use super::{Injected, check::Problems, error::ResourceError};
use crate::error::StepError;
use core::fmt;
use std::sync::Arc;

/// The context of a factory: the workflow instance, its slots, the slots of the execution, and the path of
/// resources from the step to this one.
pub struct Scope<'a, W: Send + Sync + 'static, C: Injected<W>> {
    workflow: &'a Arc<W>,
    cached: &'a C,
    fresh: &'a C::Fresh,
    trail: Trail<'a>,
}

/// The path from a step to the resource or config that is being created, as a list linked from the end.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    pub(super) link: Link,
    pub(super) parent: Option<&'a Trail<'a>>,
    /// The errors found so far, if this is part of a check.
    problems: Option<&'a Problems>,
}

/// One element of a [`Trail`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Step(&'static str),
    Resource(&'static str),
    Config { file: &'static str, select: &'static str },
}

impl<'a, W: Send + Sync + 'static, C: Injected<W>> Scope<'a, W, C> {
    /// Creates the scope of one execution of a step.
    pub(crate) fn of_step(workflow: &'a Arc<W>, cached: &'a C, fresh: &'a C::Fresh, step: &'static str) -> Self {
        let trail = Trail { link: Link::Step(step), parent: None, problems: None };
        Self { workflow, cached, fresh, trail }
    }

    /// Creates the scope of one step in a check.
    pub(super) fn checking(
        workflow: &'a Arc<W>,
        cached: &'a C,
        fresh: &'a C::Fresh,
        problems: &'a Problems,
        step: &'static str,
    ) -> Self {
        let trail = Trail { link: Link::Step(step), parent: None, problems: Some(problems) };
        Self { workflow, cached, fresh, trail }
    }

    /// Returns the scope of a resource that this one needs.
    #[must_use]
    pub fn enter(&self, resource: &'static str) -> Scope<'_, W, C> {
        self.within(Link::Resource(resource))
    }

    /// Returns the scope of a config that this one needs. An empty `select` is the whole file.
    #[must_use]
    pub fn enter_config(&self, file: &'static str, select: &'static str) -> Scope<'_, W, C> {
        self.within(Link::Config { file, select })
    }

    fn within(&self, link: Link) -> Scope<'_, W, C> {
        let trail = Trail { link, parent: Some(&self.trail), problems: self.trail.problems };
        Scope { workflow: self.workflow, cached: self.cached, fresh: self.fresh, trail }
    }

    /// Returns the workflow, for a factory that takes `&self`.
    #[must_use]
    pub fn workflow(&self) -> &'a W {
        self.workflow
    }

    /// Returns the workflow, for a blocking factory, which runs on another thread.
    #[must_use]
    pub fn share(&self) -> Arc<W> {
        Arc::clone(self.workflow)
    }

    /// Returns the slots of the instance.
    #[must_use]
    pub fn cached(&self) -> &'a C {
        self.cached
    }

    /// Returns the slots of the execution.
    #[must_use]
    pub fn fresh(&self) -> &'a C::Fresh {
        self.fresh
    }

    /// Returns the result of a factory, with the path to it added to an error.
    ///
    /// # Errors
    ///
    /// Returns the error of the factory.
    pub fn made<T>(&self, given: Result<T, StepError>) -> Result<T, ResourceError> {
        given.map_err(|error| ResourceError::new(&self.trail, error))
    }

    pub(super) fn trail(&self) -> &Trail<'a> {
        &self.trail
    }
}

impl Trail<'_> {
    /// Returns the error that the check has already found for this resource or config.
    pub(super) fn known_problem(&self) -> Option<ResourceError> {
        self.problems?.about(self.link)
    }
}

impl<W: Send + Sync + 'static, C: Injected<W>> fmt::Debug for Scope<'_, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("at", &self.trail.link).finish_non_exhaustive()
    }
}
