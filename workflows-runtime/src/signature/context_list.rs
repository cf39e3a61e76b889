//! The list of a context: events that its step sends, prompts that it asks, responses that it waits for.

use super::checked::Placeholder;
use crate::event::{Event, HumanResponse, InputRequired, Payload};

/// One member of a list.
#[diagnostic::on_unimplemented(
    message = "W023: a context cannot list `{Self}`",
    label = "not an event",
    note = "list events to send, `InputRequired<..>` to ask and `HumanResponse<..>` to wait for, as in `&Context<Self, (Query, HumanResponse<Approval>)>`",
    note = "an event has `#[event]` on its declaration: wrap a type of another crate, `#[event] struct Name({Self});`",
    note = "a `Stop`, a batch or a `OneOf` is returned, not sent"
)]
pub trait Listed {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<E: Event> Listed for E {}

#[diagnostic::do_not_recommend]
impl<T: Payload> Listed for InputRequired<T> {}

#[diagnostic::do_not_recommend]
impl<T: Payload> Listed for HumanResponse<T> {}

#[diagnostic::do_not_recommend]
impl Listed for Placeholder {}

/// A whole list.
#[diagnostic::on_unimplemented(
    message = "W023: `{Self}` is not a list of a context",
    label = "not a tuple of up to twelve events",
    note = "write a tuple, such as `(Query,)` with a comma, or `(Query, InputRequired<Ask>, HumanResponse<Approval>)`"
)]
pub trait List {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl List for () {}
#[diagnostic::do_not_recommend]
impl List for Placeholder {}

/// A list whose prompts and responses the signature names.
#[diagnostic::on_unimplemented(
    message = "W026: the context's list is behind a type alias, but `#[workflow]` must see its `InputRequired` and `HumanResponse`",
    label = "an alias of `{Self}`",
    note = "write the list in the signature: `ctx: &Context<Self, (..)>`; the types inside `InputRequired<..>` and `HumanResponse<..>` may be aliases"
)]
pub trait VisibleList {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl VisibleList for Placeholder {}

macro_rules! lists {
    ($first:ident $($rest:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$first: Listed, $($rest: Listed),*> List for ($first, $($rest,)*) {}
        lists!($($rest)*);
    };
    () => {};
}

lists!(A B C D E F G H I J K L);
