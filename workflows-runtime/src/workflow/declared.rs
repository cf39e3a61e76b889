//! The types that the methods of a context accept: those in the list of `Context<Self, (..)>`, and the
//! workflow's `stream`.

use super::{Takes, Workflow};
use crate::{
    event::{Event, HumanResponse},
    one_of::{Holds, Member, Whole},
    sealed::{SEAL, Seal},
};

/// An event in the list of a context: an argument of [`Context::send`](crate::Context::send). This trait is
/// sealed.
///
/// The compiler infers `Index`, the position in the list.
#[diagnostic::on_unimplemented(
    message = "W023: this step does not declare that it sends `{Self}`",
    label = "not in the context's list, `{Sends}`",
    note = "declare it: `ctx: &Context<Self, ({Self},)>`"
)]
pub trait DeclaredBy<W: Workflow, Sends, Index>: Sized {
    #[doc(hidden)]
    fn into_event(self, seal: Seal) -> W::Event;
}

macro_rules! declared {
    ($all:tt; $($member:ident $at:literal),+) => { $(declared!(@one $all $member $at);)+ };
    (@one ($($all:ident),+) $member:ident $at:literal) => {
        #[diagnostic::do_not_recommend]
        impl<W, $($all),+> DeclaredBy<W, ($($all,)+), Member<$at>> for $member
        where
            W: Takes<$member, 0, Listed: MaySend<$member>>,
        {
            fn into_event(self, _: Seal) -> W::Event {
                W::wrap(self)
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

/// The position of a response, which is not a [`SendPosition`].
#[derive(Debug)]
pub struct Response;

#[diagnostic::do_not_recommend]
impl<W: Workflow, Sends, T> DeclaredBy<W, Sends, Response> for HumanResponse<T> {
    fn into_event(self, _: Seal) -> W::Event {
        unreachable!("rejected at compile time")
    }
}

/// The position of an event in the list of a context. Only [`Response`] is none, for the message.
#[diagnostic::on_unimplemented(
    message = "W023: a step cannot send `{E}`: responses come from clients of the run",
    label = "a response, not an event",
    note = "in the list of a context, it declares that the step waits: `ctx.wait_for::<..>().await` returns the response",
    note = "outside of the run, `RunHandle::send` sends a response; to pass a value to another step, send an event"
)]
pub trait SendPosition<E> {}

#[diagnostic::do_not_recommend]
impl<E, const AT: usize> SendPosition<E> for Member<AT> {}

/// Whether a step whose context lists `E` may send it.
pub trait MaySend<E> {}

/// Of a type that a step takes: an event may be sent, but a response may not, for which a list declares a wait.
#[derive(Debug)]
pub struct Taken;

/// Of a type that a context lists and no step takes. That is an error, so sending it is not reported again.
#[derive(Debug)]
pub struct Untaken;

#[diagnostic::do_not_recommend]
impl<E: Event> MaySend<E> for Taken {}
#[diagnostic::do_not_recommend]
impl<E> MaySend<E> for Untaken {}

/// An item of the `stream` of the workflow `W`: an argument of
/// [`Context::publish`](crate::Context::publish). This trait is sealed.
///
/// Implemented for the type of the stream and, if that is a [`OneOf`](crate::OneOf), for its members. The
/// compiler infers `Index`, the position of the member.
#[diagnostic::on_unimplemented(
    message = "W023: workflow `{W}` does not publish `{Self}`",
    label = "not the workflow's `stream` type",
    note = "declare it on the struct: `#[workflow(stream = {Self})]`, or a `OneOf` of several types"
)]
pub trait StreamItem<W: Workflow, Index>: Sized {
    #[doc(hidden)]
    fn into_stream(self, seal: Seal) -> W::Stream;
}

#[diagnostic::do_not_recommend]
impl<W: Workflow<Stream: StreamOf<T, Index>>, T, Index> StreamItem<W, Index> for T {
    fn into_stream(self, _: Seal) -> W::Stream {
        StreamOf::of(self)
    }
}

/// The type of a stream that has items of type `T`.
pub trait StreamOf<T, Index> {
    #[doc(hidden)]
    fn of(item: T) -> Self;
}

#[diagnostic::do_not_recommend]
impl<S: Holds<T, Index>, T, Index> StreamOf<T, Index> for S {
    fn of(item: T) -> Self {
        Holds::hold(item, SEAL)
    }
}

/// The position of a `&str` in a stream of `String`s, which is not a [`StreamPosition`].
#[derive(Debug)]
pub struct Borrowed;

impl StreamOf<&str, Borrowed> for String {
    fn of(item: &str) -> Self {
        item.to_owned()
    }
}

/// The position of an item in a stream. Only [`Borrowed`] is none, for the message.
#[diagnostic::on_unimplemented(
    message = "W023: the workflow's `stream` is a `String`, and this is a `&str`",
    label = "publishes a `&str`",
    note = "write `.to_owned()` after it"
)]
pub trait StreamPosition {}

#[diagnostic::do_not_recommend]
impl StreamPosition for Whole {}
#[diagnostic::do_not_recommend]
impl<const AT: usize> StreamPosition for Member<AT> {}

/// The workflow has a step whose context lists, in `List`, the answer `HumanResponse<T>`; the number
/// keeps apart implementations for one list under two names, and the one that counts is 0.
pub trait Awaits<List, T, const RANK: usize>: Workflow {
    /// The slot of such answers: the number of the first leaf of the graph that takes
    /// `HumanResponse<T>`.
    #[doc(hidden)]
    const SLOT: u16;
    /// [`Taken`], or [`Untaken`] if the list is an error.
    #[doc(hidden)]
    type Response: ResponseTo<Self, T>;
}

/// The response to a wait for `T`, as an event of the workflow.
pub trait ResponseTo<W: Workflow, T> {
    #[doc(hidden)]
    fn response_of(event: W::Event) -> Option<T>;
    #[doc(hidden)]
    fn event_of(response: T) -> W::Event;
}

#[diagnostic::do_not_recommend]
impl<W: Takes<HumanResponse<T>, 0>, T> ResponseTo<W, T> for Taken {
    fn response_of(event: W::Event) -> Option<T> {
        W::is(&event).then(|| W::take(event).0)
    }

    fn event_of(response: T) -> W::Event {
        W::wrap(HumanResponse(response))
    }
}

#[diagnostic::do_not_recommend]
impl<W: Workflow, T> ResponseTo<W, T> for Untaken {
    fn response_of(_: W::Event) -> Option<T> {
        unreachable!("rejected at compile time")
    }

    fn event_of(_: T) -> W::Event {
        unreachable!("rejected at compile time")
    }
}

/// A response in the list of a context: the type that [`Context::wait_for`](crate::Context::wait_for) waits
/// for. This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "W023: this step does not declare that it waits for `{Self}`",
    label = "no `HumanResponse<{Self}>` in the context's list, `{List}`",
    note = "name the inner type in the call, as in `ask_for::<Approval>(..)`, and declare it: `ctx: &Context<Self, (HumanResponse<Approval>,)>`"
)]
pub trait AwaitedBy<W: Workflow, List>: Sized {
    #[doc(hidden)]
    const SLOT: u16;
    #[doc(hidden)]
    fn from_event(event: W::Event) -> Option<Self>;
    #[doc(hidden)]
    fn into_event(self, seal: Seal) -> W::Event;
}

#[diagnostic::do_not_recommend]
impl<W: Awaits<List, T, 0>, List, T> AwaitedBy<W, List> for T {
    const SLOT: u16 = W::SLOT;

    fn from_event(event: W::Event) -> Option<Self> {
        W::Response::response_of(event)
    }

    fn into_event(self, _: Seal) -> W::Event {
        W::Response::event_of(self)
    }
}

/// The workflow has a step whose context lists, in `List`, the prompt `InputRequired<T>`; the number is
/// as in [`Awaits`].
pub trait Asks<List, T, const RANK: usize>: Workflow {
    #[doc(hidden)]
    fn asked(prompt: T) -> Self::Prompt;
}

/// A prompt in the list of a context: an argument of [`Context::ask`](crate::Context::ask) and
/// [`Context::ask_for`](crate::Context::ask_for). This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "W023: this step does not declare that it asks `{Self}`",
    label = "no `InputRequired<{Self}>` in the context's list, `{List}`",
    note = "ask the declared type; a `&str` becomes a `String` with `.to_owned()`",
    note = "or declare it: `ctx: &Context<Self, (InputRequired<{Self}>,)>`"
)]
pub trait AskedBy<W: Workflow, List>: Sized {
    #[doc(hidden)]
    fn into_prompt(self, seal: Seal) -> W::Prompt;
}

#[diagnostic::do_not_recommend]
impl<W: Asks<List, T, 0>, List, T> AskedBy<W, List> for T {
    fn into_prompt(self, _: Seal) -> W::Prompt {
        W::asked(self)
    }
}
