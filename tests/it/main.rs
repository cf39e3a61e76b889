//! Integration tests of the runtime, a module per theme.
//!
//! Tests that need a process of their own, such as those with a global subscriber or a counting
//! allocator, are binaries next to this folder.

#![allow(clippy::unused_async, clippy::unused_self, reason = "steps are async methods")]
#![allow(clippy::type_complexity, reason = "the context lists what a step sends and waits for")]

mod batches;
mod blocking;
mod blocking_steps;
mod cancelled;
mod children;
mod collecting;
mod concurrency;
mod crashes;
mod driver;
mod events;
mod handles;
mod other_versions;
mod races;
mod recovery;
mod resources;
mod retry_policies;
mod sending;
mod snapshots;
mod state;
mod steps;
mod streams;
mod timeouts;
mod waits;
mod waits_again;
mod waits_resumed;
