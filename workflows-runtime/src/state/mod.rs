//! The state that the steps of a run share.

mod entry;
mod map;
mod path;

pub use self::{entry::StateEntry, map::StateMap, path::PathError};

use crate::engine::ExecutionId;
#[cfg(feature = "engine")]
use core::sync::atomic::AtomicBool;
use core::{
    fmt,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicUsize, Ordering},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of one run: a value behind a lock that is held while a closure runs.
///
/// Closures cannot await, so a lock is never held across an await point. Re-entrant use panics instead of
/// deadlocking.
///
/// The changes of a step that fails are not rolled back. After the end of the attempt, the state of its
/// context is read-only: closures run on a copy, and what they and [`set`](Self::set) change is discarded
/// without an error; a [`StateEntry`] returns [`PathError::AttemptEnded`]. A [`Snapshot`](crate::Snapshot) contains the state
/// as of that moment. See [`guide::state`](crate::guide::state).
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
pub struct State<T>(Access<T>);

enum Access<T> {
    Owned {
        state: OwnedState<T>,
        /// Whether it was borrowed for a change. Here it takes no memory, because the enum has a tag.
        #[cfg(feature = "engine")]
        is_changed: AtomicBool,
    },
    /// The state of a context.
    Attempt(StateOfAttempt<T>),
}

struct OwnedState<T> {
    value: Mutex<Value<T>>,
    /// The [`thread_mark`] of the thread that holds the lock, or 0.
    holder: AtomicUsize,
}

/// A state, in a box: it may be large, and runs and contexts are moved on the stack.
enum Value<T> {
    /// The default, which is made on first use: most runs of a workflow without a state of its own use none.
    Default(fn() -> Box<T>),
    Made(Box<T>),
}

/// The state of a run as one attempt sees it.
struct StateOfAttempt<T> {
    run: Arc<dyn RunState<T>>,
    execution: ExecutionId,
    /// Of a context that may outlive the attempt.
    status: Option<Arc<dyn Status>>,
}

/// A run, to the states of its attempts.
pub(crate) trait RunState<T>: Send + Sync {
    /// The run's state.
    fn state(&self) -> &State<T>;
    /// Whether the attempt is running, if no context has outlived it.
    fn counts(&self, execution: ExecutionId) -> bool;
    /// A copy of the run's state.
    #[allow(clippy::unnecessary_box_returns, reason = "a large state is not moved on the stack")]
    fn copy(&self) -> Box<T>;
}

/// The status of an attempt.
pub(crate) trait Status: Send + Sync {
    fn is_running(&self) -> bool;
}

impl<T> State<T> {
    /// The state of a run, which is the default without a value.
    #[inline]
    pub(crate) fn new(value: Option<Box<T>>) -> Self
    where
        T: Default,
    {
        let value = match value {
            Some(value) => Value::Made(value),
            None => Value::Default(Box::<T>::default),
        };
        Self(Access::Owned {
            state: OwnedState { value: Mutex::new(value), holder: AtomicUsize::new(0) },
            #[cfg(feature = "engine")]
            is_changed: AtomicBool::new(false),
        })
    }

    /// The value, if it was borrowed for a change.
    #[cfg(feature = "engine")]
    pub(crate) fn changed(&self) -> Option<T>
    where
        T: Clone,
    {
        match &self.0 {
            Access::Owned { is_changed, .. } if is_changed.load(Ordering::Relaxed) => Some(self.get()),
            Access::Owned { .. } | Access::Attempt(_) => None,
        }
    }

    /// The state for a context. `status` is that of one that may outlive the attempt.
    pub(crate) fn of_attempt(
        run: Arc<dyn RunState<T>>,
        execution: ExecutionId,
        status: Option<Arc<dyn Status>>,
    ) -> Self {
        Self(Access::Attempt(StateOfAttempt { run, execution, status }))
    }

    /// Refuses a change after the end of the attempt.
    fn check_attempt(&self) -> Result<(), PathError> {
        match &self.0 {
            Access::Attempt(attempt) if attempt.is_ended() => Err(PathError::AttemptEnded),
            Access::Owned { .. } | Access::Attempt(_) => Ok(()),
        }
    }

    /// The state to change, or a copy of which the changes are discarded.
    fn writable(&self) -> Result<Guard<'_, T>, Box<T>> {
        if let Access::Attempt(attempt) = &self.0
            && attempt.is_ended()
        {
            return Err(attempt.run.copy());
        }
        Ok(self.guard())
    }

    /// Calls a closure with the state and returns its result.
    ///
    /// # Panics
    ///
    /// Panics if the closure uses the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = Vec<String>)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u64> {
    ///     Stop(ctx.state().read(|words| words.len() as u64))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.guard())
    }

    /// Updates the state in place and returns the result of the closure.
    ///
    /// The update is atomic: concurrent steps lose none. If the closure panics, the changes that it has
    /// made remain; see [`try_update`](Self::try_update).
    ///
    /// # Panics
    ///
    /// Panics if the closure uses the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u64> {
    ///     let before = ctx.state().update(|n| std::mem::replace(n, *n + 1));
    ///     Stop(before)
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        match self.writable() {
            Ok(mut state) => change(&mut state),
            Err(mut copy) => change(&mut copy),
        }
    }

    /// Updates the state, or leaves it unchanged if the closure fails or panics.
    ///
    /// The closure works on a clone of the state.
    ///
    /// # Errors
    ///
    /// Returns the error of the closure.
    ///
    /// # Panics
    ///
    /// Panics if the closure uses the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Withdraw;
    /// #[workflow]
    /// impl Withdraw {
    ///     #[step]
    ///     async fn withdraw(&self, ctx: &Context<Self>, Start(amounts): Start<Vec<u64>>) -> StepResult<Stop<u64>> {
    ///         ctx.state().try_update(|balance| {
    ///             for amount in amounts {
    ///                 *balance = balance.checked_sub(amount).ok_or(StepError::msg("insufficient funds"))?;
    ///             }
    ///             Ok::<_, StepError>(())
    ///         })?;
    ///         Ok(Stop(ctx.state().get()))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let run = Withdraw.run(vec![30, 30]).state(40).start();
    /// assert!(run.result().await.is_err());
    /// assert_eq!(run.state().get(), 40);
    /// # }
    /// ```
    pub fn try_update<R, E>(&self, change: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E>
    where
        T: Clone,
    {
        let mut state = match self.writable() {
            Ok(state) => state,
            Err(mut copy) => return change(&mut copy),
        };
        let mut copy = state.clone();
        let result = change(&mut copy)?;
        *state = copy;
        Ok(result)
    }

    /// Returns a clone of the state.
    ///
    /// # Panics
    ///
    /// Panics inside a closure of the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u64> {
    ///     ctx.state().update(|n| *n += 1);
    ///     Stop(ctx.state().get())
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.guard().clone()
    }

    /// Replaces the state.
    ///
    /// A [`get`](Self::get) followed by a `set` overwrites what other steps have changed in between; use
    /// [`update`](Self::update).
    ///
    /// # Panics
    ///
    /// Panics inside a closure of the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u64> {
    ///     ctx.state().set(7);
    ///     Stop(ctx.state().get())
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(&self, value: T) {
        if let Ok(mut state) = self.writable() {
            *state = value;
        }
    }

    /// Resets the state to its default.
    ///
    /// # Panics
    ///
    /// Panics inside a closure of the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<u64> {
    ///     ctx.state().set(7);
    ///     ctx.state().clear();
    ///     Stop(ctx.state().get())
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear(&self)
    where
        T: Default,
    {
        self.set(T::default());
    }

    /// A clone of the state, in a box.
    pub(crate) fn boxed(&self) -> Box<T>
    where
        T: Clone,
    {
        self.guard().value.made().clone()
    }

    fn guard(&self) -> Guard<'_, T> {
        match &self.0 {
            Access::Owned {
                state,
                #[cfg(feature = "engine")]
                is_changed,
            } => Guard {
                value: state.lock(),
                #[cfg(feature = "engine")]
                is_changed,
            },
            Access::Attempt(attempt) => attempt.run.state().guard(),
        }
    }
}

impl<T> StateOfAttempt<T> {
    fn is_ended(&self) -> bool {
        let is_running = match &self.status {
            Some(status) => status.is_running(),
            None => true,
        };
        !is_running || !self.run.counts(self.execution)
    }
}

impl<T> OwnedState<T> {
    fn lock(&self) -> Held<'_, T> {
        let this = thread_mark();
        // Without this check, re-entrant use would deadlock. `Relaxed` suffices: only this thread stores its own
        // mark, and clears it before it releases the lock.
        assert!(
            self.holder.load(Ordering::Relaxed) != this,
            "the state of a run was used inside its own closure; return the value from the closure first",
        );
        let value = self.value.lock().unwrap_or_else(PoisonError::into_inner);
        self.holder.store(this, Ordering::Relaxed);
        let mut held = Held { value, holder: &self.holder };
        if let Value::Default(make) = &*held.value {
            *held.value = Value::Made(make());
        }
        held
    }
}

/// A guard of the state.
struct Guard<'a, T> {
    value: Held<'a, T>,
    #[cfg(feature = "engine")]
    is_changed: &'a AtomicBool,
}

/// The lock of the state. Clears `holder` when it is dropped.
///
/// Invariant: the value is made.
struct Held<'a, T> {
    value: MutexGuard<'a, Value<T>>,
    holder: &'a AtomicUsize,
}

impl<T> Held<'_, T> {
    #[allow(clippy::borrowed_box, reason = "a clone of the box clones the value in its place")]
    fn made(&self) -> &Box<T> {
        match &*self.value {
            Value::Made(value) => value,
            Value::Default(_) => unreachable!("a state is made when it is locked"),
        }
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.holder.store(0, Ordering::Relaxed);
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.made()
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        #[cfg(feature = "engine")]
        self.is_changed.store(true, Ordering::Relaxed);
        match &mut *self.value.value {
            Value::Made(value) => value,
            Value::Default(_) => unreachable!("a state is made when it is locked"),
        }
    }
}

/// Returns a number that no other running thread has, never 0: the address of a thread-local.
fn thread_mark() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| core::ptr::from_ref(mark).addr())
}

impl<T: fmt::Debug> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("State").field(&*self.guard()).finish()
    }
}
