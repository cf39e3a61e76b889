//! Events, and the wrappers that give a value its role in a run.

use crate::{graph::EventKey, sealed::Sealed};
use core::fmt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A type that steps take and return.
///
/// Put [`#[event]`](macro@crate::event) on a struct or an enum. It implements this trait and derives
/// `Clone`, `Debug`, `Serialize` and `Deserialize` unless they are derived already. The trait is sealed.
///
/// Events are identified by their type. Aliases and re-exports name the same event, and two types with
/// the same name in different modules are different events.
///
/// ```
/// use workflows_runtime::prelude::*;
///
/// #[event]
/// struct Joke {
///     text: String,
/// }
/// assert_eq!(Joke::NAME, "Joke");
/// ```
#[diagnostic::on_unimplemented(
    message = "W039: `{Self}` is not an event",
    label = "not an event",
    note = "put `#[event]` on the declaration of a type of this crate; wrap another one: `#[event] struct Name({Self});`"
)]
pub trait Event: Keyed + Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name of the type, without its path.
    const NAME: &'static str;
}

/// Identifies an event type in `const`.
// Apart from `Event`, so a type that lacks one of the bounds of `Event` is reported for that alone.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "W047: `Event` is a sealed trait, and `{Self}` implements it by hand",
    label = "only `#[event]` implements it",
    note = "put `#[event]` on the declaration of `{Self}`, and remove this `impl`"
)]
pub trait Keyed: Sealed {
    const KEY: EventKey;
    /// `true`; an error if a field is refused.
    const IS_SOUND: bool = true;
}

/// A value inside [`Start`], [`Stop`], [`InputRequired`] or [`HumanResponse`].
///
/// Implemented for every type that is `Clone`, `Serialize`, `DeserializeOwned`, `Send`, `Sync` and
/// `'static`, so a run can be snapshotted.
///
/// ```
/// use workflows_runtime::Payload;
///
/// fn is_payload<T: Payload>() {}
/// is_payload::<Vec<String>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "W037: `{Self}` cannot be part of a run",
    label = "must implement `Clone`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
    note = "add `#[derive(Clone, Serialize, Deserialize)]` to a type of this crate; for another one, use a type of your own with its data"
)]
pub trait Payload: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Payload for T {}

macro_rules! wrapper {
    ($($name:ident),*) => { $(
        #[diagnostic::do_not_recommend]
        impl<T> Sealed for $name<T> {}

        impl<T> From<T> for $name<T> {
            fn from(value: T) -> Self {
                Self(value)
            }
        }
    )* };
}

/// The input of a run. A step that takes `Start<T>` runs when the run starts.
///
/// A workflow has exactly one start type (W001, W002). Several steps may take it; each receives a clone.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Double;
/// #[workflow]
/// impl Double {
///     #[step]
///     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
///         Stop(n * 2)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// assert_eq!(Double.run(21).await?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Start<T>(pub T);

/// The result of a run. A step that returns it ends the run.
///
/// The first `Stop` is the result. Steps that are still running are dropped, and their output is
/// discarded. A workflow has exactly one result type (W003, W004).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Find;
/// #[workflow]
/// impl Find {
///     #[step]
///     async fn find(&self, Start(words): Start<Vec<String>>) -> StepResult<Stop<String>> {
///         let longest = words.into_iter().max_by_key(String::len);
///         Ok(Stop(longest.ok_or(StepError::msg("no words"))?))
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stop<T>(pub T);

/// A prompt for a human in the loop. The run publishes it on its stream when a step returns it.
///
/// [`RunHandle::send`](crate::RunHandle::send) sends the response. In the list of a [`Context`](crate::Context)
/// it declares that the step [asks](crate::Context::ask) `T`. See
/// [`guide::human_in_the_loop`](crate::guide::human_in_the_loop).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// #[workflow]
/// impl Ask {
///     #[step]
///     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
///         InputRequired(question)
///     }
///
///     #[step]
///     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
///         Stop(answer)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (run, mut events) = Ask.run("continue?".to_owned()).start_with_events();
/// let Some(RunEvent::InputRequired { id, prompt, .. }) = events.next().await else { panic!() };
/// assert_eq!(prompt, "continue?");
/// run.answer(id, true)?;
/// assert!(run.await?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InputRequired<T>(pub T);

/// A response of a human in the loop. A step that takes `HumanResponse<T>` runs for each one that
/// [`RunHandle::send`](crate::RunHandle::send) sends.
///
/// In the list of a [`Context`](crate::Context) it declares that the step
/// [waits for](crate::Context::wait_for) `T`. See [`guide::human_in_the_loop`](crate::guide::human_in_the_loop).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// # #[workflow]
/// # impl Ask {
/// #     #[step]
/// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
/// #         InputRequired(question)
/// #     }
/// #     #[step]
/// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
/// #         Stop(answer)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Ask.run("continue?".to_owned()).start();
/// run.send(HumanResponse(true))?;
/// assert!(run.result().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HumanResponse<T>(pub T);

wrapper!(Start, Stop, InputRequired, HumanResponse);

/// The first `N` events of a batch. A step that takes it runs once per batch, when the `N`th event
/// arrives; the rest of the batch is cancelled.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] struct Quote { price: u64 }
/// fn cheaper(First([a, b]): First<Quote, 2>) -> u64 {
///     a.price.min(b.price)
/// }
/// # assert_eq!(cheaper(First([Quote { price: 3 }, Quote { price: 2 }])), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct First<E, const N: usize>(pub [E; N]);

#[diagnostic::do_not_recommend]
impl<E, const N: usize> Sealed for First<E, N> {}

impl<E, const N: usize> From<[E; N]> for First<E, N> {
    fn from(events: [E; N]) -> Self {
        Self(events)
    }
}

/// A type without values: an unused member of a [`OneOf`](crate::OneOf), the prompt of a workflow that
/// asks nothing, and the stream of one that publishes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Never {}

#[diagnostic::do_not_recommend]
impl Sealed for Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
