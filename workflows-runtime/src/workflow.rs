//! What a workflow is to the runtime. Implemented by `#[workflow]`.

use crate::{
    FailedAttempt, HumanResponse, Payload, Start, StepError, StepFailed,
    core::{Effects, Failed, Graph},
    graph::Table,
    resource::{ResourceErrors, Resources},
    run::{Instance, Line, Outcome},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// The settings of a workflow: `#[workflow(..)]` on its struct.
#[diagnostic::on_unimplemented(
    message = "W040: `{Self}` is not declared as a workflow",
    label = "its declaration has no `#[workflow]`",
    note = "put `#[workflow]` on the declaration of `{Self}`, too"
)]
pub trait Settings: Sized + Send + Sync + 'static {
    /// The state that the steps of a run share; [`StateMap`](crate::StateMap) if the workflow declares none.
    type State: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the steps publish; [`Never`](crate::Never) if the workflow declares nothing.
    type Stream: Clone + Send + Sync + 'static;
    /// How long a run may take; none by default.
    const TIMEOUT: Option<Duration>;
    /// How many runs of one instance go on at once; no limit by default.
    const MAX_RUNS: Option<usize>;

    #[doc(hidden)]
    fn instances() -> Option<&'static crate::run::Instances<Self>> {
        None
    }
}

/// A workflow: a struct and an `impl` with [`#[workflow]`](macro@crate::workflow) on both.
///
/// It is never implemented by hand. As a bound it names the types of a workflow; runs are made
/// by [`Run`](crate::Run).
#[diagnostic::on_unimplemented(
    message = "W040: `{Self}` is not a workflow: it has no steps",
    label = "no `impl` of it has `#[workflow]`",
    note = "put `#[workflow]` on the `impl` with the steps"
)]
pub trait Workflow: Settings {
    /// The type's name.
    const NAME: &'static str;
    /// What a run starts with: the `T` of the steps' `Start<T>`.
    type Input: Payload;
    /// What a run ends with: the `T` of the steps' `Stop<T>`.
    type Output: Payload;
    /// What a run asks the outside: the `T` of the steps' `InputRequired<T>`, a `OneOf` of
    /// them if there are several, [`Never`](crate::Never) if there is none.
    type Prompt: Clone + Send + Sync + 'static;

    /// What its `#[resource]` factories make.
    #[doc(hidden)]
    type Resources: Resources<Self>;
    #[doc(hidden)]
    type Event: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    #[doc(hidden)]
    const TABLE: Table;
    #[doc(hidden)]
    fn slot(event: &Self::Event) -> u16;
    #[doc(hidden)]
    fn start(input: Self::Input) -> Self::Event;
    /// Whether and when a failed step is executed again.
    #[doc(hidden)]
    fn retry(_step: u16, _failure: &FailedAttempt<'_>) -> Option<Duration> {
        None
    }
    /// What a `#[catch_error]` step takes.
    #[doc(hidden)]
    #[allow(clippy::boxed_local, reason = "workflows with handlers put the box into an event")]
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
        crate::core::other(event)
    }
    #[doc(hidden)]
    fn dispatch<'a, L: Line<Workflow = Self> + 'a>(
        flow: &'a Instance<Self>,
        line: L,
    ) -> impl Future<Output = L::End> + Send + 'a;

    /// Makes every resource that a step of this instance takes and reads every config, before a run
    /// needs them: what is wrong is said at once and all together.
    ///
    /// What is made stays made, for the runs of the instance; a resource with `cached = false` is
    /// made once and dropped. One after the other; dropping the future leaves what has been made.
    /// Needs a tokio runtime if there are configs or blocking factories.
    ///
    /// # Errors
    ///
    /// What is wrong, each resource and each config once, with the step and the chain that need it.
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
    /// let flow = Arc::new(Ask);
    /// let errors = flow.check_resources().await.unwrap_err();
    /// assert!(errors.to_string().starts_with("config `missing.json` (ask → missing.json): the file cannot be read"));
    /// # }
    /// ```
    fn check_resources(self: &Arc<Self>) -> impl Future<Output = Result<(), ResourceErrors>> + Send {
        let instance = Instance::of(Arc::clone(self));
        async move { ResourceErrors::unless_none(instance.resources().check(instance.flow()).await) }
    }
}

/// The workflow takes events of type `E`. The number keeps apart implementations that a
/// workflow has for one type under two names; the one that counts is 0.
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{Self}` takes `{E}`",
    label = "`{Self}` does not take `{E}`",
    note = "add a step that takes `{E}`, or send an event that a step takes"
)]
pub trait Takes<E, const RANK: usize>: Workflow {
    #[doc(hidden)]
    fn wrap(event: E) -> Self::Event;
    #[doc(hidden)]
    fn is(event: &Self::Event) -> bool;
    /// Only of one that [is](Self::is) of this type.
    #[doc(hidden)]
    fn take(event: Self::Event) -> E;
}

/// An event that some step of the workflow `W` takes.
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{W}` takes `{Self}`",
    label = "`{W}` does not take it",
    note = "add a step that takes `{Self}`, or send an event that a step takes"
)]
pub trait TakenBy<W: Workflow>: Sized {
    #[doc(hidden)]
    fn into_event(self) -> W::Event;
}

#[diagnostic::do_not_recommend]
impl<W: Takes<E, 0>, E> TakenBy<W> for E {
    fn into_event(self) -> W::Event {
        W::wrap(self)
    }
}

/// What a run of `W` can be answered with: some step of it takes a `HumanResponse` of this type.
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{W}` takes `HumanResponse<{Self}>`",
    label = "`{W}` does not take this response",
    note = "add a step that takes `HumanResponse<{Self}>`, or send a response that a step takes"
)]
pub trait Answers<W: Workflow>: Payload {
    #[doc(hidden)]
    fn into_event(answer: HumanResponse<Self>) -> W::Event;
}

#[diagnostic::do_not_recommend]
impl<W: Takes<HumanResponse<T>, 0>, T: Payload> Answers<W> for T {
    fn into_event(answer: HumanResponse<T>) -> W::Event {
        W::wrap(answer)
    }
}

/// The workflow asks the outside for `T`; the number is as in [`Takes`].
#[diagnostic::on_unimplemented(
    message = "W041: no step of `{Self}` returns `InputRequired<{T}>`",
    label = "`{Self}` does not ask this"
)]
pub trait Prompts<T, const RANK: usize>: Workflow {
    #[doc(hidden)]
    fn prompt(prompt: T) -> Self::Prompt;
}

impl<W: Workflow> Graph for W {
    type Event = W::Event;
    type Output = W::Output;
    type Prompt = W::Prompt;
    const BATCHED: bool = W::TABLE.batched;
    const RACES: bool = W::TABLE.races;

    fn slot(event: &W::Event) -> u16 {
        <W as Workflow>::slot(event)
    }

    fn retry(step: u16, failure: &FailedAttempt<'_>) -> Option<Duration> {
        <W as Workflow>::retry(step, failure)
    }

    fn failure(handler: u16, failed: &Failed<'_, W::Event>) -> Option<W::Event> {
        <W as Workflow>::failure(handler, Box::new(StepFailed::new(failed)))
    }
}

#[doc(hidden)]
#[derive(Debug)]
pub struct Flag<const CHECKED: bool>;

/// Hands over an output whose routes have been checked; where they have been refused, a
/// stand-in, so that one mistake is reported once.
#[doc(hidden)]
pub trait Output<O, W: Workflow> {
    fn effects(output: O) -> Outcome<W> {
        let mut effects = Effects::new();
        Self::emit(output, &mut effects)?;
        Ok(effects)
    }

    fn emit(output: O, effects: &mut Effects<W>) -> Result<(), StepError>;
}

impl<O: crate::output::Emit<W>, W: Workflow> Output<O, W> for Flag<true> {
    #[inline]
    fn emit(output: O, effects: &mut Effects<W>) -> Result<(), StepError> {
        output.emit(effects, 0)
    }
}

impl<O, W: Workflow> Output<O, W> for Flag<false> {
    fn emit(_: O, _: &mut Effects<W>) -> Result<(), StepError> {
        unreachable!("refused at compile time")
    }
}

/// The same for a parameter.
#[doc(hidden)]
pub trait Input<P, W: Workflow> {
    fn parameter(events: &mut crate::input::Events<'_, W>) -> P;
}

impl<P: crate::input::FromEvents<W>, W: Workflow> Input<P, W> for Flag<true> {
    #[inline]
    fn parameter(events: &mut crate::input::Events<'_, W>) -> P {
        P::from_events(events)
    }
}

impl<P, W: Workflow> Input<P, W> for Flag<false> {
    fn parameter(_: &mut crate::input::Events<'_, W>) -> P {
        unreachable!("refused at compile time")
    }
}

/// The same for a context.
#[doc(hidden)]
pub trait Given<C, W: Workflow> {
    fn context<L: Line<Workflow = W>>(line: &L) -> C;
}

impl<C: crate::context::StepContext<W>, W: Workflow> Given<C, W> for Flag<true> {
    fn context<L: Line<Workflow = W>>(line: &L) -> C {
        C::of(line.context())
    }
}

impl<C, W: Workflow> Given<C, W> for Flag<false> {
    fn context<L: Line<Workflow = W>>(_: &L) -> C {
        unreachable!("refused at compile time")
    }
}

/// The first event of a run, unless the workflow has no start.
#[doc(hidden)]
pub trait Begin<W: Workflow> {
    fn begin(input: W::Input) -> W::Event;
}

impl<W: Takes<Start<<W as Workflow>::Input>, 0>> Begin<W> for Flag<true> {
    fn begin(input: W::Input) -> W::Event {
        W::wrap(Start(input))
    }
}

impl<W: Workflow> Begin<W> for Flag<false> {
    fn begin(_: W::Input) -> W::Event {
        unreachable!("refused at compile time")
    }
}
