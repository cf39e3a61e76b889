//! Isolated code: from a step to a worker process and back.

use super::{
    ExecutorError, Executors, ExecutorsBuilder,
    error::known_pools,
    paused_clock::ClockHold,
    scope::{Origin, current_hold},
    waiting::Waiting,
};
use crate::{
    error::{Panicked, StepError},
    process::{
        Call, Failure, Frame, IsolatedError, IsolatedOutput, Pool, ProcessMetrics, Refusal, Request, Settings, Side,
        Target, assert_single_copy, is_initialized,
    },
    trace::CallerSpan,
};
use std::{collections::BTreeMap, future::poll_fn, pin::pin, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// The options in `#[blocking(.., isolated(..))]`.
#[derive(Debug, Clone, Copy)]
pub struct Isolation {
    /// The name in `pool = ".."`.
    pub pool: Option<&'static str>,
    /// After which the process is killed.
    pub timeout: Option<Duration>,
    /// The most bytes of memory.
    pub memory: Option<u64>,
    /// The calls after which the process is replaced.
    pub recycle_after: Option<u32>,
}

/// The pools of processes that executors are built with.
#[derive(Clone)]
pub(super) struct Processes {
    limit: usize,
    pools: BTreeMap<String, usize>,
    output: IsolatedOutput,
}

impl Processes {
    pub(super) fn new(cores: usize) -> Self {
        Self { limit: cores, pools: BTreeMap::new(), output: IsolatedOutput::default() }
    }

    pub(super) fn build(&self, queue_limit: Option<usize>) -> Result<Pools, ExecutorError> {
        assert_single_copy();
        let pool = |name: &str, processes| {
            let name = name.to_owned();
            if processes == 0 {
                return Err(ExecutorError::NoProcesses { pool: name });
            }
            Ok(Pool::new(Settings { name, processes, queue_limit, output: self.output }))
        };
        let isolated = pool("isolated", self.limit)?;
        let mut pools = BTreeMap::new();
        for (name, processes) in &self.pools {
            pools.insert(name.clone(), pool(name, *processes)?);
        }
        Ok(Pools { isolated, pools })
    }
}

/// The pools of processes of executors.
pub(super) struct Pools {
    isolated: Pool,
    pools: BTreeMap<String, Pool>,
}

impl Pools {
    fn all(&self) -> impl Iterator<Item = &Pool> {
        std::iter::once(&self.isolated).chain(self.pools.values())
    }

    pub(super) async fn idle(&self) {
        for pool in self.all() {
            pool.idle().await;
        }
    }

    pub(super) fn close(&self) {
        self.all().for_each(Pool::close);
    }

    fn get(&self, name: Option<&str>) -> Result<(&Pool, &str), ExecutorError> {
        let Some(name) = name else { return Ok((&self.isolated, "isolated")) };
        match self.pools.get_key_value(name) {
            Some((name, pool)) => Ok((pool, name)),
            None => Err(ExecutorError::NoProcessPool { name: name.to_owned(), known: known_pools(self.pools.keys()) }),
        }
    }
}

impl ExecutorsBuilder {
    /// Sets the maximum number of processes for isolated code. Further calls queue.
    ///
    /// Default: what [`available_parallelism`](std::thread::available_parallelism) returns. Processes are started when
    /// there are calls for them, and are kept until the executors are shut down or dropped.
    ///
    /// See [`isolated`](crate::isolated).
    pub fn isolated_processes(mut self, processes: usize) -> Self {
        self.processes.limit = processes;
        self
    }

    /// Adds a pool for `#[blocking(cpu, isolated, pool = "name")]` and `#[blocking(io, isolated, pool = "name")]`, with
    /// processes and a queue of its own. [`isolated_processes`](Self::isolated_processes) does not bound it.
    ///
    /// A pool of threads of the same name is another one.
    pub fn isolated_pool(mut self, name: impl Into<String>, processes: usize) -> Self {
        self.processes.pools.insert(name.into(), processes);
        self
    }

    /// Sets where the output of isolated code goes. Default: [`IsolatedOutput::Inherit`].
    pub fn isolated_output(mut self, output: IsolatedOutput) -> Self {
        self.processes.output = output;
        self
    }
}

impl Executors {
    /// Returns the state of each pool of processes: `isolated`, and the others by name.
    #[must_use]
    pub fn process_metrics(&self) -> Vec<ProcessMetrics> {
        self.0.processes.all().map(Pool::metrics).collect()
    }
}

/// Why isolated code has no result.
pub(crate) enum IsolateError {
    Refused(ExecutorError),
    Failed(IsolatedError),
    Panicked(String),
}

impl From<IsolateError> for StepError {
    fn from(error: IsolateError) -> Self {
        match error {
            IsolateError::Refused(error) => error.into(),
            IsolateError::Failed(error) => error.into(),
            IsolateError::Panicked(message) => Panicked(message).into(),
        }
    }
}

impl From<ExecutorError> for IsolateError {
    fn from(error: ExecutorError) -> Self {
        Self::Refused(error)
    }
}

impl From<IsolatedError> for IsolateError {
    fn from(error: IsolatedError) -> Self {
        Self::Failed(error)
    }
}

/// What is called in another process.
pub(crate) struct Isolated<'a> {
    pub(crate) isolation: Isolation,
    pub(crate) target: Target<'a>,
    /// The step, or the path of the function, for messages.
    pub(crate) name: &'a str,
    /// The call that registers it.
    pub(crate) help: String,
}

/// Executes a call in a process of the executors of `origin`. `write` appends the arguments, `item` receives what the
/// code publishes, `read` its result, and `began` is called when the call leaves the queue.
pub(crate) async fn isolate<T>(
    origin: Option<Origin>,
    isolated: Isolated<'_>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), String>,
    began: impl FnOnce(),
    item: &mut (dyn FnMut(&[u8]) -> Result<(), String> + Send),
    read: impl Fn(&[u8]) -> Result<T, String>,
) -> Result<T, IsolateError> {
    let Isolated { isolation, target, name, help } = isolated;
    if !is_initialized() {
        return Err(IsolatedError::NotInitialized { call: name.to_owned() }.into());
    }
    let unserializable = |problem: &dyn std::fmt::Display| Side::Arguments.error(name, &problem);
    let request = Request { target, memory: isolation.memory };
    let mut frame = Frame::request(&request).map_err(|error| unserializable(&error))?;
    write(frame.payload()).map_err(|problem| unserializable(&problem))?;
    let call = Call {
        name: Arc::from(name),
        help,
        request: frame.finish().map_err(|error| unserializable(&error))?,
        timeout: isolation.timeout,
        recycle_after: isolation.recycle_after,
        hold: current_hold,
    };
    let executors = match origin.as_ref().and_then(|origin| origin.scope.executors()) {
        Some(executors) => executors.clone(),
        None => Executors::default_ones()?.clone(),
    };
    let run = origin.as_ref().map_or(0, |origin| Arc::as_ptr(&origin.scope).cast::<()>() as usize);
    let (pool, pool_name) = executors.0.processes.get(isolation.pool)?;
    // Dropped after the result has arrived: only then may the clock of a test advance.
    let _clock = ClockHold::of_paused_clock(Handle::try_current().ok().as_ref());
    let mut observed = origin.as_ref().and_then(Origin::observe_call);
    let began = || {
        if let Some(observed) = &mut observed {
            observed.began();
        }
        began();
    };
    let mut called = pin!(pool.call(run, &call, began, item, read));
    let mut waiting: Option<Waiting> = None;
    // Entered while the call is polled: its code runs in no thread of this process.
    let span = CallerSpan::of_blocking_call(pool_name);
    let result = poll_fn(|cx| {
        let polled = span.in_scope_again(|| called.as_mut().poll(cx));
        Waiting::note(&mut waiting, polled.is_pending());
        polled
    })
    .await;
    result.map_err(|failure| match failure {
        Failure::Refused(Refusal::ShutDown) => ExecutorError::ShutDown.into(),
        Failure::Refused(Refusal::QueueFull { limit }) => {
            ExecutorError::QueueFull { executor: pool_name.to_owned(), limit }.into()
        }
        Failure::Isolated(error) => error.into(),
        Failure::Panicked(message) => IsolateError::Panicked(message),
    })
}
