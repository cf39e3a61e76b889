//! What a step can do beside returning.

mod attempt;
mod cancelled;
mod child;
mod collect;
mod declared;
mod wait;

pub use self::{
    attempt::Attempt,
    cancelled::Cancelled,
    declared::{AskedBy, Asks, AwaitedBy, Awaits, DeclaredBy, StepContext, StreamItem},
    wait::{Wait, WaitTimedOut, WaitTimeout},
};

use crate::{
    RunEvent, RunId, State, Workflow,
    core::{Before, ExecutionId},
    run::{Fate, Shared},
    workflow::TakenBy,
};
use core::{fmt, marker::PhantomData};
use std::sync::Arc;

/// A step's hold on its run: `ctx: &Context<Self>` in its signature.
///
/// The second parameter lists the events that the step may [`send`](Self::send), the prompts that it
/// may [`ask`](Self::ask) and the answers that it may [`wait_for`](Self::wait_for), so that the
/// graph is whole without looking into bodies:
/// `ctx: &Context<Self, (Query, InputRequired<Ask>, HumanResponse<Approval>)>`.
pub struct Context<W: Workflow, Sends = ()> {
    shared: Arc<Shared<W>>,
    execution: ExecutionId,
    step: u16,
    before: Option<Arc<Before>>,
    /// Known to clones, which may go on when the execution does not.
    fate: Option<Fate>,
    sends: PhantomData<fn(Sends)>,
}

impl<W: Workflow, Sends> Context<W, Sends> {
    /// A context of no run, for a unit test that calls a step: what is published or sent goes
    /// nowhere, and the state is there to be looked at. It counts as that of the first step.
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
        Self::new(Arc::new(Shared::detached(state)), ExecutionId { slot: 0, serial: 0, attempt: 1 }, 0, None)
    }

    pub(crate) fn new(shared: Arc<Shared<W>>, execution: ExecutionId, step: u16, before: Option<Arc<Before>>) -> Self {
        Self { shared, execution, step, before, fate: None, sends: PhantomData }
    }

    /// The run's name.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        self.shared.id()
    }

    /// The step's name.
    #[must_use]
    pub fn step(&self) -> &'static str {
        W::TABLE.steps[self.step as usize].name
    }

    /// The state that the run's steps share.
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        self.shared.state()
    }

    /// Publishes an item on the run's stream: one of the workflow's `stream` type, or of one of
    /// its members if that is a `OneOf`.
    ///
    /// It is there at once, in the order of the calls, and before anything that the step's return
    /// brings about. If nobody can read it, it is dropped.
    pub fn publish<T: StreamItem<W, At>, At>(&self, item: T) {
        if !self.is_cancelled() {
            self.shared.publish(RunEvent::Published(item.into_stream()));
        }
    }

    /// Sends an event into the run, as if it were returned, without returning.
    ///
    /// It stays in the sender's batch. Events sent are taken up in the order of the calls, before
    /// what the step returns; they stay sent if the step fails afterwards.
    pub fn send<E: DeclaredBy<Sends, At> + TakenBy<W>, At>(&self, event: E) {
        self.shared.send(self.execution, event.into_event());
    }
}

impl<W: Workflow, Sends> Clone for Context<W, Sends> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            execution: self.execution,
            step: self.step,
            before: self.before.clone(),
            fate: Some(self.fate.clone().unwrap_or_else(|| self.shared.fate(self.execution))),
            sends: PhantomData,
        }
    }
}

impl<W: Workflow, Sends> fmt::Debug for Context<W, Sends> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("step", &self.step()).field("run", &format_args!("{}", self.run_id())).finish()
    }
}
