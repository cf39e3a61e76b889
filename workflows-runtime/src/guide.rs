//! Guides, one topic a page. The [crate page](crate) is the introduction.
//!
//! | page | topic |
//! |---|---|
//! | [`blocking`] | `#[blocking]`, [`Executors`](crate::Executors), and how blocking calls are found |
//! | [`blocking_catalog`] | the calls that are known to block, with their async equivalents |
//! | [`children`] | running a workflow in a step of another one |
//! | [`codes`] | the compiler errors, by code, each with its fix |
//! | [`error_handlers`] | `#[catch_error]`: continuing after a step has failed |
//! | [`generics`] | type parameters: a client that a test replaces |
//! | [`graph`](mod@graph) | the graph as data and as a picture, and runs that can stall |
//! | [`human_in_the_loop`] | prompts, responses and waits |
//! | [`observability`] | logs, spans, traces and counts: what a run is doing |
//! | [`resources`] | `#[resource]` factories and `#[config]` files |
//! | [`retries`] | [`Retry`](crate::Retry), and retry policies of your own |
//! | [`sending`] | [`Context::send`](crate::Context::send) and [`Context::collect`](crate::Context::collect) |
//! | [`snapshots`] | pausing a run, and resuming it in another process |
//! | [`state`] | the state that the steps of a run share |
//! | `testing` | tests of workflows, with the feature `testing` |
//! | [`three_nets`] | the three checks for blocking code, and what each sees |
//! | [`web_service`] | serving runs over HTTP: start, stream, answer, list |
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

#[doc = include_str!("../docs/error_handlers.md")]
pub mod error_handlers {}

#[doc = include_str!("../docs/generics.md")]
pub mod generics {}

#[doc = include_str!("../docs/graph.md")]
pub mod graph {}

#[doc = include_str!("../docs/human_in_the_loop.md")]
pub mod human_in_the_loop {}

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
