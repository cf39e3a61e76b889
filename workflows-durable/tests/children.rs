//! Children of durable runs: stored, found again, and ended with their parents.
#![allow(missing_docs)]

#[path = "children/crash.rs"]
mod crash;
#[path = "children/ends.rs"]
mod ends;
#[path = "children/family.rs"]
mod family;
#[path = "children/found.rs"]
mod found;
#[path = "common/logged.rs"]
mod logged;
#[path = "children/memory.rs"]
mod memory;
#[path = "children/parked.rs"]
mod parked;
