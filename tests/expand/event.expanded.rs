use workflows_runtime::prelude::*;
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::workflows_runtime::__private::serde::Serialize,
    ::workflows_runtime::__private::serde::Deserialize
)]
#[serde(crate = "::workflows_runtime::__private::serde")]
struct Joke {
    text: String,
}
#[automatically_derived]
impl ::workflows_runtime::__private::Sealed for Joke {}
#[automatically_derived]
impl ::workflows_runtime::Event for Joke {
    const NAME: &'static str = "Joke";
}
#[automatically_derived]
impl ::workflows_runtime::__private::Keyed for Joke {
    const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
        "Joke",
        ::core::module_path!(),
        ::core::line!(),
        ::core::column!(),
    );
}
#[derive(
    ::core::fmt::Debug,
    ::workflows_runtime::__private::serde::Serialize,
    ::workflows_runtime::__private::serde::Deserialize
)]
#[serde(crate = "::workflows_runtime::__private::serde")]
/// What the user derives is not derived again.
#[derive(PartialEq, Clone)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Good { why: String },
    Bad,
}
#[automatically_derived]
impl ::workflows_runtime::__private::Sealed for Verdict {}
#[automatically_derived]
impl ::workflows_runtime::Event for Verdict {
    const NAME: &'static str = "Verdict";
}
#[automatically_derived]
impl ::workflows_runtime::__private::Keyed for Verdict {
    const KEY: ::workflows_runtime::__private::EventKey = ::workflows_runtime::__private::EventKey::new(
            "Verdict",
            ::core::module_path!(),
            ::core::line!(),
            ::core::column!(),
        )
        .documented("What the user derives is not derived again.");
}
