//! Traits that are as good as others, with the words for what is mixed up at one place of a
//! signature. They have no supertraits, of which the compiler would speak instead.

use crate::{Payload, StepError, StepInput, StepOutput};

/// A parameter that is not a tuple.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take the tuple `{Self}`",
    label = "several events in one parameter",
    note = "take each event as a parameter of its own, `a: A, b: B`: the step runs once one of each has arrived"
)]
pub trait NotATuple {
    /// To ask for in generated code.
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
    /// To ask for in generated code.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAContext for T {}

/// A parameter that is not a prompt.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `{Self}`: prompts are published to the client",
    label = "prompts are returned, not taken",
    note = "take the response: `HumanResponse<..>`"
)]
pub trait NotAPrompt {
    /// To ask for in generated code.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAPrompt for T {}

/// An output that is not the start.
#[diagnostic::on_unimplemented(
    message = "W034: a step cannot return `{Self}`: a run starts once, with its input",
    label = "`Start` is taken, not returned",
    note = "return an event of your own, and add a step that takes it"
)]
pub trait NotAStart {
    /// To ask for in generated code.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepOutput> NotAStart for T {}

/// What stands inside `Start`, `Stop`, `InputRequired` and `HumanResponse`.
#[diagnostic::on_unimplemented(
    message = "W037: `{Self}` cannot be part of a run",
    label = "must implement `Clone`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
    note = "add `#[derive(Clone, Serialize, Deserialize)]` to `{Self}`"
)]
pub trait Carried {
    /// To ask for in generated code.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Payload> Carried for T {}

/// An error with which a step may fail.
#[diagnostic::on_unimplemented(
    message = "W038: a step cannot fail with `{Self}`: it does not convert into a `StepError`",
    label = "not an error",
    note = "for a type of another crate, return a `StepResult<..>` and convert the error: `.map_err(StepError::msg)?`",
    note = "for a type of this crate, implement `std::error::Error`; it must be `Send`, `Sync` and `'static`"
)]
pub trait Failing {
    /// To ask for in generated code.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<E: Into<StepError>> Failing for E {}
