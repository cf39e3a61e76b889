//! Steps and functions in processes of their own.
//!
//! `#[blocking(cpu, isolated)]` and `#[blocking(io, isolated)]` execute code in another process: code that crashes,
//! leaks, hangs, holds locks, or cannot be stopped. Whatever happens to that process, this one continues:
//!
//! | the code | the step |
//! |---|---|
//! | aborts, is killed by a signal, overflows its stack, exits, runs out of memory | fails with [`IsolatedError::Died`], which names the signal or the exit code, and has the last lines of stderr |
//! | takes longer than `isolated(timeout = "5s")` | fails with [`IsolatedError::TimedOut`] |
//! | panics | fails with [`Panicked`](crate::Panicked); the process lives on |
//!
//! The step's retry policy decides about each of them. A step that times out, is cancelled or loses a race does not
//! leave anything running: its process is killed, with all processes that it has started.
//!
//! # Setup
//!
//! The other process is the same program, started once more. Call [`init`] first in `main`, with the workflows and
//! functions that have isolated code:
//!
//! ```no_run
//! use workflows_runtime::{isolated, isolated::Registry, prelude::*};
//!
//! #[blocking(cpu, isolated(timeout = "5s", memory = "1GiB"))]
//! fn checksum(data: String) -> u64 {
//!     data.bytes().map(u64::from).sum()
//! }
//!
//! #[tokio::main]
//! async fn main() {
//!     isolated::init(|| Registry::new().function(checksum));
//!     assert_eq!(checksum("abc".to_owned()).await, 294);
//! }
//! ```
//!
//! In a test binary, whose `main` belongs to the test harness, use [`worker_test!`].
//!
//! # What crosses
//!
//! Arguments and results are serialized, so their types implement `Serialize` and `Deserialize` (W051), like events.
//! An option in an option and an option of a unit have a single empty value there, as in JSON. `Some(None)` and
//! `Some(())` would arrive as `None`, so a call with one fails.
//!
//! An isolated process inherits the environment and the working directory, and nothing else: statics, thread-locals
//! and the fields of the workflow are its own. In it, the workflow is the one in the [`Registry`], and its resources
//! are created once more. stdin is empty. [`IsolatedOutput`] says where stdout and stderr go.
//!
//! # Processes
//!
//! Processes are started when there are calls for them, and execute one call at a time.
//! [`isolated_processes`](crate::ExecutorsBuilder::isolated_processes) bounds their number. They end with their
//! [`Executors`](crate::Executors), and with this process, also if it is killed. A call needs a tokio runtime with I/O
//! enabled, or none at all.
//!
//! `isolated(recycle_after = 100)` replaces a process after so many calls, against leaks. `isolated(memory = "1GiB")`
//! limits the memory of the process while it executes the call (Unix only): an allocation beyond it fails, which aborts
//! most programs.

mod function;
mod init;
mod registry;
mod serve;

#[doc(inline)]
pub use self::init::worker_test;
pub use self::{
    function::{IsolatedCall, IsolatedFunction, IsolatedFuture, call},
    init::{init, init_in_test},
    registry::Registry,
};
pub use crate::process::{IsolatedError, IsolatedOutput, IsolatedValue, ProcessExit, ProcessMetrics};
// Not in a hidden module, where the notes of W051 would name its private path.
#[doc(hidden)]
pub use crate::process::{ValueCodec, isolated_value};
