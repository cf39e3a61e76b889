//! A run: its builder, its handle, its events, and the driver that keeps it going.

mod builder;
mod clock;
mod driver;
mod event;
mod handle;
mod id;
mod instance;
mod job;
mod outlet;
mod shared;
mod slots;
mod watch;

pub use self::{
    builder::{Flow, Run},
    event::{End, EventStream, RunEvent},
    handle::{RunHandle, RunResult},
    id::RunId,
    instance::Instances,
    job::{Job, Outcome},
    watch::{Overrun, PollOverrun},
};
pub(crate) use self::{job::Offload, outlet::Outlet, shared::Shared};
