//! What a step can do beside returning.

use crate::{
    Event, RunEvent, RunId, State, Workflow,
    core::ExecutionId,
    one_of::Holds,
    run::Shared,
    workflow::Takes,
};
use core::{fmt, marker::PhantomData};
use std::sync::Arc;

/// A step's hold on its run: `ctx: &Context<Self>` in its signature.
///
/// The second parameter lists the events that the step may [`send`](Self::send), so that the
/// graph is whole without looking into bodies: `ctx: &Context<Self, (Query,)>`.
pub struct Context<W: Workflow, Sends = ()> {
    shared: Arc<Shared<W>>,
    execution: ExecutionId,
    step: u16,
    attempt: u32,
    sends: PhantomData<fn(Sends)>,
}

impl<W: Workflow, Sends> Context<W, Sends> {
    pub(crate) fn new(shared: Arc<Shared<W>>, execution: ExecutionId, step: u16, attempt: u32) -> Self {
        Self { shared, execution, step, attempt, sends: PhantomData }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared<W>> {
        &self.shared
    }

    pub(crate) fn execution(&self) -> ExecutionId {
        self.execution
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

    /// The attempt's number, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
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
    pub fn publish<T, At>(&self, item: T)
    where
        W::Stream: Holds<T, At>,
    {
        if !self.shared.is_over() {
            self.shared.publish(RunEvent::Published(Holds::hold(item)));
        }
    }

    /// Sends an event into the run, as if it were returned, without returning.
    ///
    /// It stays in the sender's batch. Events sent are taken up in the order of the calls, before
    /// what the step returns; they stay sent if the step fails afterwards.
    pub fn send<E: Event, const AT: usize>(&self, event: E)
    where
        Sends: Declares<E, AT>,
        W: Takes<E, 0>,
    {
        self.shared.send(self.execution, W::wrap(event));
    }

    /// Whether the run has ended without this step: nothing that it does is seen any more. For
    /// blocking code to poll, which cannot be dropped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.is_over()
    }
}

impl<W: Workflow, Sends> fmt::Debug for Context<W, Sends> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("step", &self.step()).field("run", &format_args!("{}", self.run_id())).finish()
    }
}

/// A context's list has the event `E`.
#[diagnostic::on_unimplemented(
    message = "W023: `{E}` is not declared by this step's context",
    label = "the context may not send `{E}`",
    note = "declare what the step sends in its signature: `ctx: &Context<Self, ({E},)>`"
)]
pub trait Declares<E, const AT: usize> {}

macro_rules! declares {
    ($all:tt; $($member:ident $at:literal),+) => { $(declares!(@one $all $member $at);)+ };
    (@one ($($all:ident),+) $member:ident $at:literal) => {
        impl<$($all),+> Declares<$member, $at> for ($($all,)+) {}
    };
}

declares!((A); A 0);
declares!((A, B); A 0, B 1);
declares!((A, B, C); A 0, B 1, C 2);
declares!((A, B, C, D); A 0, B 1, C 2, D 3);
declares!((A, B, C, D, E); A 0, B 1, C 2, D 3, E 4);
declares!((A, B, C, D, E, F); A 0, B 1, C 2, D 3, E 4, F 5);
declares!((A, B, C, D, E, F, G); A 0, B 1, C 2, D 3, E 4, F 5, G 6);
declares!((A, B, C, D, E, F, G, H); A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// What a step may take by reference: its context.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `&{Self}`: it is neither an event, a context nor a resource",
    label = "not a context",
    note = "take the run's context as `ctx: &Context<Self>`, and events by value"
)]
pub trait StepContext {
    /// What it may send.
    type Sends;
}

impl<W: Workflow, Sends> StepContext for Context<W, Sends> {
    type Sends = Sends;
}
