//! `Context`: a step's access to its run.

mod attempt;
mod attempt_end;
mod cancelled;
mod child;
mod collect;
mod ended_wait;
mod recorded;
mod wait;
mod wait_timeout;

pub use self::{
    attempt::Attempt,
    cancelled::Cancelled,
    wait::Wait,
    wait_timeout::{WaitTimedOut, WaitTimeout},
};

use crate::{
    engine::{Before, ExecutionId},
    run::{AttemptStatus, CancelFlag, RunId, Shared},
    sealed::SEAL,
    state::{RunState, State, Status},
    sync::OnceLock,
    workflow::{DeclaredBy, SendPosition, StreamItem, StreamPosition, Workflow},
};
use core::{fmt, marker::PhantomData};
use std::sync::Arc;

/// The access of a step to its run: `ctx: &Context<Self>` in its signature.
///
/// The second parameter lists the events that the step may [`send`](Self::send), the prompts that it may
/// [`ask`](Self::ask) and the responses that it may [`wait_for`](Self::wait_for), so signatures alone define
/// the graph: `ctx: &Context<Self, (Query, InputRequired<Ask>, HumanResponse<Approval>)>`. A call with a
/// type that is not in the list does not compile (W023).
///
/// | to | write |
/// |---|---|
/// | identify the execution | [`run_id`](Self::run_id), [`step`](Self::step), [`attempt`](Self::attempt), [`is_cancelled`](Self::is_cancelled) |
/// | share data between steps | [`state`](Self::state) |
/// | publish to readers | [`publish`](Self::publish) |
/// | emit and collect events | [`send`](Self::send), [`collect`](Self::collect), [`collect_as`](Self::collect_as) |
/// | ask a human in the loop | [`ask`](Self::ask), [`wait_for`](Self::wait_for), [`ask_for`](Self::ask_for) |
/// | run another workflow | [`run_child`](Self::run_child) |
///
/// Clones refer to the same execution and can be moved into spawned tasks.
///
/// # After the end of the attempt
///
/// An attempt ends when the step returns, fails, times out or is cancelled. From then on its context, and
/// each clone, has no effect on the run:
///
/// | call | effect |
/// |---|---|
/// | [`send`](Self::send), [`publish`](Self::publish), [`ask`](Self::ask) | ignored |
/// | [`collect`](Self::collect), [`collect_as`](Self::collect_as) | the event is dropped; returns `None` |
/// | [`state`](Self::state) | reads the state of the run; changes are discarded, and a [`StateEntry`](crate::StateEntry) returns an error |
/// | [`wait_for`](Self::wait_for), [`ask_for`](Self::ask_for) | returns [`WaitTimedOut`] with a [`timeout`](Wait::timeout); without one it [ends the code](Wait#after-the-end-of-the-attempt) that waits |
/// | [`run_child`](Self::run_child) | the child ends as [cancelled](crate::RunError::Cancelled) |
/// | [`run_id`](Self::run_id), [`step`](Self::step), [`attempt`](Self::attempt), [`is_cancelled`](Self::is_cancelled), [`cancelled`](Self::cancelled) | as before |
///
/// ```
/// # use workflows_runtime::prelude::*;
/// #[event] struct Word(String);
///
/// #[workflow(stream = String)]
/// struct Shout;
///
/// #[workflow]
/// impl Shout {
///     #[step]
///     async fn split(&self, ctx: &Context<Self, (Word,)>, Start(text): Start<String>) -> StepResult<()> {
///         ctx.publish(format!("{} is at {}", ctx.run_id(), ctx.step()));
///         ctx.state().at("length").set(text.len())?;
///         text.split(' ').for_each(|word| ctx.send(Word(word.to_uppercase())));
///         Ok(())
///     }
///
///     #[step]
///     async fn gather(&self, ctx: &Context<Self>, word: Word) -> StepResult<Option<Stop<(String, usize)>>> {
///         let Some(words) = ctx.collect(word, 2) else { return Ok(None) };
///         let words: Vec<_> = words.into_iter().map(|Word(word)| word).collect();
///         Ok(Some(Stop((words.join("! "), ctx.state().at("length").get()?))))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// let run = Shout.run("hear hear".to_owned()).id("run-7").start();
/// let mut events = run.events();
/// assert_eq!(run.await?, ("HEAR! HEAR".to_owned(), 9));
/// assert!(matches!(events.next().await, Some(RunEvent::Published(text)) if text == "run-7 is at split"));
/// # Ok(())
/// # }
/// ```
pub struct Context<W: Workflow, Sends = ()> {
    shared: Arc<Shared<W>>,
    execution: ExecutionId,
    step: u16,
    before: Option<Arc<Before>>,
    /// Set in clones, which may outlive the execution.
    cancel_flag: Option<CancelFlag>,
    /// The state as this attempt sees it, once the step has used it.
    state: OnceLock<State<W::State>>,
    sends: PhantomData<fn(Sends)>,
}

impl<W: Workflow, Sends> Context<W, Sends> {
    /// Creates a context that is not attached to a run, for unit tests of steps.
    ///
    /// It records what the step does: [`sent`](Self::sent), [`published`](Self::published) and [`asked`](Self::asked)
    /// return it, and the state can be inspected. It reports the first step of the workflow, in its first attempt. [Waiting](Self::wait_for) panics; to test waits, start a
    /// [run](crate::WorkflowExt::run) and send the response.
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
    /// # async fn main() {
    /// let ctx = Context::detached(40);
    /// assert_eq!(Count.count(&ctx, Start(2)).await, Stop(42));
    /// assert_eq!(ctx.state().get(), 42);
    /// # }
    /// ```
    #[must_use]
    pub fn detached(state: W::State) -> Self {
        Self::new(Arc::new(Shared::detached(state)), ExecutionId::DETACHED, 0, None)
    }

    pub(crate) fn new(shared: Arc<Shared<W>>, execution: ExecutionId, step: u16, before: Option<Arc<Before>>) -> Self {
        Self { shared, execution, step, before, cancel_flag: None, state: OnceLock::new(), sends: PhantomData }
    }

    /// Whether what the context does still counts: the attempt is running.
    pub(crate) fn counts(&self) -> bool {
        self.shared.counts(self.execution, self.cancel_flag.as_ref())
    }

    /// Returns the run's name.
    ///
    /// It is the same in every step, every attempt and after a [resume](crate::WorkflowExt::resume), so it can be
    /// part of an idempotency key.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        self.shared.id()
    }

    /// Returns the step's name.
    #[must_use]
    pub fn step(&self) -> &'static str {
        W::TABLE.steps[self.step as usize].name
    }

    /// Returns the state that the steps of the run share. See [`guide::state`](crate::guide::state).
    ///
    /// After the end of the attempt it can be read, and changes are discarded: a closure runs on a copy.
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        // Never that of the run itself: blocking code, or a destructor, may use the reference after the attempt.
        self.state.get_or_init(|| {
            let run = Arc::<Shared<W>>::clone(&self.shared);
            let status = self.cancel_flag.clone().map(|status| status as Arc<dyn Status>);
            State::of_attempt(run, self.execution, status)
        })
    }

    /// Publishes an item to the readers of the run: one of the workflow's `stream` type, or a member if that
    /// is a [`OneOf`](crate::OneOf).
    ///
    /// Readers receive items and prompts in the order of the calls, before any effect of the step's return. Without
    /// readers the item is dropped. An attempt that fails does not retract its items; a retry, and a step that
    /// starts again after a resume, publish again. Never waits. After the end of the attempt the item is
    /// dropped.
    pub fn publish<T: StreamItem<W, Index>, Index: StreamPosition>(&self, item: T) {
        if self.is_detached() {
            self.shared.record_item(item.into_stream(SEAL));
        } else if self.counts() {
            self.shared.publish_item(item.into_stream(SEAL), self.step, self.execution);
        }
    }

    /// Sends an event into the run, as if the step had returned it.
    ///
    /// The event belongs to the step's batch. Events are processed in the order of the calls, before those
    /// that the step returns. An attempt that fails does not retract its events; a retry sends again. After a
    /// [resume](crate::WorkflowExt::resume) the events sent before are recognized by their order and not sent
    /// twice. Never waits. After the end of the attempt the call is ignored; see
    /// [`is_cancelled`](Self::is_cancelled) and [`guide::sending`](crate::guide::sending).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// #[event] struct Item(u32);
    /// # #[workflow] struct Count;
    ///
    /// #[workflow]
    /// impl Count {
    ///     #[step]
    ///     async fn send(&self, ctx: &Context<Self, (Item,)>, Start(n): Start<u32>) {
    ///         (1..=n).for_each(|n| ctx.send(Item(n)));
    ///     }
    ///
    ///     #[step]
    ///     async fn take(&self, Item(n): Item) -> Option<Stop<u32>> {
    ///         (n == 3).then_some(Stop(n))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Count.run(5).await?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send<E: DeclaredBy<W, Sends, Index>, Index: SendPosition<E>>(&self, event: E) {
        self.shared.send(self.execution, event.into_event(SEAL));
    }
}

impl<W: Workflow, Sends> Clone for Context<W, Sends> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            execution: self.execution,
            step: self.step,
            before: self.before.clone(),
            cancel_flag: Some(self.cancel_flag.clone().unwrap_or_else(|| self.shared.cancel_flag(self.execution))),
            state: OnceLock::new(),
            sends: PhantomData,
        }
    }
}

impl<W: Workflow> RunState<W::State> for Shared<W> {
    fn state(&self) -> &State<W::State> {
        self.state()
    }

    fn counts(&self, execution: ExecutionId) -> bool {
        self.counts(execution, None)
    }

    fn copy(&self) -> Box<W::State> {
        self.state().boxed()
    }
}

impl Status for AttemptStatus {
    fn is_running(&self) -> bool {
        self.is_running()
    }
}

impl<W: Workflow, Sends> fmt::Debug for Context<W, Sends> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("step", &self.step()).field("run", &format_args!("{}", self.run_id())).finish()
    }
}

/// A parameter that a step of the workflow `W` takes by reference: its context.
#[diagnostic::on_unimplemented(
    message = "W017: a step of `{W}` cannot take `&{Self}`: it is not the context",
    label = "not a context of `{W}`",
    note = "write `ctx: &Context<Self>` for the context, and `#[resource(name)]` in front of a resource"
)]
pub trait StepContext<W: Workflow>: Sized {
    /// To ask for in generated code.
    #[doc(hidden)]
    const IS: () = ();
    /// The events that it may send.
    type Sends;
    #[doc(hidden)]
    fn of(context: Context<W, Self::Sends>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow, Sends> StepContext<W> for Context<W, Sends> {
    type Sends = Sends;

    fn of(context: Self) -> Self {
        context
    }
}
