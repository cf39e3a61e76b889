//! A pool of workers with one queue. Workers are started when there are calls for them, and are kept.

use super::{
    error::IsolatedError,
    lease::{Call, Failure, Lease},
    metrics::ProcessMetrics,
    output::IsolatedOutput,
    queue::{Queue, Ticket},
    supervisor,
    worker::Worker,
};
use crate::sync::{Mutex, MutexGuard, Notify, notified_until, oneshot};
use std::sync::{Arc, PoisonError};

/// The settings of a pool.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) processes: usize,
    pub(crate) queue_limit: Option<usize>,
    pub(crate) output: IsolatedOutput,
}

/// Why a pool does not take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    ShutDown,
    QueueFull { limit: usize },
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A handle to a pool. Dropping it kills the idle workers, and the others when their calls have ended.
pub(crate) struct Pool(Arc<Inner>);

pub(super) struct Inner {
    settings: Settings,
    state: Mutex<State>,
    /// Wakes those that wait in [`Pool::idle`].
    idle: Notify,
}

#[derive(Default)]
struct State {
    idle: Vec<Worker>,
    queue: Queue<Waiting>,
    /// Processes that exist, until they are reaped. Invariant: at most `Settings::processes`.
    processes: usize,
    /// Processes that will ask for a call when they are ready.
    starting: usize,
    /// Calls that have a worker.
    running: usize,
    closed: bool,
    completed: u64,
    started: u64,
    killed: u64,
    /// The numbers of the processes that exist, for the names of their threads.
    numbers: Vec<bool>,
    pids: Vec<u32>,
}

type Waiting = oneshot::Sender<Result<Worker, IsolatedError>>;

impl Pool {
    pub(crate) fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, state: Mutex::default(), idle: Notify::new() }))
    }

    /// Executes a call for the run with this key, in turn with other runs.
    ///
    /// Calls `began` when it has a worker. `item` receives what the code publishes, `read` its result. Dropping the
    /// future withdraws the call from the queue, or kills its process. If its process has died before the call began,
    /// another one executes it.
    pub(crate) async fn call<T>(
        &self,
        run: usize,
        call: &Call,
        began: impl FnOnce(),
        item: &mut (dyn FnMut(&[u8]) -> Result<(), String> + Send),
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let mut began = Some(began);
        let mut dead = 0;
        loop {
            let lease = self.lease(run, call).await?;
            if let Some(began) = began.take() {
                began();
            }
            // Bounded: something may kill every process before it takes its call.
            if let Some(result) = lease.call(call, item, &read, dead < self.0.settings.processes).await? {
                return Ok(result);
            }
            dead += 1;
        }
    }

    /// Waits for a worker.
    async fn lease(&self, run: usize, call: &Call) -> Result<Lease, Failure> {
        let worker = match self.worker_or_turn(run)? {
            Turn::Now(worker) => *worker,
            Turn::Queued(waiter) => match waiter.worker().await {
                Some(result) => result?,
                None => return Err(Refusal::ShutDown.into()),
            },
        };
        Ok(Lease::new(worker, Arc::clone(&self.0), call.hold))
    }

    /// Takes an idle worker, or a place in the queue.
    fn worker_or_turn(&self, run: usize) -> Result<Turn<'_>, Refusal> {
        let inner = &self.0;
        let mut state = inner.lock();
        if state.closed {
            return Err(Refusal::ShutDown);
        }
        if let Some(worker) = state.idle.pop() {
            state.running += 1;
            return Ok(Turn::Now(Box::new(worker)));
        }
        if let Some(limit) = inner.settings.queue_limit
            && state.queue.len() >= limit
        {
            return Err(Refusal::QueueFull { limit });
        }
        let (sender, receiver) = oneshot::channel();
        let ticket = state.queue.push(run, sender);
        let refused = inner.ensure_started(&mut state);
        drop(state);
        refused.report();
        Ok(Turn::Queued(Waiter { receiver, ticket, pool: inner }))
    }

    /// Refuses further calls, drops those that are queued, and kills idle workers.
    pub(crate) fn close(&self) {
        let mut state = self.0.lock();
        state.closed = true;
        let queued = state.queue.clear();
        let idle = std::mem::take(&mut state.idle);
        self.0.report_idle(&state);
        drop(state);
        drop(queued);
        drop(idle);
    }

    /// Resolves when no call is queued or executing, and once it is closed, when no process is left.
    pub(crate) async fn idle(&self) {
        notified_until(&self.0.idle, || self.0.lock().is_idle()).await;
    }

    pub(crate) fn metrics(&self) -> ProcessMetrics {
        let state = self.0.lock();
        ProcessMetrics {
            name: self.0.settings.name.clone(),
            limit: self.0.settings.processes,
            processes: state.processes,
            running: state.running,
            queued: state.queue.len(),
            completed: state.completed,
            started: state.started,
            killed: state.killed,
            pids: state.pids.clone(),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl State {
    fn is_idle(&self) -> bool {
        self.running == 0 && self.queue.len() == 0 && (!self.closed || self.processes == 0)
    }
}

/// Calls that no process can execute.
#[derive(Default)]
struct Refused(Vec<(Waiting, IsolatedError)>);

impl Refused {
    fn add(&mut self, queued: Vec<Waiting>, error: &IsolatedError) {
        self.0.extend(queued.into_iter().map(|waiting| (waiting, error.clone())));
    }

    /// Reports it to them. Not under the lock: a waker may be code of the user.
    fn report(self) {
        for (waiting, error) in self.0 {
            drop(waiting.send(Err(error)));
        }
    }
}

/// When a call has a worker.
enum Turn<'a> {
    Now(Box<Worker>),
    Queued(Waiter<'a>),
}

/// A queued call.
struct Waiter<'a> {
    receiver: oneshot::Receiver<Result<Worker, IsolatedError>>,
    ticket: Ticket,
    pool: &'a Arc<Inner>,
}

impl Waiter<'_> {
    async fn worker(mut self) -> Option<Result<Worker, IsolatedError>> {
        (&mut self.receiver).await.ok()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        let withdrawn = state.queue.remove(self.ticket);
        if withdrawn.is_some() {
            self.pool.report_idle(&state);
            return;
        }
        drop(state);
        // It has got a worker that it has not taken.
        if let Ok(Ok(worker)) = self.receiver.try_recv() {
            self.pool.lock().running -= 1;
            self.pool.release(worker);
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn output(&self) -> IsolatedOutput {
        self.settings.output
    }

    /// Starts a process if a queued call has none coming. Returns the calls that none can execute.
    fn ensure_started(self: &Arc<Self>, state: &mut State) -> Refused {
        let mut refused = Refused::default();
        if state.queue.len() <= state.starting || state.processes >= self.settings.processes {
            return refused;
        }
        let number = match state.numbers.iter().position(|used| !used) {
            Some(free) => free,
            None => state.numbers.len(),
        };
        match supervisor::spawn(Arc::clone(self), number) {
            Ok(()) => {
                if number == state.numbers.len() {
                    state.numbers.push(true);
                } else {
                    state.numbers[number] = true;
                }
                state.processes += 1;
                state.starting += 1;
                state.started += 1;
            }
            Err(error) if state.processes == 0 => {
                let problem = format!("a thread for it cannot be started: {error}");
                let error = IsolatedError::NotStarted { problem, stderr: String::new() };
                refused.add(state.queue.clear(), &error);
            }
            // The processes that exist execute the call.
            Err(_) => {}
        }
        refused
    }

    /// Adds a worker that was started.
    pub(super) fn ready(&self, worker: Worker) {
        let mut state = self.lock();
        state.starting -= 1;
        state.pids.push(worker.process.pid);
        drop(state);
        self.release(worker);
    }

    /// Gives the worker to the next call.
    pub(super) fn release(&self, mut worker: Worker) {
        loop {
            let mut state = self.lock();
            if state.closed || worker.process.exit().is_some() {
                break;
            }
            let Some(waiting) = state.queue.pop() else {
                state.idle.push(worker);
                return;
            };
            state.running += 1;
            drop(state);
            // Outside of the lock: a waker may be code of the user.
            match waiting.send(Ok(worker)) {
                Ok(()) | Err(Err(_)) => return,
                Err(Ok(unneeded)) => worker = unneeded,
            }
            self.lock().running -= 1;
        }
        // Kills it, without the lock.
        drop(worker);
    }

    /// Counts the end of a call that had a worker.
    pub(super) fn completed(&self) {
        let mut state = self.lock();
        state.running -= 1;
        state.completed += 1;
        self.report_idle(&state);
    }

    /// Counts the end of a call that had a dead worker, and gets another one.
    pub(super) fn not_begun(&self) {
        let mut state = self.lock();
        state.running -= 1;
        self.report_idle(&state);
    }

    pub(super) fn count_killed(&self) {
        self.lock().killed += 1;
    }

    /// Counts the end of a process, which another one may replace. `failed` is why it did not start.
    pub(super) fn ended(self: &Arc<Self>, number: usize, pid: Option<u32>, failed: Option<IsolatedError>) {
        let mut state = self.lock();
        state.processes -= 1;
        state.numbers[number] = false;
        let mut ended = None;
        if let Some(pid) = pid {
            state.pids.retain(|other| *other != pid);
            ended = state.idle.iter().position(|idle| idle.process.pid == pid).map(|at| state.idle.swap_remove(at));
        }
        let mut refused = Refused::default();
        if let Some(error) = failed {
            state.starting -= 1;
            // Where others exist, they execute the calls.
            if state.processes == 0 {
                refused.add(state.queue.clear(), &error);
            }
        }
        refused.0.extend(self.ensure_started(&mut state).0);
        self.report_idle(&state);
        drop(state);
        refused.report();
        drop(ended);
    }

    fn report_idle(&self, state: &State) {
        if state.is_idle() {
            self.idle.notify_waiters();
        }
    }
}
