//! Worker processes: this executable once more, to execute calls that must not share this process.
//!
//! A worker is killed when its call times out or is dropped, so a call never outlives its caller. Each process has a
//! thread, its supervisor, which starts it, waits for its exit and reaps it. The caller of a worker exchanges frames with
//! it on a socket that no other process can reach.
//!
//! | state of a worker | holder | next |
//! |---|---|---|
//! | starting | supervisor | idle, once it has sent its greeting; ended, if it has not in time |
//! | idle | `State::idle` of the pool | calling, or killed by a shutdown |
//! | calling | the `Lease` of a call | idle after the answer; killed if the lease is dropped before |
//! | killed, died | supervisor | ended, once it is reaped; only then may another one start in its place |

mod child;
mod clock;
mod codec;
mod error;
mod exchange;
mod frame;
mod lease;
mod metrics;
mod output;
mod pool;
mod queue;
mod role;
mod start;
mod supervisor;
mod worker;

pub(crate) use self::{
    child::{Connection, Link, kill_own_group},
    codec::{read, read_next, write},
    error::Side,
    frame::{Frame, Request, Target, TargetKind, identity_of},
    lease::{Call, Failure},
    pool::{Pool, Refusal, Settings},
    role::{assert_single_copy, initialize, initialize_test, is_initialized, is_worker, serves},
};
pub use self::{
    codec::{IsolatedValue, ValueCodec, isolated_value},
    error::{IsolatedError, ProcessExit},
    metrics::ProcessMetrics,
    output::IsolatedOutput,
};
