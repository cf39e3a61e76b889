//! Events, and the wrappers that give a value its role in a run.

use crate::{StepInput, graph::EventKey};
use core::fmt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Something that happened in a run and that steps react to.
///
/// Put [`#[event]`](macro@crate::event) on a struct or an enum; it implements this and derives
/// what an event needs. Two events are the same only if they are the same type: aliases and
/// re-exports do not make new ones, and nothing is looked up by name while a run goes on.
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
    note = "put `#[event]` on the declaration of `{Self}`"
)]
pub trait Event: StepInput + Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The type's own name, without its path.
    const NAME: &'static str;

    /// Which type this is, comparable in `const`.
    #[doc(hidden)]
    const KEY: EventKey = Self::LEAF.event();
}

/// What may stand inside [`Start`], [`Stop`], [`InputRequired`] and [`HumanResponse`]: any value
/// that can be cloned, sent and written down. Implemented for every such type.
#[diagnostic::on_unimplemented(
    message = "W037: `{Self}` cannot be part of a run",
    label = "must implement `Clone`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
    note = "add `#[derive(Clone, Serialize, Deserialize)]` to `{Self}`"
)]
pub trait Payload: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Payload for T {}

/// The input of a run. A step that takes `Start<T>` runs when the run starts.
///
/// A workflow has exactly one start type (W001, W002); several steps may take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start<T>(pub T);

/// The end of a run, with its result. The first one wins: what else goes on in the run is
/// dropped, and nothing it does afterwards is seen.
///
/// A workflow has exactly one result type (W003, W004).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop<T>(pub T);

/// A prompt to the outside, published on the run's stream when a step returns it.
///
/// The answer comes back through [`RunHandle::send`](crate::RunHandle::send). In a context's list it says what
/// a body [asks](crate::Context::ask). See [`asking_people`](crate::asking_people).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRequired<T>(pub T);

/// An answer from outside. A step that takes `HumanResponse<T>` runs for each one that
/// [`RunHandle::send`](crate::RunHandle::send) brings. In a context's list it says what a body
/// [waits for](crate::Context::wait_for). See [`asking_people`](crate::asking_people).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanResponse<T>(pub T);

/// The first `N` events of a batch: the step runs once a batch, on the `N`-th arrival, and the
/// rest of the batch is cancelled.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] struct Quote { price: u64 }
/// fn cheaper(First([a, b]): First<Quote, 2>) -> u64 {
///     a.price.min(b.price)
/// }
/// # assert_eq!(cheaper(First([Quote { price: 3 }, Quote { price: 2 }])), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First<E, const N: usize>(pub [E; N]);

/// A type with no values: an unused member of a [`OneOf`](crate::OneOf), the prompt of a
/// workflow that asks nothing, the stream of one that publishes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Never {}
