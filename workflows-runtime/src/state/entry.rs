//! One place in an open state.

use super::{State, map::StateMap, path::PathError};
use serde::{Serialize, de::DeserializeOwned};

/// A place in a run's [`StateMap`]. See [`State::at`].
///
/// Each call holds the state's lock while it works, and no longer.
#[derive(Debug)]
#[must_use]
pub struct StateEntry<'a> {
    state: &'a State<StateMap>,
    path: &'a str,
}

impl State<StateMap> {
    /// The place that a dotted path names.
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
    ///             // No update is lost, however many steps run at once.
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
    /// What is there.
    ///
    /// # Errors
    ///
    /// As [`StateMap::get`].
    pub fn get<T: DeserializeOwned>(&self) -> Result<T, PathError> {
        self.state.read(|map| map.get(self.path))
    }

    /// What is there, or `default` if there is nothing.
    ///
    /// # Errors
    ///
    /// As [`StateMap::get_or`].
    pub fn get_or<T: DeserializeOwned>(&self, default: T) -> Result<T, PathError> {
        self.state.read(|map| map.get_or(self.path, default))
    }

    /// Whether there is anything.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.state.read(|map| map.contains(self.path))
    }

    /// Puts a value there.
    ///
    /// # Errors
    ///
    /// As [`StateMap::set`].
    pub fn set(&self, value: impl Serialize) -> Result<(), PathError> {
        self.state.update(|map| map.set(self.path, value))
    }

    /// Changes what is there, alone: no update is lost, however many steps run at once. What the
    /// closure returns is passed on.
    ///
    /// # Errors
    ///
    /// As [`StateMap::get`] and [`StateMap::set`]; nothing is changed then, nor if the closure panics.
    ///
    /// # Panics
    ///
    /// If the same state is used inside the closure: the lock is not re-entrant.
    pub fn update<T: DeserializeOwned + Serialize, R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, PathError> {
        self.change(|map| map.get(self.path), change)
    }

    /// The same, beginning with `default` if there is nothing.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update), except that there may be nothing.
    ///
    /// # Panics
    ///
    /// If the same state is used inside the closure: the lock is not re-entrant.
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
        self.state.update(|map| {
            let mut value = get(map)?;
            let result = change(&mut value);
            map.set(self.path, value)?;
            Ok(result)
        })
    }

    /// Takes out what is there, and says whether there was anything.
    ///
    /// # Errors
    ///
    /// As [`StateMap::remove`].
    pub fn remove(&self) -> Result<bool, PathError> {
        self.state.update(|map| map.remove(self.path))
    }
}
