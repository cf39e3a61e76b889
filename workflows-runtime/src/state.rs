//! The state that the steps of a run share.

use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state of one run: a value behind a lock, held only while a closure looks at it.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow(state = u64)] struct Count;
/// #[workflow]
/// impl Count {
///     #[step]
///     async fn count(&self, ctx: &Context<Self>, Start(by): Start<u64>) -> Stop<u64> {
///         Stop(ctx.state().update(|total| { *total += by; *total }))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// assert_eq!(Count.run(2).state(40).await?, 42);
/// # Ok(())
/// # }
/// ```
pub struct State<T>(Mutex<T>);

impl<T> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Looks at the state.
    ///
    /// The lock is not re-entrant: do not use the same state inside the closure.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the state, alone: no update is lost, however many steps run at once.
    ///
    /// What the closure has changed before it panics stays changed. The lock is not re-entrant:
    /// do not use the same state inside the closure.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.lock())
    }

    /// Changes the state, or leaves it as it was if the closure fails or panics.
    ///
    /// Works on a copy, so that it costs what cloning the state costs.
    ///
    /// # Errors
    ///
    /// The closure's own.
    pub fn try_update<R, E>(&self, change: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E>
    where
        T: Clone,
    {
        let mut state = self.lock();
        let mut copy = state.clone();
        let result = change(&mut copy)?;
        *state = copy;
        Ok(result)
    }

    /// A copy of the state.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.lock().clone()
    }

    /// Replaces the state.
    pub fn set(&self, value: T) {
        *self.lock() = value;
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: fmt::Debug> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("State").field(&*self.lock()).finish()
    }
}
