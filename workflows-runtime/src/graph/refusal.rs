//! Traits that are as good as [`StepInput`] and [`StepOutput`], with the words for what is often
//! mixed up. Which one is asked for depends on what stands in the signature.

use crate::{StepInput, StepOutput};

/// A parameter that is not a tuple.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take the tuple `{Self}`",
    label = "several events in one parameter",
    note = "take each event as a parameter of its own, `a: A, b: B`: the step runs once one of each has arrived"
)]
pub trait NotATuple: StepInput {}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotATuple for T {}

/// Insists on it.
pub const fn not_a_tuple<T: NotATuple>() {}

/// A parameter that is not the context.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take its context by value",
    label = "not a reference",
    note = "write `ctx: &Context<Self>`"
)]
pub trait NotAContext: StepInput {}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAContext for T {}

/// Insists on it.
pub const fn not_a_context<T: NotAContext>() {}

/// A parameter that is not a prompt.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `{Self}`: a prompt goes to the outside",
    label = "not what comes back",
    note = "take the answer, as `HumanResponse<..>`"
)]
pub trait NotAPrompt: StepInput {}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAPrompt for T {}

/// Insists on it.
pub const fn not_a_prompt<T: NotAPrompt>() {}

/// An output that is not the start.
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`: a run starts once, with its input",
    label = "not an output",
    note = "return an event, and let a step that takes this event do what those that take `Start<..>` do"
)]
pub trait NotAStart: StepOutput {}

#[diagnostic::do_not_recommend]
impl<T: StepOutput> NotAStart for T {}

/// Insists on it.
pub const fn not_a_start<T: NotAStart>() {}
