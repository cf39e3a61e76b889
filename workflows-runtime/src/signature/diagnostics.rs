//! Checks of generated code whose only purpose is the text of a compiler error.
//!
//! The marker traits are implemented for every type with the trait that is required. They have no supertraits,
//! because rustc would report the supertrait instead.

use super::{
    checked::{Checked, Placeholder},
    input::StepInput,
    output::StepOutput,
};
use crate::{
    const_text::{Text, equal},
    error::StepError,
    event::Payload,
};
use core::{
    marker::PhantomData,
    ops::{Deref, DerefMut},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

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
    message = "W017: a step cannot take `{Self}`: prompts are published to the client",
    label = "prompts are returned, not taken",
    note = "take the response: `HumanResponse<..>`"
)]
pub trait NotAPrompt {
    /// Named by generated code to require the trait.
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
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepOutput> NotAStart for T {}

/// An error with which a step may fail.
#[diagnostic::on_unimplemented(
    message = "W038: a step cannot fail with `{Self}`: it does not convert into a `StepError`",
    label = "not an error",
    note = "for a type of this crate, implement `std::error::Error`; it must be `Send`, `Sync` and `'static`, as in `Box<dyn Error + Send + Sync>`",
    note = "for a type of another crate, return a `StepResult<..>` and convert the error: `.map_err(|error| StepError::msg(error.to_string()))?`"
)]
pub trait Failing {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<E: Into<StepError>> Failing for E {}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident: $message:literal;)*) => {
        $(
            $(#[$doc])*
            #[diagnostic::on_unimplemented(
                message = $message,
                label = "must implement `Clone`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
                note = "add `#[derive(Clone, Serialize, Deserialize)]` to a type of this crate; for another one, use a type of your own with its data"
            )]
            pub trait $name {
                /// Named by generated code to require the trait.
                const IS: () = ();
            }

            #[diagnostic::do_not_recommend]
            impl<T: Payload> $name for T {}
        )*
    };
}

payloads! {
    /// The type inside `Start<..>`.
    InStart: "W037: `{Self}` cannot be used in `Start<..>`";
    /// The type inside `Stop<..>`.
    InStop: "W037: `{Self}` cannot be used in `Stop<..>`";
    /// The type inside `InputRequired<..>`.
    InInputRequired: "W037: `{Self}` cannot be used in `InputRequired<..>`";
    /// The type inside `HumanResponse<..>`.
    InHumanResponse: "W037: `{Self}` cannot be used in `HumanResponse<..>`";
}

/// A parameter that is not a reference to an event.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `&{Self}`: events are taken by value",
    label = "an event",
    note = "write `{Self}`, without the `&`"
)]
pub trait TakenByValue {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl TakenByValue for Placeholder {}

/// A parameter that is not an `Option`.
#[diagnostic::on_unimplemented(
    message = "W017: a step cannot take `{Self}`: it runs only for events that were emitted",
    label = "not an event",
    note = "take the event itself, without the `Option`; a step that returns `None` emits nothing",
    note = "if the run's input is optional, take `Start<{Self}>`"
)]
pub trait NotAnOption {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: StepInput> NotAnOption for T {}

/// A struct with `#[workflow]`. The `impl` with `#[workflow]` requires it once, and everything that it generates
/// depends on the constant: if that is an error, the compiler reports nothing else about the workflow.
#[diagnostic::on_unimplemented(
    message = "W040: `{Self}` is not declared as a workflow",
    label = "its declaration has no `#[workflow]`",
    note = "put `#[workflow]` on the declaration of `{Self}`, too"
)]
pub trait Declared {
    /// `true`; an error if a field cannot be shared.
    const IS_SHAREABLE: bool = true;
}

/// The type of a field of the workflow `W`.
#[diagnostic::on_unimplemented(
    message = "W045: workflow `{W}` cannot have a field of type `{Self}`: runs on several threads share it",
    label = "not `Send` and `Sync`",
    note = "use `Arc` in place of `Rc`, `Mutex` in place of `RefCell`, and an atomic in place of `Cell`",
    note = "data that changes during a run belongs in its state: `#[workflow(state = ..)]`"
)]
pub trait WorkflowField<W> {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<W> WorkflowField<W> for Placeholder {}

/// The items that a workflow publishes.
#[diagnostic::on_unimplemented(
    message = "W055: `{Self}` cannot be published: it does not implement `Clone`",
    label = "each reader of the run receives a clone",
    note = "add `#[derive(Clone)]` to `{Self}`; a `OneOf` is `Clone` if its members are"
)]
pub trait RunStream {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl RunStream for Placeholder {}

/// The state of a run.
#[diagnostic::on_unimplemented(
    message = "W044: `{Self}` cannot be the state of a workflow",
    label = "must implement `Clone`, `Default`, `Serialize`, `Deserialize`, `Send` and `Sync`, and own its data",
    note = "add `#[derive(Clone, Default, Serialize, Deserialize)]` to `{Self}`"
)]
pub trait RunState {
    /// Named by generated code to require the trait.
    const IS: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static> RunState for T {}

#[diagnostic::do_not_recommend]
impl RunState for Placeholder {}

/// Selects the state type of a workflow: implemented by the checked type.
pub trait StateOf {
    /// The type, or [`RefusedState`] if it cannot be the state of a workflow.
    type State;
}

impl<T> StateOf for Checked<T, true> {
    type State = T;
}

impl<T> StateOf for Checked<T, false> {
    type State = RefusedState<T>;
}

/// Takes the place of a state that is refused, so the compiler reports nothing else about it.
#[derive(Debug)]
pub struct RefusedState<T>(PhantomData<fn() -> T>);

impl<T> Clone for RefusedState<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for RefusedState<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T> Serialize for RefusedState<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, T> Deserialize<'de> for RefusedState<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self(PhantomData))
    }
}

impl<T> Deref for RefusedState<T> {
    type Target = T;

    fn deref(&self) -> &T {
        unreachable!("refused at compile time")
    }
}

impl<T> DerefMut for RefusedState<T> {
    fn deref_mut(&mut self) -> &mut T {
        unreachable!("refused at compile time")
    }
}

/// Takes the place of the module that `known_blocking!` declares, in crates that do not use it.
pub mod no_known_blocking {
    /// The names of the listed calls: none.
    pub const NAMES: &[&str] = &[];
}

/// W013: refuses code that calls a name of the crate's `known_blocking!` but is checked without that list.
///
/// # Panics
///
/// If `listed` contains one of the names in `called`.
#[track_caller]
pub const fn refuse_listed(listed: &[&str], called: &[&str], checked: &str, attribute: &str) {
    let mut i = 0;
    while i < listed.len() {
        let mut j = 0;
        while j < called.len() {
            if equal(listed[i], called[j]) {
                Text::new("W013")
                    .name(checked)
                    .and(" calls ")
                    .name(listed[i])
                    .and(", which `known_blocking!` lists, but is checked without the list")
                    .help()
                    .and("write ")
                    .name(attribute)
                    .fail();
            }
            j += 1;
        }
        i += 1;
    }
}

/// Evaluates `$check`, an expression that names `__known_blocking` and `__CALLED`.
///
/// Paths in expressions are resolved after all macros are expanded. So `__known_blocking` is the module in
/// the crate root, if `known_blocking!` declares one anywhere in the crate, and the fallback otherwise.
#[doc(hidden)]
#[macro_export]
#[allow(clippy::crate_in_macro_def, reason = "the crate root of the user")]
macro_rules! __refuse_listed {
    ([$($called:literal),*] $check:expr) => {
        const _: () = {
            use $crate::__private::no_known_blocking as __known_blocking;
            const __CALLED: &[&::core::primitive::str] = &[$($called),*];
            const _: () = {
                use crate::*;
                $check
            };
        };
    };
}

/// Takes the place of an `.await` that is refused, so the compiler does not report it again.
///
/// # Panics
///
/// Always. The code that calls it does not compile.
#[allow(clippy::must_use_candidate, reason = "a refused `.await` must not bring a warning as well")]
pub fn awaited<F: IntoFuture>(_: F) -> F::Output {
    unreachable!("refused at compile time")
}
