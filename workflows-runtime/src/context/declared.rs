//! What a step has to declare, so that its context does it: the list in `Context<Self, (..)>`, and the
//! workflow's `stream`.

use super::Context;
use crate::{
    Event, HumanResponse, Payload, Workflow,
    graph::Unknown,
    one_of::{Holds, Member},
    workflow::{TakenBy, Takes},
};

/// An event that the context's list has: what [`Context::send`] takes.
#[diagnostic::on_unimplemented(
    message = "W023: this step does not declare that it sends `{Self}`",
    label = "not in the context's list, `{Sends}`",
    note = "declare it: `ctx: &Context<Self, ({Self},)>`"
)]
pub trait DeclaredBy<W: Workflow, Sends, At>: Event {
    #[doc(hidden)]
    fn into_event(self) -> W::Event;
}

macro_rules! declared {
    ($all:tt; $($member:ident $at:literal),+) => { $(declared!(@one $all $member $at);)+ };
    (@one ($($all:ident),+) $member:ident $at:literal) => {
        #[diagnostic::do_not_recommend]
        impl<W: Workflow, $($all),+> DeclaredBy<W, ($($all,)+), Member<$at>> for $member
        where
            $member: Event + TakenBy<W>,
        {
            fn into_event(self) -> W::Event {
                TakenBy::into_event(self)
            }
        }
    };
}

declared!((A); A 0);
declared!((A, B); A 0, B 1);
declared!((A, B, C); A 0, B 1, C 2);
declared!((A, B, C, D); A 0, B 1, C 2, D 3);
declared!((A, B, C, D, E); A 0, B 1, C 2, D 3, E 4);
declared!((A, B, C, D, E, F); A 0, B 1, C 2, D 3, E 4, F 5);
declared!((A, B, C, D, E, F, G); A 0, B 1, C 2, D 3, E 4, F 5, G 6);
declared!((A, B, C, D, E, F, G, H); A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
declared!((A, B, C, D, E, F, G, H, I); A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
declared!((A, B, C, D, E, F, G, H, I, J); A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
declared!((A, B, C, D, E, F, G, H, I, J, K); A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
declared!((A, B, C, D, E, F, G, H, I, J, K, L); A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// An item of the workflow's `stream`, or of one of its members: what [`Context::publish`] takes.
#[diagnostic::on_unimplemented(
    message = "W023: workflow `{W}` does not publish `{Self}`",
    label = "not the workflow's `stream` type",
    note = "declare it on the struct: `#[workflow(stream = {Self})]`, or a `OneOf` of several types"
)]
pub trait StreamItem<W: Workflow, At>: Sized {
    #[doc(hidden)]
    fn into_stream(self) -> W::Stream;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow<Stream: Holds<T, At>>, T, At> StreamItem<W, At> for T {
    fn into_stream(self) -> W::Stream {
        Holds::hold(self)
    }
}

/// What a step of the workflow `W` may take by reference: its context.
#[diagnostic::on_unimplemented(
    message = "W017: a step of `{W}` cannot take `&{Self}`: it is not the context",
    label = "not a context of `{W}`",
    note = "write `ctx: &Context<Self>` for the context, and `#[resource(name)]` in front of a resource"
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

#[diagnostic::do_not_recommend]
impl<W: Workflow> StepContext<W> for Unknown {
    type Sends = Self;

    fn of(_: Context<W, Self>) -> Self {
        unreachable!("refused at compile time")
    }
}

/// The workflow has a step whose context lists, in `List`, the answer `HumanResponse<T>`; the number
/// keeps apart implementations for one list under two names, and the one that counts is 0.
pub trait Awaits<List, T, const RANK: usize>: Workflow {
    /// The slot of such answers: the number of the first leaf of the graph that takes
    /// `HumanResponse<T>`.
    #[doc(hidden)]
    const SLOT: u16;
}

/// The type of an answer that the context's list has: what [`Context::wait_for`] waits for.
#[diagnostic::on_unimplemented(
    message = "W023: this step does not declare that it waits for `{Self}`",
    label = "no `HumanResponse<{Self}>` in the context's list, `{List}`",
    note = "name the inner type in the call, as in `ask_for::<Approval>(..)`, and declare it: `ctx: &Context<Self, (HumanResponse<Approval>,)>`"
)]
pub trait AwaitedBy<W: Workflow, List>: Payload {
    #[doc(hidden)]
    const SLOT: u16;
    #[doc(hidden)]
    fn from_event(event: W::Event) -> Option<Self>;
    #[doc(hidden)]
    fn into_event(self) -> W::Event;
}

#[diagnostic::do_not_recommend]
impl<W: Awaits<List, T, 0> + Takes<HumanResponse<T>, 0>, List, T: Payload> AwaitedBy<W, List> for T {
    const SLOT: u16 = W::SLOT;

    fn from_event(event: W::Event) -> Option<Self> {
        W::is(&event).then(|| W::take(event).0)
    }

    fn into_event(self) -> W::Event {
        W::wrap(HumanResponse(self))
    }
}

/// The workflow has a step whose context lists, in `List`, the prompt `InputRequired<T>`; the number is
/// as in [`Awaits`].
pub trait Asks<List, T, const RANK: usize>: Workflow {
    #[doc(hidden)]
    fn asked(prompt: T) -> Self::Prompt;
}

/// A prompt that the context's list has: what [`Context::ask`] and [`Context::ask_for`] ask.
#[diagnostic::on_unimplemented(
    message = "W023: this step does not declare that it asks `{Self}`",
    label = "no `InputRequired<{Self}>` in the context's list, `{List}`",
    note = "declare it: `ctx: &Context<Self, (InputRequired<{Self}>,)>`; the prompt must have exactly the declared type"
)]
pub trait AskedBy<W: Workflow, List>: Sized {
    #[doc(hidden)]
    fn into_prompt(self) -> W::Prompt;
}

#[diagnostic::do_not_recommend]
impl<W: Asks<List, T, 0>, List, T> AskedBy<W, List> for T {
    fn into_prompt(self) -> W::Prompt {
        W::asked(self)
    }
}
