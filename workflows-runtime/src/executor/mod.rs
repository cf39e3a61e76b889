//! Executors for blocking code: `io` on a bounded number of tokio's blocking threads, `cpu` on a small pool
//! of dedicated threads, where heavy work queues without delaying I/O.

#[cfg_attr(not(feature = "cpu-pool"), path = "cpu_disabled.rs")]
mod cpu;
mod hop;
mod in_flight;
mod io;
mod offload;
mod paused_clock;
mod scope;

pub use self::{hop::Hop, offload::Kind};
pub(crate) use self::{
    offload::offload,
    scope::{Entered, Origin, Scope},
};

use self::{cpu::CpuPool, in_flight::InFlight, io::IoThreads};
use crate::error::StepError;
use core::fmt;
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, OnceLock},
    thread::available_parallelism,
    time::Duration,
};

/// The executors for blocking code. Clones share the threads.
///
/// [`Run::executors`](crate::Run::executors) sets those of a run. The default ones are shared by the process
/// and created on first use, with 64 threads for `io` and one thread per core for `cpu`.
///
/// # Shutdown
///
/// Blocking code that has started cannot be interrupted: it keeps its thread even if its step times out or its run
/// is dropped. Executors that were built have threads of their own, which do not keep the process alive: it
/// exits when `main` returns, in the middle of such code. [`shutdown_timeout`](Self::shutdown_timeout) waits
/// for it.
///
/// The default executors run `io` on the blocking threads of the current tokio runtime, as `spawn_blocking`
/// does. A runtime waits for these when it is dropped, for as long as they take, unless it is shut down with
/// [`shutdown_timeout`](tokio::runtime::Runtime::shutdown_timeout) or
/// [`shutdown_background`](tokio::runtime::Runtime::shutdown_background).
///
/// # Paused clock
///
/// While work is in flight, tokio's [paused clock](tokio::time::pause) does not advance by itself, as with
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
    io: IoThreads,
    cpu: CpuPool,
    pools: BTreeMap<String, CpuPool>,
    in_flight: Arc<InFlight>,
}

/// The default number of concurrent blocking I/O calls.
const IO_THREADS: usize = 64;

impl Executors {
    /// Returns a builder with the default numbers of threads.
    pub fn builder() -> ExecutorsBuilder {
        ExecutorsBuilder { io: IO_THREADS, cpu: cores(), pools: BTreeMap::new() }
    }

    fn default_ones() -> Result<&'static Self, ExecutorError> {
        static DEFAULT: OnceLock<Result<Executors, ExecutorError>> = OnceLock::new();
        DEFAULT.get_or_init(|| Self::builder().build_with(IoThreads::of_caller)).as_ref().map_err(Clone::clone)
    }

    /// Shuts the executors down without waiting. Affects all clones.
    ///
    /// Work that is queued does not start, and nor does any later work: its step fails with
    /// [`ExecutorError::ShutDown`]. Work that has started runs until it returns or the process exits.
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
        self.0.in_flight.shut_down();
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
        if self.0.in_flight.is_idle() {
            return true;
        }
        tokio::time::timeout(timeout, self.0.in_flight.idle()).await.is_ok()
    }
}

impl fmt::Debug for Executors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executors").field("pools", &self.0.pools.keys()).finish_non_exhaustive()
    }
}

/// A builder for [`Executors`]. Created by [`Executors::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ExecutorsBuilder {
    io: usize,
    cpu: usize,
    pools: BTreeMap<String, usize>,
}

impl ExecutorsBuilder {
    /// Sets the maximum number of concurrent blocking I/O calls. Further calls queue. Default: 64.
    pub fn io_threads(mut self, threads: usize) -> Self {
        self.io = threads;
        self
    }

    /// Sets the number of threads for heavy computation. Default: one per core. Needs the feature `cpu-pool`.
    #[cfg(feature = "cpu-pool")]
    pub fn cpu_threads(mut self, threads: usize) -> Self {
        self.cpu = threads;
        self
    }

    /// Adds a pool for `#[blocking(cpu, pool = "name")]`. Needs the feature `cpu-pool`.
    #[cfg(feature = "cpu-pool")]
    pub fn pool(mut self, name: impl Into<String>, threads: usize) -> Self {
        self.pools.insert(name.into(), threads);
        self
    }

    /// Builds the executors and starts the threads of the CPU pools. Those for `io` start when they are needed.
    ///
    /// # Errors
    ///
    /// Returns an error if a number of threads is 0, or if the operating system refuses to start a thread.
    pub fn build(self) -> Result<Executors, ExecutorError> {
        self.build_with(IoThreads::new)
    }

    fn build_with(
        self,
        io_threads: impl FnOnce(usize) -> Result<IoThreads, ExecutorError>,
    ) -> Result<Executors, ExecutorError> {
        let io = io_threads(self.io)?;
        let cpu = CpuPool::new("cpu", self.cpu)?;
        let mut pools = BTreeMap::new();
        for (name, threads) in self.pools {
            let pool = CpuPool::new(&name, threads)?;
            pools.insert(name, pool);
        }
        Ok(Executors(Arc::new(Parts { io, cpu, pools, in_flight: Arc::default() })))
    }
}

/// The error of [`ExecutorsBuilder::build`], or of a blocking step that no executor accepts.
///
/// ```
/// use workflows_runtime::{ExecutorError, Executors};
///
/// let error = Executors::builder().cpu_threads(0).build().unwrap_err();
/// assert!(matches!(&error, ExecutorError::NoThreads { executor, .. } if executor == "cpu"));
/// assert_eq!(error.to_string(), "executor `cpu` needs at least one thread");
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    /// An executor was configured with no threads.
    #[error("executor `{executor}` needs at least one thread")]
    #[non_exhaustive]
    NoThreads {
        /// The executor: `io`, `cpu`, or the name of a pool.
        executor: String,
    },
    /// The operating system refused to start a thread.
    #[error("executor `{executor}` could not start its threads: {source}")]
    #[non_exhaustive]
    Refused {
        /// The executor: `cpu`, or the name of a pool.
        executor: String,
        /// The reason.
        source: StepError,
    },
    /// `#[blocking(cpu, pool = "..")]` names a pool that the run's executors do not have.
    #[error(
        "no pool `{name}` among the executors of this run; there are: {known}. Add it with `Executors::builder().pool(\"{name}\", threads)`"
    )]
    #[non_exhaustive]
    NoPool {
        /// The requested name.
        name: String,
        /// The existing pools, separated by commas.
        known: String,
    },
    /// `#[blocking(io)]` was used outside of a tokio runtime.
    #[error("`#[blocking(io)]` needs a tokio runtime to run on")]
    NoRuntime,
    /// The executors were [shut down](Executors::shutdown_background) before the blocking code could start.
    #[error("the executors were shut down before the step could run")]
    ShutDown,
}

fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}
