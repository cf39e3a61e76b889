use workflows_runtime::prelude::*;
::core::compile_error! {
    "W015: event `Joke` is generic, but an event is one type with one name\n  help: declare one event for each concrete type, or an enum"
}
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::workflows_runtime::__private::serde::Serialize,
    ::workflows_runtime::__private::serde::Deserialize
)]
#[serde(crate = "::workflows_runtime::__private::serde")]
struct Joke<T> {
    text: T,
}
