//! Guides, one topic a page. The [crate page](crate) is the introduction: read it first. The pages below follow in the
//! order in which most programs need them, and each can be read alone.
//!
//! **Writing steps**
//!
//! | page | topic |
//! |---|---|
//! | [`state`] | the state that the steps of a run share |
//! | [`sending`] | [`Context::send`](crate::Context::send) and [`Context::collect`](crate::Context::collect) |
//! | [`resources`] | `#[resource]` factories and `#[config]` files |
//! | [`generics`] | type parameters: a client that a test replaces |
//! | [`blocking`] | `#[blocking]`, [`Executors`](crate::Executors), and how blocking calls are found |
//! | [isolated processes](blocking#thread-or-process) | code that may crash, hang or leak |
//!
//! **When things go wrong, or take long**
//!
//! | page | topic |
//! |---|---|
//! | [`retries`] | [`Retry`](crate::Retry), and retry policies of your own |
//! | [`error_handlers`] | `#[catch_error]`: continuing after a step has failed |
//! | [`human_in_the_loop`] | prompts, responses and waits |
//! | [`snapshots`] | pausing a run, and resuming it in another process |
//! | `workflows-durable`, a crate of its own | recording each run in a store, such as `SQLite`, and continuing it after a crash |
//! | [`children`] | running a workflow in a step of another one |
//!
//! **Looking at it**
//!
//! | page | topic |
//! |---|---|
//! | [`graph`](mod@graph) | the graph as data and as a picture, and runs that can stall |
//! | [`observability`] | logs, spans, traces and counts: what a run is doing |
//! | `testing` | tests of workflows, with the feature `testing` |
//! | [`three_nets`] | the three checks for blocking code, and what each sees |
//!
//! **Whole programs**
//!
//! | page | topic |
//! |---|---|
//! | [`cookbook`] | rate limits, map and reduce, agents, approvals, sagas |
//! | [`web_service`] | serving runs over HTTP: start, stream, answer, list |
//! | [`llama_index`] | for users of LlamaIndex Workflows: each feature, there and here |
//!
//! **To look things up**
//!
//! | page | topic |
//! |---|---|
//! | [`codes`] | the compiler errors, by code, each with its fix |
//! | [`blocking_catalog`] | the calls that are known to block, with their async equivalents |
//!
//! The pages exist in the documentation only.

#[doc = include_str!("../docs/blocking.md")]
pub mod blocking {}

#[doc(inline)]
pub use crate::blocking::known::page as blocking_catalog;

#[doc = include_str!("../docs/children.md")]
pub mod children {}

#[doc = include_str!("../docs/codes.md")]
pub mod codes {}

#[doc = include_str!("../docs/cookbook.md")]
pub mod cookbook {}

#[doc = include_str!("../docs/error_handlers.md")]
pub mod error_handlers {}

#[doc = include_str!("../docs/generics.md")]
pub mod generics {}

#[doc = include_str!("../docs/graph.md")]
pub mod graph {}

#[doc = include_str!("../docs/human_in_the_loop.md")]
pub mod human_in_the_loop {}

#[doc = include_str!("../docs/llama_index.md")]
pub mod llama_index {}

#[doc = include_str!("../docs/observability.md")]
pub mod observability {}

#[doc = include_str!("../docs/resources.md")]
pub mod resources {}

#[doc = include_str!("../docs/retries.md")]
pub mod retries {}

#[doc = include_str!("../docs/sending.md")]
pub mod sending {}

#[doc = include_str!("../docs/snapshots.md")]
pub mod snapshots {}

#[doc = include_str!("../docs/state.md")]
pub mod state {}

#[cfg(feature = "testing")]
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/three_nets.md")]
pub mod three_nets {}

// Its programs need axum, so the example `web` tests them.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/web_service.md")]
pub mod web_service {}
