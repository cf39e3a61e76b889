//! A run: its builder, its handle, its events, and the driver that keeps it going.

mod begin;
mod builder;
mod clock;
mod collected;
mod driver;
mod event;
mod fate;
mod handle;
mod id;
mod inbox;
mod instance;
mod job;
mod lazy;
mod letter;
mod line;
mod outlet;
mod shared;
mod slots;
mod snapshot;
mod watch;

pub use self::{
    builder::{Flow, Run},
    event::{End, EventStream, RunEvent},
    handle::{RunHandle, RunResult},
    id::RunId,
    instance::{Instance, Instances},
    job::Outcome,
    line::{Line, next, run},
    snapshot::{ResumeError, Snapshot, SnapshotError},
    watch::{Overrun, PollOverrun},
};
pub(crate) use self::{
    fate::{Fate, Vigil},
    job::Offload,
    letter::{Cell, Letter, WaitLetter},
    outlet::{Outlet, Told},
    shared::Shared,
};
