//! Executors for blocking code: `io` has many threads, which mostly wait; `cpu` has one per core, where heavy work
//! queues without delaying I/O.

mod builder;
mod call_queue;
mod carry;
mod crossing;
mod error;
mod hop;
#[cfg(feature = "isolated")]
mod isolate;
mod job;
mod metrics;
#[cfg(all(test, shuttle))]
mod models;
mod offload;
mod paused_clock;
mod pool;
mod queue;
mod scope;
mod statement;
mod waiting;
mod worker;

#[cfg(feature = "isolated")]
pub use self::isolate::Isolation;
#[cfg(feature = "isolated")]
pub(crate) use self::isolate::{IsolateError, Isolated, isolate};
#[cfg(feature = "testing")]
pub(crate) use self::paused_clock::{is_clock_held, is_paused};
pub use self::{
    builder::ExecutorsBuilder,
    carry::BlockingJob,
    error::ExecutorError,
    hop::Hop,
    metrics::PoolMetrics,
    offload::Kind,
    statement::{Branch, FromResidual, Passed, leave, stay},
};
pub(crate) use self::{
    call_queue::CallQueue,
    offload::{Offloaded, offload, offload_step},
    scope::{Entered, Holding, Origin, Scope, hold_withdrawn},
    waiting::{Waiting, is_pool_thread},
};

use self::{carry::Carry, pool::Pool};
use core::fmt;
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The executors for blocking code. Clones share the threads.
///
/// [`Run::executors`](crate::Run::executors) sets those of a run. The [default ones](Self::set_default) are shared
/// by the process, with 64 threads for `io` and one thread per core for `cpu`.
///
/// Each executor has one queue. Work of a run starts in the order of its calls; runs take turns, so a run with many
/// jobs does not delay the others. Threads are started when there is work for them, are named `wf-io-0`,
/// `wf-cpu-0` and so on, and end when they were idle for 10 seconds.
///
/// A job that waits for other blocking work, for a run or for a response, for example through
/// [`Handle::block_on`](tokio::runtime::Handle::block_on), does not count against the number of threads while it
/// waits: the executor starts another thread. So parents that wait for their children never occupy all threads. Nor does
/// a blocking step count while a closure of it awaits a child in place on another thread. A job that waits in another way,
/// as for a lock, a channel or a call of rayon, does count.
///
/// # Shutdown
///
/// Blocking code that has started cannot be interrupted: it keeps its thread even if its step times out or its run
/// is dropped. The threads do not keep the process alive: it exits when `main` returns, in the middle of such code.
/// [`shutdown_timeout`](Self::shutdown_timeout) waits for it. Dropping the last clone stops nothing.
///
/// # Paused clock
///
/// While work is in flight, tokio's paused clock does not advance by itself, as with
/// `spawn_blocking`.
///
/// ```
/// use workflows_runtime::Executors;
///
/// let executors = Executors::builder().io_threads(8).cpu_threads(2).pool("embed", 1).build()?;
/// # Ok::<(), workflows_runtime::ExecutorError>(())
/// ```
#[derive(Clone)]
pub struct Executors(Arc<Parts>);

struct Parts {
    io: Pool,
    cpu: Pool,
    pools: BTreeMap<String, Pool>,
    carry: Option<Carry>,
    #[cfg(feature = "isolated")]
    processes: isolate::Pools,
}

/// The default executors, once they are set or used.
static DEFAULT: OnceLock<Executors> = OnceLock::new();

impl Executors {
    /// Returns a builder with the default numbers of threads.
    pub fn builder() -> ExecutorsBuilder {
        ExecutorsBuilder::new()
    }

    /// Sets the executors of all runs that do not set their own, and of `#[blocking]` functions outside of runs.
    ///
    /// # Errors
    ///
    /// Returns the executors if the default ones are set already, or were used: call this first in `main`.
    ///
    /// ```
    /// use workflows_runtime::Executors;
    ///
    /// let executors = Executors::builder().cpu_threads(2).pool("embed", 1).build()?;
    /// assert!(Executors::set_default(executors.clone()).is_ok());
    /// assert!(Executors::set_default(executors).is_err());
    /// # Ok::<(), workflows_runtime::ExecutorError>(())
    /// ```
    #[allow(clippy::result_large_err, reason = "one pointer")]
    pub fn set_default(executors: Self) -> Result<(), Self> {
        DEFAULT.set(executors)
    }

    /// The default ones, if they are set or were used.
    pub(crate) fn known_default() -> Option<&'static Self> {
        DEFAULT.get()
    }

    fn default_ones() -> Result<&'static Self, ExecutorError> {
        if let Some(executors) = DEFAULT.get() {
            return Ok(executors);
        }
        // Not in `get_or_init`: the next call tries again if this fails. Threads are started when there is work, so the
        // executors of a call that comes too late have none.
        let executors = Self::builder().build()?;
        Ok(DEFAULT.get_or_init(|| executors))
    }

    /// Returns the state of each executor: `io`, `cpu`, and the pools by name.
    #[must_use]
    pub fn metrics(&self) -> Vec<PoolMetrics> {
        self.pools().map(Pool::metrics).collect()
    }

    /// Waits until no job is queued or running, including those that were abandoned by their steps.
    ///
    /// It also waits for jobs that are submitted during the call. Cancel-safe.
    pub async fn drain(&self) {
        for pool in self.pools() {
            pool.idle().await;
        }
        #[cfg(feature = "isolated")]
        self.0.processes.idle().await;
    }

    /// Shuts the executors down without waiting. Affects all clones.
    ///
    /// Work that is queued is dropped, and no later work starts: its step fails with
    /// [`ExecutorError::ShutDown`]. Work that has started runs until it returns or the process exits.
    /// [`Context::is_cancelled`](crate::Context::is_cancelled) reports to it that its run was cancelled.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// use workflows_runtime::{ExecutorError, Executors};
    ///
    /// # #[workflow] struct Load;
    /// #[workflow]
    /// impl Load {
    ///     #[step]
    ///     #[blocking(io)]
    ///     fn load(&self, Start(path): Start<String>) -> StepResult<Stop<String>> {
    ///         Ok(Stop(std::fs::read_to_string(path)?))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ExecutorError> {
    /// let executors = Executors::builder().build()?;
    /// executors.shutdown_background();
    /// let error = Load.run("notes.txt".to_owned()).executors(&executors).await.unwrap_err();
    /// assert!(matches!(error.downcast_ref(), Some(ExecutorError::ShutDown)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_background(&self) {
        for pool in self.pools() {
            pool.close();
            pool.clear();
        }
        #[cfg(feature = "isolated")]
        self.0.processes.close();
    }

    /// Shuts the executors down like [`shutdown_background`](Self::shutdown_background), then waits until all work
    /// that has started has returned, at most `timeout`. Returns whether it has.
    ///
    /// Dropping the future stops waiting; the executors stay shut down. Needs a tokio runtime with time enabled.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use workflows_runtime::{ExecutorError, Executors};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ExecutorError> {
    /// let executors = Executors::builder().build()?;
    /// assert!(executors.shutdown_timeout(Duration::from_secs(5)).await);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if it must wait outside of a tokio runtime with time enabled.
    pub async fn shutdown_timeout(&self, timeout: Duration) -> bool {
        self.shutdown_background();
        tokio::time::timeout(timeout, self.drain()).await.is_ok()
    }

    fn pools(&self) -> impl Iterator<Item = &Pool> {
        [&self.0.io, &self.0.cpu].into_iter().chain(self.0.pools.values())
    }

    fn pool(&self, kind: Kind) -> Result<&Pool, ExecutorError> {
        let name = match kind {
            Kind::Io => return Ok(&self.0.io),
            Kind::Cpu => return Ok(&self.0.cpu),
            Kind::Pool(name) => name,
        };
        let pools = &self.0.pools;
        if let Some(pool) = pools.get(name) {
            return Ok(pool);
        }
        let known = error::known_pools(pools.keys());
        Err(ExecutorError::NoPool { name: name.to_owned(), known })
    }
}

impl fmt::Debug for Executors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executors").field("pools", &self.0.pools.keys()).finish_non_exhaustive()
    }
}
