//! Shows a run of [`workflows_runtime`] in a terminal while it executes: a live table of its steps, the threads of the
//! executors, the last events and the open prompts.
//!
//! ```
//! use workflows_runtime::prelude::*;
//! use workflows_tui::watch;
//!
//! #[workflow]
//! struct Double;
//!
//! #[workflow]
//! impl Double {
//!     #[step]
//!     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
//!         Stop(n * 2)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let run = Double.run(21).step_events(true).start();
//! watch(&run).await?;
//! assert_eq!(run.await?, 42);
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//! Digest  3.2 s, running
//! step     runs on       queued  running  waiting  retrying     done   failed  retries      p50      p99
//! list     blocking io        0        0        0         0        1        0        0     42ms     42ms
//! read     blocking io       60        4        0         0       87        0        0    1.2ms    8.9ms
//! count    blocking cpu       4        2        0         0       81        0        0    3.1ms     12ms
//! score    blocking cpu       0        0        0         0        0        0        0        -        -
//! ```
//!
//! The table is drawn on the standard error, below what the terminal shows. In a narrow terminal it has fewer columns, in a
//! low one it shows the steps that have work. Where the standard error is no terminal, as in CI, [`watch`] prints a line of
//! progress each second instead.
//!
//! `queued` counts the inputs of a step that wait for one of its workers, and its blocking calls that wait for a thread.
//! A run reports its steps if it is started with [`step_events(true)`](workflows_runtime::Run::step_events); without it,
//! the columns from `done` on are empty. The events have no times: those of the table are the ones at which [`watch`]
//! reads them.

mod board;
mod columns;
mod lines;
mod screen;
mod watch;

pub use self::{
    board::{Board, StepRow},
    watch::{Watch, watch},
};
