//! Parameters of steps other than events: resources, which factories create, and configs, which are read
//! from files.
//!
//! The macro declares a struct with one [`Slot`] per resource and per config, and a function that fills each
//! slot. This module implements the slots, the errors and the check before a run.

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
use core::{any::Any, fmt, marker::PhantomData};
use std::sync::Arc;

/// The resources of one workflow instance.
pub trait Resources<W: 'static>: Send + Sync + 'static {
    /// Returns the resources of this instance, shared with its other runs.
    fn of(workflow: &Arc<W>) -> Self;
    /// Creates all resources and returns the errors.
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

/// The slots of an instance, of any type for the reason given in the module `instances`.
pub type SharedSlots = Arc<dyn Any + Send + Sync>;

/// The slots of a workflow's resources. Implemented by the macro.
pub trait Injected<W: Send + Sync + 'static>: Default + Send + Sync + 'static {
    /// The slots of one execution, for resources with `cached = false`.
    type Fresh: Default + Send + Sync;
    /// The slots of all shared instances.
    fn instances() -> &'static Instances<SharedSlots>;
    /// Fills every slot.
    fn check(check: &Check<'_, W, Self>) -> impl Future<Output = ()> + Send;
}

/// The slots of one instance, held by a run.
pub struct Cache<W: Send + Sync + 'static, C: Injected<W>> {
    cached: Arc<C>,
    /// The key in [`Injected::instances`]. `None` if only this run uses the instance.
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
        let Some((key, slots)) = C::instances().part(workflow, || Arc::<C>::default()) else {
            return Self { cached: Arc::default(), key: None, of: PhantomData };
        };
        let Ok(cached) = slots.downcast() else { unreachable!("an instance has one type, and that has one of slots") };
        Self { cached, key: Some(key), of: PhantomData }
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
