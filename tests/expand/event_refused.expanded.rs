use workflows_runtime::prelude::*;
::core::compile_error! {
    "W015: event `Joke` is generic, so that it would be many events under one name\n  help: write the concrete type, one event for each, or carry an enum"
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
