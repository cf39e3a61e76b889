//! The errors of executors.

use crate::error::StepError;

/// The error of [`ExecutorsBuilder::build`](crate::ExecutorsBuilder::build), or of a blocking step that no
/// executor accepts.
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
    /// A pool was configured with no processes.
    #[cfg(feature = "isolated")]
    #[error("pool `{pool}` needs at least one process")]
    #[non_exhaustive]
    NoProcesses {
        /// `isolated`, or the name of the pool.
        pool: String,
    },
    /// `#[blocking(cpu, isolated, pool = "..")]` names a pool of processes that the run's executors do not have.
    #[cfg(feature = "isolated")]
    #[error(
        "no pool of processes `{name}` among the executors of this run; there are: {known}. Add it with `Executors::builder().isolated_pool(\"{name}\", processes)`"
    )]
    #[non_exhaustive]
    NoProcessPool {
        /// The requested name.
        name: String,
        /// The existing pools, separated by commas.
        known: String,
    },
    /// The operating system refused to start the first thread.
    #[error("executor `{executor}` could not start a thread: {source}")]
    #[non_exhaustive]
    Refused {
        /// The executor: `io`, `cpu`, or the name of a pool.
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
    /// The queue has as many jobs as [`queue_limit`](crate::ExecutorsBuilder::queue_limit) permits.
    #[error("executor `{executor}` has {limit} queued jobs, its limit")]
    #[non_exhaustive]
    QueueFull {
        /// The executor: `io`, `cpu`, or the name of a pool.
        executor: String,
        /// The limit.
        limit: usize,
    },
    /// The executors were [shut down](crate::Executors::shutdown_background) before the blocking code could start.
    #[error("the executors were shut down before the step could run")]
    ShutDown,
}

/// The names of pools, for a message.
pub(super) fn known_pools<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
