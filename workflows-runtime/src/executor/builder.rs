//! The builder of executors.

use super::{
    Executors, Parts,
    carry::{BlockingJob, Carry},
    error::ExecutorError,
    pool::{Pool, PoolSettings},
};
use core::fmt;
use std::{collections::BTreeMap, num::NonZeroUsize, sync::Arc, thread::available_parallelism};

/// A builder for [`Executors`]. Created by [`Executors::builder`].
#[derive(Clone)]
#[must_use]
pub struct ExecutorsBuilder {
    io: usize,
    cpu: usize,
    pools: BTreeMap<String, usize>,
    stack_size: Option<usize>,
    queue_limit: Option<usize>,
    carry: Option<Carry>,
    #[cfg(feature = "isolated")]
    pub(super) processes: super::isolate::Processes,
}

/// The default number of concurrent blocking I/O calls.
const IO_THREADS: usize = 64;

impl ExecutorsBuilder {
    pub(super) fn new() -> Self {
        let cpu = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            io: IO_THREADS,
            cpu,
            pools: BTreeMap::new(),
            stack_size: None,
            queue_limit: None,
            carry: None,
            #[cfg(feature = "isolated")]
            processes: super::isolate::Processes::new(cpu),
        }
    }

    /// Sets the maximum number of concurrent blocking I/O calls. Further calls queue. Default: 64.
    pub fn io_threads(mut self, threads: usize) -> Self {
        self.io = threads;
        self
    }

    /// Sets the number of threads for heavy computation.
    ///
    /// Default: what [`available_parallelism`] returns, which respects the CPU quota of a container.
    pub fn cpu_threads(mut self, threads: usize) -> Self {
        self.cpu = threads;
        self
    }

    /// Adds a pool for `#[blocking(cpu, pool = "name")]`, with threads and a queue of its own.
    pub fn pool(mut self, name: impl Into<String>, threads: usize) -> Self {
        self.pools.insert(name.into(), threads);
        self
    }

    /// Sets the stack size of all threads in bytes. Default: that of [`std::thread`], 2 MiB.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Limits the queue of each executor. A call that would exceed it fails with [`ExecutorError::QueueFull`],
    /// which a step may retry later. Default: no limit.
    ///
    /// Running jobs do not count, nor do queued jobs whose step was cancelled.
    ///
    /// ```
    /// use std::time::Duration;
    /// use workflows_runtime::{ExecutorError, Executors, Retry, prelude::*};
    ///
    /// #[workflow]
    /// struct Resize;
    ///
    /// #[workflow]
    /// impl Resize {
    ///     #[step(retry = Retry::fixed(Duration::from_millis(50)).when(|error| error.is::<ExecutorError>()))]
    ///     #[blocking(cpu)]
    ///     fn resize(&self, Start(pixels): Start<u32>) -> Stop<u32> {
    ///         Stop(pixels / 2)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let executors = Executors::builder().queue_limit(1000).build()?;
    /// assert_eq!(Resize.run(64).executors(&executors).await?, 32);
    /// # Ok(())
    /// # }
    /// ```
    pub fn queue_limit(mut self, jobs: usize) -> Self {
        self.queue_limit = Some(jobs);
        self
    }

    /// Carries something of the caller to the thread, such as a task-local value.
    ///
    /// `capture` is called where blocking code is called, and the closure that it returns is called on the thread
    /// with the job to run. The tracing span, the tokio runtime and the executors of the run are carried without
    /// it. A panic of either closure is that of the blocking code.
    ///
    /// ```
    /// use workflows_runtime::{BlockingJob, Executors, prelude::*};
    ///
    /// tokio::task_local! {
    ///     static TENANT: String;
    /// }
    ///
    /// #[blocking(cpu)]
    /// fn tenant() -> String {
    ///     TENANT.get()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let executors = Executors::builder()
    ///     .carry(|| {
    ///         let tenant = TENANT.try_with(Clone::clone).unwrap_or_default();
    ///         move |job: BlockingJob<'_>| TENANT.sync_scope(tenant, || job.run())
    ///     })
    ///     .build()?;
    /// # #[workflow] struct Ask;
    /// # #[workflow]
    /// # impl Ask {
    /// #     #[step]
    /// #     async fn ask(&self, _: Start<()>) -> Stop<String> { Stop(tenant().await) }
    /// # }
    /// let run = Ask.run(()).executors(&executors);
    /// assert_eq!(TENANT.scope("acme".to_owned(), run.into_future()).await?, "acme");
    /// # Ok(())
    /// # }
    /// ```
    pub fn carry<R>(mut self, capture: impl Fn() -> R + Send + Sync + 'static) -> Self
    where
        R: FnOnce(BlockingJob<'_>) + Send + 'static,
    {
        self.carry = Some(Carry::new(capture));
        self
    }

    /// Builds the executors. Threads are started when there is work for them.
    ///
    /// # Errors
    ///
    /// Returns [`ExecutorError::NoThreads`] if a number of threads is 0.
    pub fn build(self) -> Result<Executors, ExecutorError> {
        let pool = |name: &str, threads| {
            Pool::new(PoolSettings {
                name: name.to_owned(),
                threads,
                stack_size: self.stack_size,
                queue_limit: self.queue_limit,
            })
        };
        #[cfg(feature = "isolated")]
        let processes = self.processes.build(self.queue_limit)?;
        let io = pool("io", self.io)?;
        let cpu = pool("cpu", self.cpu)?;
        let mut pools = BTreeMap::new();
        for (name, threads) in &self.pools {
            pools.insert(name.clone(), pool(name, *threads)?);
        }
        Ok(Executors(Arc::new(Parts {
            io,
            cpu,
            pools,
            carry: self.carry,
            #[cfg(feature = "isolated")]
            processes,
        })))
    }
}

impl fmt::Debug for ExecutorsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutorsBuilder")
            .field("io_threads", &self.io)
            .field("cpu_threads", &self.cpu)
            .field("pools", &self.pools)
            .finish_non_exhaustive()
    }
}
