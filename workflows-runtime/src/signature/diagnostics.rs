//! Marker traits that exist for the text of their `#[diagnostic::on_unimplemented]`. Each is implemented for every
//! type with the trait that is required, and has no supertraits, because rustc would report the supertrait.

use super::{input::StepInput, output::StepOutput};
use crate::{error::StepError, event::Payload};

/// A parameter that is not a tuple.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take the tuple `{Self}`",
    label = "several events in one parameter",
    note = "take each event as a parameter of its own, `a: A, b: B`: the step runs once one of each has arrived"
)]
pub trait NotATuple {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotATuple for T {}

/// A parameter that is not the context.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take its context by value",
    label = "not a reference",
    note = "write `ctx: &Context<Self>`"
)]
pub trait NotAContext {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAContext for T {}

/// A parameter that is not a prompt.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `{Self}`: a prompt goes to the outside",
    label = "not what comes back",
    note = "take the answer, as `HumanResponse<..>`"
)]
pub trait NotAPrompt {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAPrompt for T {}

/// An output that is not the start.
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`: a run starts once, with its input",
    label = "not an output",
    note = "return an event, and let a step that takes this event do what those that take `Start<..>` do"
)]
pub trait NotAStart {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepOutput> NotAStart for T {}

/// A type inside `Start`, `Stop`, `InputRequired` or `HumanResponse`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be carried into, out of or through a run",
    label = "needs `Clone`, `Serialize`, `Deserialize`, `Send` and `Sync`, and may borrow nothing",
    note = "derive `Clone, Serialize, Deserialize` on it, or put `#[event]` on it, which derives them"
)]
pub trait Carried {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Payload> Carried for T {}

/// An error with which a step may fail.
#[diagnostic::on_unimplemented(
    message = "a step cannot fail with `{Self}`: it does not convert into a `StepError`",
    label = "not an error",
    note = "implement `std::error::Error` for `{Self}`, which must also be `Send`, `Sync` and `'static`; or write `impl From<{Self}> for StepError`"
)]
pub trait Failing {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<E: Into<StepError>> Failing for E {}
