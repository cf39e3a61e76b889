//! A kit for tests of workflows. Needs the feature `testing`.
//!
//! [`Run::test`] turns a run into a test of it. Awaiting the test drives the run to its end, in virtual time, and
//! returns a [`Record`] of everything that has happened:
//!
//! ```
//! use workflows_runtime::{prelude::*, testing::Fault};
//!
//! #[event]
//! struct Approved { amount: u32 }
//!
//! #[event]
//! #[derive(PartialEq)]
//! struct Paid { receipt: u32 }
//!
//! #[workflow]
//! struct Shop;
//!
//! #[workflow]
//! impl Shop {
//!     #[step]
//!     async fn approve(
//!         &self,
//!         ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
//!         Start(amount): Start<u32>,
//!     ) -> StepResult<Approved> {
//!         if !ctx.ask_for::<bool>(format!("spend {amount}?")).await {
//!             return Err(StepError::msg("declined"));
//!         }
//!         Ok(Approved { amount })
//!     }
//!
//!     /// Takes real money.
//!     #[step(retry = Retry::fixed(Duration::from_secs(60)).max_attempts(3))]
//!     async fn pay(&self, approved: Approved) -> StepResult<Paid> {
//!         Err(StepError::msg(format!("no bank in this example for {}", approved.amount)))
//!     }
//!
//!     #[step]
//!     async fn ship(&self, paid: Paid) -> Stop<String> {
//!         Stop(format!("shipped, receipt {}", paid.receipt))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // In a `#[tokio::test]`:
//! let record = Shop
//!     .run(30)
//!     .test()
//!     .answer(true)
//!     .replace("pay", |approved: Approved| Paid { receipt: approved.amount + 1000 })
//!     .fault("pay", 1, Fault::error("the bank is closed"))
//!     .await;
//!
//! assert_eq!(record.output(), "shipped, receipt 1030");
//! assert_eq!(record.asked(), ["spend 30?"]);
//! assert_eq!(record.returned::<Paid>(), [Paid { receipt: 1030 }]);
//! assert_eq!(record.attempts("pay"), 2);
//! assert_eq!(record.elapsed(), Duration::from_secs(60));
//! # }
//! ```
//!
//! | to | use |
//! |---|---|
//! | look at a whole run | [`Record`] |
//! | answer prompts | [`answer`](Test::answer), [`answer_with`](Test::answer_with) |
//! | replace a step | [`replace`](Test::replace), [`replace_async`](Test::replace_async) |
//! | let a step fail, panic, hang or take long | [`fault`](Test::fault) |
//! | look at the run between two events | [`start`](Test::start) |
//! | find bugs that depend on the order of events | [`interleave`] |
//! | find bugs after a crash | [`resume_everywhere`] |
//! | call one step | [`Context::detached`](crate::Context::detached) |
//! | keep properties of the graph, and its picture | [`assert_only_reached_through`](WorkflowGraph::assert_only_reached_through) and its siblings, [`assert_snapshot`](WorkflowGraph::assert_snapshot) |
//!
//! # Virtual time
//!
//! While a test drives a run, tokio's clock is paused: timers expire as soon as nothing else can happen, in order, and
//! a test with delays of hours takes milliseconds. Blocking code on any executor holds the clock while it runs. The
//! clock is resumed after the test, unless it was paused before. This needs the current-thread runtime, which
//! `#[tokio::test]` creates; [`real_time`](Test::real_time) uses the real clock, in any runtime.
//!
//! See [`guide::testing`](crate::guide::testing).

mod answers;
mod caught;
mod changes;
mod fault;
mod graph;
mod interleave;
mod record;
mod resume;
mod steps;
mod test;
mod test_run;
mod time;

pub use self::{
    fault::{Attempts, Fault},
    interleave::interleave,
    record::Record,
    resume::resume_everywhere,
    steps::StubInput,
    test::Test,
    test_run::TestRun,
};
#[doc(no_inline)]
pub use crate::signature::Emit as StubOutput;

#[cfg(doc)]
use crate::{graph::WorkflowGraph, run::Run};
