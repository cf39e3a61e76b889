//! Integration tests of the runtime, a module per theme.
//!
//! Blocking code and observability are binaries of their own: one binary with everything takes minutes and much memory
//! to compile.
//!
//! Tests that need a process of their own, such as those with a global subscriber or a counting
//! allocator, are binaries next to this folder.

#![allow(clippy::unused_async, clippy::unused_self, reason = "steps are async methods")]
#![allow(clippy::type_complexity, reason = "the context lists what a step sends and waits for")]

mod batches;
mod behavior;
mod cancel;
mod child;
mod collect;
mod concurrency;
mod driver;
mod durable;
mod error;
mod event;
mod event_fields;
mod generic;
mod handle;
mod join;
mod layout;
mod panic;
mod race;
mod recovery;
mod remote;
mod resource;
mod retry;
mod send;
mod snapshot;
mod state;
mod steps;
mod stream;
mod testing;
mod timeout;
mod wait;
