//! What steps are given beside events: values that factories make, and values from files.
//!
//! The macro declares a struct with a [`Slot`] for each resource and each config, and a function
//! that fills it; what these do is here.

mod check;
mod config;
mod error;
mod scope;
mod slot;

pub use self::{
    check::Check,
    config::{ConfigError, File},
    error::{ResourceError, ResourceErrors},
    scope::Scope,
    slot::{Slot, make_blocking},
};

use crate::instances::Instances;
use core::{fmt, marker::PhantomData};
use std::sync::Arc;

/// What the factories of a workflow have made for one instance.
pub trait Resources<W: 'static>: Send + Sync + 'static {
    /// That of this instance, shared with its other runs.
    fn of(workflow: &Arc<W>) -> Self;
    /// Makes all of it, and says what is wrong.
    fn check(&self, workflow: &Arc<W>) -> impl Future<Output = Vec<ResourceError>> + Send;
}

/// A workflow without resources.
impl<W: 'static> Resources<W> for () {
    fn of(_: &Arc<W>) {}

    // Not an `async fn`: its future would hold `&Arc<W>`, and repeat the error of a `W` that is not `Sync`.
    fn check(&self, _: &Arc<W>) -> impl Future<Output = Vec<ResourceError>> + Send {
        core::future::ready(Vec::new())
    }
}

/// The slots of a workflow's resources, as the macro declares them.
pub trait Injected<W: Send + Sync + 'static>: Default + Send + Sync + 'static {
    /// Those of one execution: of the resources with `cached = false`.
    type Fresh: Default + Send + Sync;
    /// The slots of all shared instances.
    fn instances() -> &'static Instances<W, Arc<Self>>;
    /// Fills every slot.
    fn check(check: &Check<'_, W, Self>) -> impl Future<Output = ()> + Send;
}

/// The slots of one instance, as a run of it holds them.
pub struct Cache<W: Send + Sync + 'static, C: Injected<W>> {
    cached: Arc<C>,
    /// Where they are registered, unless this run has the instance alone.
    key: Option<usize>,
    of: PhantomData<fn(W)>,
}

impl<W: Send + Sync + 'static, C: Injected<W>> Cache<W, C> {
    pub(crate) fn slots(&self) -> &C {
        &self.cached
    }
}

impl<W: Send + Sync + 'static, C: Injected<W>> Resources<W> for Cache<W, C> {
    fn of(workflow: &Arc<W>) -> Self {
        let (key, cached) = match C::instances().part(workflow, Arc::default) {
            Some((key, cached)) => (Some(key), cached),
            None => (None, Arc::default()),
        };
        Self { cached, key, of: PhantomData }
    }

    async fn check(&self, workflow: &Arc<W>) -> Vec<ResourceError> {
        let check = Check::new(workflow, self.slots());
        C::check(&check).await;
        check.problems()
    }
}

impl<W: Send + Sync + 'static, C: Injected<W>> Drop for Cache<W, C> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            C::instances().release(key);
        }
    }
}

impl<W: Send + Sync + 'static, C: Injected<W>> fmt::Debug for Cache<W, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
