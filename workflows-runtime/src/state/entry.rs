//! `StateEntry`: one place in a `StateMap`.

use super::{State, map::StateMap, path::PathError};
use serde::{Serialize, de::DeserializeOwned};

/// One place in a run's [`StateMap`]. Created by [`State::at`].
///
/// Each method locks the state for the duration of the call.
#[derive(Debug)]
#[must_use]
pub struct StateEntry<'a> {
    state: &'a State<StateMap>,
    path: &'a str,
}

impl State<StateMap> {
    /// Returns the place with this path. See [`StateMap`] for the syntax of paths.
    ///
    /// ```
    /// use workflows_runtime::prelude::*;
    ///
    /// #[event]
    /// struct Word(String);
    ///
    /// #[workflow]
    /// struct Count;
    ///
    /// #[workflow]
    /// impl Count {
    ///     #[step]
    ///     async fn split(&self, ctx: &Context<Self>, Start(text): Start<String>) -> StepResult<Vec<Word>> {
    ///         ctx.state().at("text.length").set(text.len())?;
    ///         Ok(text.split(' ').map(|word| Word(word.to_owned())).collect())
    ///     }
    ///
    ///     #[step]
    ///     async fn count(&self, ctx: &Context<Self>, words: Vec<Word>) -> StepResult<Stop<(usize, usize)>> {
    ///         for Word(word) in words {
    ///             // The update is atomic: concurrent steps lose none.
    ///             ctx.state().at(&format!("words.{word}")).update_or(0, |n: &mut u32| *n += 1)?;
    ///         }
    ///         let different = ctx.state().read(|map| map.get::<std::collections::BTreeMap<String, u32>>("words"))?;
    ///         Ok(Stop((ctx.state().at("text.length").get()?, different.len())))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Count.run("to be or not to be".to_owned()).await?, (18, 4));
    /// # Ok(())
    /// # }
    /// ```
    pub fn at<'a>(&'a self, path: &'a str) -> StateEntry<'a> {
        StateEntry { state: self, path }
    }
}

impl StateEntry<'_> {
    /// Returns the value.
    ///
    /// # Errors
    ///
    /// The same as [`StateMap::get`].
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     ctx.state().at("visits").set(3)?;
    ///     Ok(Stop(ctx.state().at("visits").get()?))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<T: DeserializeOwned>(&self) -> Result<T, PathError> {
        self.state.read(|map| map.get(self.path))
    }

    /// Returns the value, or `default` if there is none.
    ///
    /// # Errors
    ///
    /// The same as [`StateMap::get_or`].
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     Ok(Stop(ctx.state().at("visits").get_or(0)?))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_or<T: DeserializeOwned>(&self, default: T) -> Result<T, PathError> {
        self.state.read(|map| map.get_or(self.path, default))
    }

    /// Returns whether there is a value.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     let visits = ctx.state().at("visits");
    ///     if !visits.exists() {
    ///         visits.set(1)?;
    ///     }
    ///     Ok(Stop(visits.get()?))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn exists(&self) -> bool {
        self.state.read(|map| map.contains(self.path))
    }

    /// Sets the value.
    ///
    /// # Errors
    ///
    /// The same as [`StateMap::set`], and [`PathError::AttemptEnded`] after the end of the attempt.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     ctx.state().at("order.visits").set(3)?;
    ///     Ok(Stop(ctx.state().at("order.visits").get()?))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(&self, value: impl Serialize) -> Result<(), PathError> {
        self.state.check_attempt()?;
        self.state.update(|map| map.set(self.path, value))
    }

    /// Updates the value in place and returns the result of the closure.
    ///
    /// The update is atomic: concurrent steps lose none.
    ///
    /// # Errors
    ///
    /// The same as [`StateMap::get`] and [`set`](Self::set). On an error, and if the closure panics, the
    /// state is unchanged.
    ///
    /// # Panics
    ///
    /// Panics if the closure uses the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     let visits = ctx.state().at("visits");
    ///     visits.set(3)?;
    ///     let before = visits.update(|n: &mut u32| std::mem::replace(n, *n + 1))?;
    ///     assert_eq!((before, visits.get()?), (3, 4));
    ///     Ok(Stop(before))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn update<T: DeserializeOwned + Serialize, R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, PathError> {
        self.change(|map| map.get(self.path), change)
    }

    /// Updates the value in place, starting from `default` if there is none. See
    /// [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// The same as [`StateMap::get_or`] and [`set`](Self::set).
    ///
    /// # Panics
    ///
    /// Panics if the closure uses the same state: the lock is not re-entrant.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     let visits = ctx.state().at("visits");
    ///     visits.update_or(0, |n: &mut u32| *n += 1)?;
    ///     Ok(Stop(visits.get()?))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn update_or<T: DeserializeOwned + Serialize, R>(
        &self,
        default: T,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, PathError> {
        self.change(|map| map.get_or(self.path, default), change)
    }

    fn change<T: Serialize, R>(
        &self,
        get: impl FnOnce(&StateMap) -> Result<T, PathError>,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, PathError> {
        self.state.check_attempt()?;
        self.state.update(|map| {
            let mut value = get(map)?;
            let result = change(&mut value);
            map.set(self.path, value)?;
            Ok(result)
        })
    }

    /// Removes the value and returns whether there was one.
    ///
    /// # Errors
    ///
    /// The same as [`StateMap::remove`], and [`PathError::AttemptEnded`] after the end of the attempt.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #[step]
    /// async fn count(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
    ///     let visits = ctx.state().at("visits");
    ///     visits.set(3)?;
    ///     assert!(visits.remove()?);
    ///     Ok(Stop(visits.get_or(0)?))
    /// }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// # assert_eq!(Count.run(()).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove(&self) -> Result<bool, PathError> {
        self.state.check_attempt()?;
        self.state.update(|map| map.remove(self.path))
    }
}
