//! Where in the making of a step's parameters something is.

use super::{Injected, check::Problems, error::ResourceError};
use crate::error::StepError;
use core::fmt;
use std::sync::Arc;

/// What a factory is called with: the instance, its slots, those of the execution, and the way
/// that has led here.
pub struct Scope<'a, W: Send + Sync + 'static, C: Injected<W>> {
    workflow: &'a Arc<W>,
    cached: &'a C,
    fresh: &'a C::Fresh,
    trail: Trail<'a>,
}

/// The way from a step to what is being made for it.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    pub(super) link: Link,
    pub(super) parent: Option<&'a Trail<'a>>,
    /// What a check has found so far.
    problems: Option<&'a Problems>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Step(&'static str),
    Resource(&'static str),
    Config { file: &'static str, select: &'static str },
}

impl<'a, W: Send + Sync + 'static, C: Injected<W>> Scope<'a, W, C> {
    /// The scope of one execution of a step.
    pub(crate) fn of_step(workflow: &'a Arc<W>, cached: &'a C, fresh: &'a C::Fresh, step: &'static str) -> Self {
        let trail = Trail { link: Link::Step(step), parent: None, problems: None };
        Self { workflow, cached, fresh, trail }
    }

    pub(super) fn checking(
        workflow: &'a Arc<W>,
        cached: &'a C,
        fresh: &'a C::Fresh,
        problems: &'a Problems,
        step: &'static str,
    ) -> Self {
        Self {
            workflow,
            cached,
            fresh,
            trail: Trail { link: Link::Step(step), parent: None, problems: Some(problems) },
        }
    }

    /// The same, on the way to a resource.
    #[must_use]
    pub fn enter(&self, resource: &'static str) -> Scope<'_, W, C> {
        self.within(Link::Resource(resource))
    }

    /// The same, on the way to a config; `select` is empty for the whole file.
    #[must_use]
    pub fn enter_config(&self, file: &'static str, select: &'static str) -> Scope<'_, W, C> {
        self.within(Link::Config { file, select })
    }

    fn within(&self, link: Link) -> Scope<'_, W, C> {
        let trail = Trail { link, parent: Some(&self.trail), problems: self.trail.problems };
        Scope { workflow: self.workflow, cached: self.cached, fresh: self.fresh, trail }
    }

    /// The workflow, for a factory that takes `&self`.
    #[must_use]
    pub fn workflow(&self) -> &'a W {
        self.workflow
    }

    /// The same, for code that runs elsewhere.
    #[must_use]
    pub fn share(&self) -> Arc<W> {
        Arc::clone(self.workflow)
    }

    /// The slots of the instance.
    #[must_use]
    pub fn cached(&self) -> &'a C {
        self.cached
    }

    /// The slots of the execution.
    #[must_use]
    pub fn fresh(&self) -> &'a C::Fresh {
        self.fresh
    }

    /// What a factory has given; its failure is told with the way that has led to it.
    ///
    /// # Errors
    ///
    /// The factory's own.
    pub fn made<T>(&self, given: Result<T, StepError>) -> Result<T, ResourceError> {
        given.map_err(|error| ResourceError::new(&self.trail, error))
    }

    pub(super) fn trail(&self) -> &Trail<'a> {
        &self.trail
    }
}

impl Trail<'_> {
    /// What a check has said about this one already.
    pub(super) fn known_problem(&self) -> Option<ResourceError> {
        self.problems?.about(self.link)
    }
}

impl<W: Send + Sync + 'static, C: Injected<W>> fmt::Debug for Scope<'_, W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("at", &self.trail.link).finish_non_exhaustive()
    }
}
