//! The state that the steps of a run share.

mod entry;
mod map;
mod path;

pub use self::{entry::StateEntry, map::StateMap, path::PathError};

use core::{
    fmt,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicUsize, Ordering},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state of one run: a value behind a lock, held only while a closure looks at it. See
/// [`guide::state`](crate::guide::state).
///
/// A step that fails takes nothing back that it has changed. A [`Snapshot`](crate::Snapshot) has the state as
/// it is at that moment: see [what happens again](crate::guide::snapshots#what-happens-again).
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
pub struct State<T> {
    value: Mutex<T>,
    /// The mark of the thread that has the lock, else 0.
    holder: AtomicUsize,
}

impl<T> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: Mutex::new(value), holder: AtomicUsize::new(0) }
    }

    /// Looks at the state.
    ///
    /// # Panics
    ///
    /// If the same state is used inside the closure: the lock is not re-entrant.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.guard())
    }

    /// Changes the state, alone: no update is lost, however many steps run at once.
    ///
    /// What the closure has changed before it panics stays changed.
    ///
    /// # Panics
    ///
    /// If the same state is used inside the closure: the lock is not re-entrant.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.guard())
    }

    /// Changes the state, or leaves it as it was if the closure fails or panics.
    ///
    /// Works on a copy, so that it costs what cloning the state costs.
    ///
    /// # Errors
    ///
    /// The closure's own.
    ///
    /// # Panics
    ///
    /// If the same state is used inside the closure: the lock is not re-entrant.
    pub fn try_update<R, E>(&self, change: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E>
    where
        T: Clone,
    {
        let mut state = self.guard();
        let mut copy = state.clone();
        let result = change(&mut copy)?;
        *state = copy;
        Ok(result)
    }

    /// A copy of the state.
    ///
    /// # Panics
    ///
    /// Inside a closure of the same state: the lock is not re-entrant.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.guard().clone()
    }

    /// Replaces the state. What others have changed since a [`get`](Self::get) is lost; see
    /// [`update`](Self::update).
    ///
    /// # Panics
    ///
    /// Inside a closure of the same state: the lock is not re-entrant.
    pub fn set(&self, value: T) {
        *self.guard() = value;
    }

    /// Puts the state back to its default.
    ///
    /// # Panics
    ///
    /// Inside a closure of the same state: the lock is not re-entrant.
    pub fn clear(&self)
    where
        T: Default,
    {
        self.set(T::default());
    }

    fn guard(&self) -> Held<'_, T> {
        let this = mark();
        // Only this thread stores its own mark, so that no ordering is needed. Without the check
        // the thread would wait for itself.
        assert!(
            self.holder.load(Ordering::Relaxed) != this,
            "a run's state was used inside its own closure: take what you need out of the closure first",
        );
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        self.holder.store(this, Ordering::Relaxed);
        Held { value, holder: &self.holder }
    }
}

/// The lock, held by this thread.
struct Held<'a, T> {
    value: MutexGuard<'a, T>,
    holder: &'a AtomicUsize,
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.holder.store(0, Ordering::Relaxed);
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// A number that no other living thread has, and that is not 0.
fn mark() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| core::ptr::from_ref(mark).addr())
}

impl<T: fmt::Debug> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("State").field(&*self.guard()).finish()
    }
}
