//! What a step can do beside returning.

mod attempt;
mod cancelled;
mod child;
mod collect;
mod wait;

pub use self::{
    attempt::Attempt,
    cancelled::Cancelled,
    wait::{Wait, WaitTimedOut, WaitTimeout},
};

use crate::{
    engine::{Before, ExecutionId},
    run::{CancelFlag, RunId, Shared, StoredEvent},
    sealed::SEAL,
    state::State,
    workflow::{DeclaredBy, StreamItem, Workflow},
};
use core::{fmt, marker::PhantomData};
use std::sync::Arc;

/// A step's hold on its run: `ctx: &Context<Self>` in its signature.
///
/// The second parameter lists the events that the step may [`send`](Self::send), the prompts that it
/// may [`ask`](Self::ask) and the answers that it may [`wait_for`](Self::wait_for), so that the
/// graph is whole without looking into bodies:
/// `ctx: &Context<Self, (Query, InputRequired<Ask>, HumanResponse<Approval>)>`. What is not in the list
/// does not compile (W023).
///
/// | to | write |
/// |---|---|
/// | know where one is | [`run_id`](Self::run_id), [`step`](Self::step), [`attempt`](Self::attempt), [`is_cancelled`](Self::is_cancelled) |
/// | share | [`state`](Self::state) |
/// | tell the outside | [`publish`](Self::publish) |
/// | send on, put by | [`send`](Self::send), [`collect`](Self::collect), [`collect_as`](Self::collect_as) |
/// | ask a person | [`ask`](Self::ask), [`wait_for`](Self::wait_for), [`ask_for`](Self::ask_for) |
/// | run another workflow | [`run_child`](Self::run_child) |
///
/// A clone is the same execution's, for what the step spawns; of what it does after the step's end
/// nothing is seen.
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
    /// Known to clones, which may go on when the execution does not.
    cancel_flag: Option<CancelFlag>,
    sends: PhantomData<fn(Sends)>,
}

impl<W: Workflow, Sends> Context<W, Sends> {
    /// A context of no run, for a unit test that calls a step: what is published or sent goes
    /// nowhere, and the state is there to be looked at. It counts as that of the first step, in its
    /// first attempt. Nobody answers and no time goes by: what waits for a person is tested with a
    /// [run](crate::WorkflowExt::run) that is answered.
    ///
    /// # Panics
    ///
    /// What it gives panics when it is used to [wait](Self::wait_for).
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
        Self { shared, execution, step, before, cancel_flag: None, sends: PhantomData }
    }

    /// The run's name: the same in every step, attempt and [resume](crate::WorkflowExt::resume), and so a
    /// part of a name under which something is done once.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        self.shared.id()
    }

    /// The step's name, as in its signature.
    #[must_use]
    pub fn step(&self) -> &'static str {
        W::TABLE.steps[self.step as usize].name
    }

    /// The state that the run's steps share. See [`guide::state`](crate::guide::state).
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        self.shared.state()
    }

    /// Publishes an item on the run's stream: one of the workflow's `stream` type, or of one of
    /// its members if that is a `OneOf`.
    ///
    /// It is there at once, in the order of the calls, and before anything that the step's return
    /// brings about. If nobody can read it, it is dropped. It stays published if the step fails
    /// afterwards; tried again, or begun again after a resume, the step publishes again.
    pub fn publish<T: StreamItem<W, Index>, Index>(&self, item: T) {
        if !self.is_cancelled() {
            self.shared.publish(StoredEvent::Published(item.into_stream(SEAL)));
        }
    }

    /// Sends an event into the run, as if it were returned, without returning.
    ///
    /// It stays in the sender's batch. Events sent are taken up in the order of the calls, before
    /// what the step returns; they stay sent if the step fails afterwards, and if it is tried again it
    /// sends again. After a [resume](crate::WorkflowExt::resume) what was sent before is recognised by its
    /// order, and not sent twice. It never waits; after the end of the run it has no effect. See
    /// [`guide::sending`](crate::guide::sending).
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
    pub fn send<E: DeclaredBy<W, Sends, Index>, Index>(&self, event: E) {
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
            sends: PhantomData,
        }
    }
}

impl<W: Workflow, Sends> fmt::Debug for Context<W, Sends> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("step", &self.step()).field("run", &format_args!("{}", self.run_id())).finish()
    }
}

/// What a step of the workflow `W` may take by reference: its context.
#[diagnostic::on_unimplemented(
    message = "W017: a step of `{W}` cannot take `&{Self}`: it is neither the workflow's context nor a resource",
    label = "not a context of `{W}`",
    note = "take the run's context as `ctx: &Context<Self>`, a resource as `#[resource(name)] x: &X`, and events by value"
)]
pub trait StepContext<W: Workflow>: Sized {
    /// To ask for in generated code.
    #[doc(hidden)]
    const IS: () = ();
    /// What it may send.
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
