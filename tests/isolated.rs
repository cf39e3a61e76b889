//! Isolated code, in a test binary of its own: each test asserts that no process, socket or pipe is left.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]

#[path = "isolated/broken.rs"]
mod broken;
#[path = "isolated/calls.rs"]
mod calls;
#[path = "isolated/common.rs"]
mod common;
#[path = "isolated/deaths.rs"]
mod deaths;
#[path = "isolated/environment.rs"]
mod environment;
#[path = "isolated/kills.rs"]
mod kills;
#[path = "isolated/steps.rs"]
mod steps;

use workflows_runtime::{isolated, isolated::Registry};

isolated::worker_test!(worker, registry());

fn registry() -> Registry {
    // A worker that behaves badly on purpose.
    broken::behave_badly();
    let registry = steps::register(kills::register(deaths::register(calls::register(Registry::new()))));
    environment::register(registry)
}
