//! The traits of a workflow, which `#[workflow]` implements.

mod constants;
mod declared;
mod generic;
mod held;
mod instance;
mod serialized_event;
mod steps;
mod takes;

#[cfg(feature = "isolated")]
pub use self::constants::{calls, time_limit};
pub(crate) use self::instance::Permit;
pub use self::{
    constants::{check_max_recoveries, check_max_runs, check_timeout, check_workers, count},
    declared::{
        AskedBy, Asks, AwaitedBy, Awaits, Borrowed, DeclaredBy, Response, SendPosition, StreamItem, StreamPosition,
        Taken, Untaken,
    },
    generic::Generic,
    held::{Held, Hold, is_large},
    instance::Instance,
    serialized_event::{EventEnum, deserialize_event, serialize_variant},
    steps::{StepNames, StepOptions},
};

#[cfg(feature = "isolated")]
use crate::process::ValueCodec;
use crate::{
    engine::{Definition, FailedExecution, unreachable_event},
    event::{HumanResponse, Payload},
    graph::{Details, InputKey, Table, WorkflowGraph},
    instances::Instances,
    resource::{ResourceErrors, Resources},
    retry::FailedAttempt,
    run::Dispatcher,
    sealed::{Seal, Sealed},
    step_failed::StepFailed,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{any::type_name, sync::Arc, time::Duration};

/// The settings of a workflow, as `#[workflow(..)]` on its struct declares them. This trait is sealed.
///
/// ```
/// use workflows_runtime::{Settings, prelude::*};
///
/// #[workflow(state = u64, timeout = "5s")]
/// struct Count;
/// # #[workflow]
/// # impl Count {
/// #     #[step]
/// #     async fn count(&self, Start(()): Start<()>) -> Stop<()> {
/// #         Stop(())
/// #     }
/// # }
///
/// assert_eq!(<Count as Settings>::TIMEOUT, Some(Duration::from_secs(5)));
/// ```
#[diagnostic::on_unimplemented(
    message = "W040: `{Self}` is not declared as a workflow",
    label = "its declaration has no `#[workflow]`",
    note = "put `#[workflow]` on the declaration of `{Self}`, too"
)]
pub trait Settings: Sealed + Send + Sync + 'static {
    /// The state that the steps of a run share. Default: [`StateMap`](crate::StateMap).
    type State: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The items that the steps publish. Default: [`Never`](crate::Never).
    type Stream: Clone + Send + Sync + 'static;
    /// The timeout of a run. Default: none.
    const TIMEOUT: Option<Duration> = None;
    /// The maximum number of concurrent runs of one instance. Default: no limit.
    const MAX_RUNS: Option<usize> = None;

    /// The text of the struct's doc comment.
    #[doc(hidden)]
    const DOCS: &'static str = "";

    #[doc(hidden)]
    #[must_use]
    fn instances() -> Option<&'static Instances> {
        None
    }
}

/// A workflow: a struct and an `impl` with [`#[workflow]`](macro@crate::workflow) on both.
///
/// The trait is sealed: the macro implements it. Use it as a bound for code that works with any workflow.
/// [`WorkflowExt`](crate::WorkflowExt) runs one.
#[diagnostic::on_unimplemented(
    message = "W040: `{Self}` is not a workflow: it has no steps",
    label = "no `impl` with `#[workflow]` applies to it",
    note = "put `#[workflow]` on the `impl` with the steps",
    note = "a generic workflow has them for types that meet the bounds of that `impl`, if it and its resources are `Send`, `Sync` and `'static`"
)]
pub trait Workflow: Settings + Sized {
    /// The type's name.
    const NAME: &'static str;
    /// The input of a run: the `T` of the steps' `Start<T>`.
    type Input: Payload;
    /// The result of a run: the `T` of the steps' `Stop<T>`.
    type Output: Payload;
    /// The prompts of a run: the `T` of the steps' `InputRequired<T>`, a [`OneOf`](crate::OneOf) if there
    /// are several, [`Never`](crate::Never) if there is none.
    type Prompt: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The steps, for [`Run::configure`](crate::Run::configure): a struct that has a
    /// [`StepOptions`](crate::StepOptions) for each step, in a field of the step's name.
    type Steps;

    #[doc(hidden)]
    fn steps() -> Self::Steps;
    /// The resources that its `#[resource]` factories build.
    #[doc(hidden)]
    type Resources: Resources<Self>;
    #[doc(hidden)]
    type HeldOutput: Held<Self::Output> + Payload;
    #[doc(hidden)]
    type HeldPrompt: Held<Self::Prompt> + Payload;
    #[doc(hidden)]
    type Event: EventEnum + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    #[doc(hidden)]
    const TABLE: Table;
    /// Facts about the graph that the engine does not need.
    #[doc(hidden)]
    const DETAILS: Details = Details::EMPTY;
    /// The number of the input that the event is for.
    #[doc(hidden)]
    fn slot(event: &Self::Event) -> u16 {
        event.number()
    }
    #[doc(hidden)]
    fn start_event(input: Self::Input) -> Self::Event;
    /// Whether and when a failed step is retried.
    #[doc(hidden)]
    #[must_use]
    fn retry(_step: u16, _failure: &FailedAttempt<'_>) -> Option<Duration> {
        None
    }
    /// The event of a `#[catch_error]` step.
    #[doc(hidden)]
    #[allow(clippy::boxed_local, reason = "workflows with handlers put the box into an event")]
    #[must_use]
    fn failure(_handler: u16, _failed: Box<StepFailed>) -> Option<Self::Event> {
        None
    }
    /// Whether it is an event of a `#[catch_error]` step.
    #[doc(hidden)]
    fn is_failed(_event: &Self::Event) -> bool {
        false
    }
    /// The failure in an event of a `#[catch_error]` step.
    #[doc(hidden)]
    fn failed(event: Self::Event) -> Box<StepFailed> {
        unreachable_event(event)
    }
    /// How the items that isolated steps publish are sent.
    #[cfg(feature = "isolated")]
    #[doc(hidden)]
    #[must_use]
    fn items() -> Option<ValueCodec<Self::Stream>> {
        None
    }
    #[doc(hidden)]
    fn dispatch<'a, L: Dispatcher<Workflow = Self> + 'a>(
        workflow: &'a Instance<Self>,
        line: L,
    ) -> impl Future<Output = L::End> + Send + 'a;

    /// Returns the graph of the workflow as data: its steps with their options, events, resources, and what connects
    /// them.
    ///
    /// The data comes from the signatures, so it is what runs execute. [`WorkflowGraph`] renders it as a picture, and
    /// checks whether runs can stall.
    ///
    /// ```
    /// use workflows_runtime::prelude::*;
    ///
    /// # #[workflow] struct Greet;
    /// #[workflow]
    /// impl Greet {
    ///     /// Greets by name.
    ///     #[step]
    ///     async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
    ///         Stop(format!("Hello, {name}!"))
    ///     }
    /// }
    ///
    /// let graph = Greet::graph();
    /// assert_eq!(graph.steps[0].docs, "Greets by name.");
    /// assert_eq!(graph.boundary.start, "Start<String>");
    /// println!("{}", graph.mermaid());
    /// ```
    #[must_use]
    fn graph() -> WorkflowGraph {
        WorkflowGraph::new(
            Self::NAME,
            <Self as Settings>::DOCS,
            &Self::TABLE,
            &Self::DETAILS,
            type_name::<Self::Stream>(),
        )
    }

    /// Creates every resource and reads every config that a step of this instance takes, before a run needs
    /// them, and reports all errors together.
    ///
    /// The resources are kept for the runs of the instance; a resource with `cached = false` is created once
    /// and dropped. Factories run one after the other. Dropping the future keeps the resources created so
    /// far. Configs and blocking factories need a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns one error for each resource and config, with the step and the chain of resources that need it.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// use std::sync::Arc;
    ///
    /// # #[derive(Deserialize)] struct Limits;
    /// # #[workflow] struct Ask;
    /// #[workflow]
    /// impl Ask {
    ///     #[step]
    ///     async fn ask(&self, #[config("missing.json")] _limits: &Limits, Start(()): Start<()>) -> Stop<()> {
    ///         Stop(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let workflow = Arc::new(Ask);
    /// let errors = workflow.check_resources().await.unwrap_err();
    /// assert!(errors.to_string().starts_with("config `missing.json` (ask → missing.json): the file cannot be read"));
    /// # }
    /// ```
    fn check_resources(self: &Arc<Self>) -> impl Future<Output = Result<(), ResourceErrors>> + Send {
        let instance = Instance::of(Arc::clone(self));
        async move { ResourceErrors::unless_none(instance.resources().check(instance.workflow()).await) }
    }
}

/// A workflow that takes events of type `E`. Implemented by the macro.
///
/// `RANK` distinguishes the implementations of a workflow that names one type twice, by an alias; the one
/// with rank 0 is used.
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{Self}` takes `{E}`",
    label = "`{Self}` does not take `{E}`",
    note = "add a step that takes `{E}`, or send an event that a step takes"
)]
pub trait Takes<E, const RANK: usize>: Workflow {
    /// [`Taken`], or [`Untaken`] if only the list of a context names the type.
    #[doc(hidden)]
    type Listed;
    #[doc(hidden)]
    fn wrap(event: E) -> Self::Event;
    #[doc(hidden)]
    fn is(event: &Self::Event) -> bool;
    /// Only of one that [is](Self::is) of this type.
    #[doc(hidden)]
    fn take(event: Self::Event) -> E;
}

/// An event that a step of the workflow `W` takes. This trait is sealed.
///
/// ```
/// use workflows_runtime::{TakenBy, prelude::*};
///
/// #[event] struct Page { text: String }
///
/// # #[workflow] struct Read;
/// #[workflow]
/// impl Read {
///     #[step]
///     async fn fetch(&self, Start(path): Start<String>) -> Page {
///         Page { text: path }
///     }
///
///     #[step]
///     async fn show(&self, page: Page) -> Stop<String> {
///         Stop(page.text)
///     }
/// }
///
/// fn is_taken<W: Workflow, E: TakenBy<W>>() {}
/// is_taken::<Read, Page>();
/// ```
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{W}` takes `{Self}`",
    label = "`{W}` does not take it",
    note = "add a step that takes `{Self}`, or send an event that a step takes"
)]
pub trait TakenBy<W: Workflow>: Sized {
    #[doc(hidden)]
    fn into_event(self, seal: Seal) -> W::Event;
}

#[diagnostic::do_not_recommend]
impl<W: Takes<E, 0>, E> TakenBy<W> for E {
    fn into_event(self, _: Seal) -> W::Event {
        W::wrap(self)
    }
}

/// A response to runs of the workflow `W`: the `T` of a `HumanResponse<T>` that one of its steps takes or
/// waits for. This trait is sealed.
///
/// ```
/// use workflows_runtime::{Answers, SendError, prelude::*};
///
/// /// Sends the default response.
/// fn send_default<W: Workflow, T: Answers<W> + Default>(run: &RunHandle<W>) -> Result<(), SendError<HumanResponse<T>>> {
///     run.send(HumanResponse(T::default()))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{W}` takes `HumanResponse<{Self}>`",
    label = "`{W}` does not take this response",
    note = "add a step that takes `HumanResponse<{Self}>`, or send a response that a step takes"
)]
pub trait Answers<W: Workflow>: Sized {
    #[doc(hidden)]
    fn into_event(answer: HumanResponse<Self>, seal: Seal) -> W::Event;
    /// The inverse of [`into_event`](Self::into_event).
    #[doc(hidden)]
    fn from_event(event: W::Event) -> HumanResponse<Self>;
}

#[diagnostic::do_not_recommend]
impl<W: Takes<HumanResponse<T>, 0>, T> Answers<W> for T {
    fn into_event(answer: HumanResponse<T>, _: Seal) -> W::Event {
        W::wrap(answer)
    }

    fn from_event(event: W::Event) -> HumanResponse<T> {
        W::take(event)
    }
}

/// The workflow asks the client for `T`; the number is as in [`Takes`].
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{Self}` returns `InputRequired<{T}>`",
    label = "`{Self}` does not ask this"
)]
pub trait Prompts<T, const RANK: usize>: Workflow {
    #[doc(hidden)]
    fn prompt(prompt: T) -> Self::Prompt;
}

impl<W: Workflow> Definition for W {
    type Event = W::Event;
    type Output = W::HeldOutput;
    type Prompt = W::HeldPrompt;
    const BATCHED: bool = W::TABLE.batched;
    const RACES: bool = W::TABLE.races;
    const WAITS: bool = W::TABLE.waits();

    fn slot(event: &W::Event) -> u16 {
        <W as Workflow>::slot(event)
    }

    fn retry(step: u16, failure: &FailedAttempt<'_>) -> Option<Duration> {
        <W as Workflow>::retry(step, failure)
    }

    fn failure(handler: u16, failed: &FailedExecution<'_, W::Event>) -> Option<W::Event> {
        <W as Workflow>::failure(handler, Box::new(StepFailed::from_failed(failed)))
    }

    fn is_failure(handler: u16, event: &W::Event) -> bool {
        let input = &W::TABLE.inputs[<W as Workflow>::slot(event) as usize];
        input.step == handler && matches!(input.key, InputKey::Failed)
    }
}
