//! A pool of threads with one queue.
//!
//! Threads are started when there is work for them, and end when they were idle for [`KEEP_ALIVE`]. A thread that
//! waits for other work of this crate does not count against the bound of its pool: the pool starts another one.
//! Otherwise parents that wait for their children would occupy all threads that the children need.

use super::{
    ExecutorError,
    job::{Ended, Job, Withdrawal, Work},
    metrics::PoolMetrics,
    queue::Queue,
    scope::Hold,
    waiting::ThreadWaits,
};
use crate::{panics::discard, trace};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How often an idle thread looks for a job before it sleeps. Waking a thread takes longer than most of these.
const SPINS: u32 = 32;

/// A pool in which no job has ended for this long although jobs are queued is reported.
const STUCK: Duration = Duration::from_secs(10);

/// The settings of a pool.
#[derive(Debug, Clone)]
pub(super) struct PoolSettings {
    pub(super) name: String,
    pub(super) threads: usize,
    pub(super) stack_size: Option<usize>,
    pub(super) queue_limit: Option<usize>,
}

/// A handle to a pool. Dropping it ends the threads when the queue is empty.
pub(super) struct Pool(Arc<Inner>);

pub(super) struct Inner {
    settings: PoolSettings,
    state: Mutex<State>,
    /// Whether jobs are queued, for threads that do not hold the lock.
    has_work: AtomicBool,
    /// Wakes an idle thread.
    work: Condvar,
    /// Wakes those that wait in [`Pool::idle`].
    idle: Notify,
}

#[derive(Default)]
pub(super) struct State {
    queue: Queue,
    /// Threads that exist.
    threads: usize,
    /// Threads that sleep until there is a job.
    idle: usize,
    /// Idle threads that have been notified and do not run yet.
    notified: usize,
    /// Threads without a job that look at the queue before they sleep.
    looking: usize,
    /// Threads that have been started and do not run yet.
    starting: usize,
    /// Threads that run a job. Invariant: `idle + looking + starting + running == threads`.
    running: usize,
    /// Threads that run a job which waits for other work of this crate.
    pub(super) waiting: usize,
    /// Jobs that still run although their result is not needed any more.
    abandoned: usize,
    /// The numbers of the threads that exist, for their names.
    numbers: Vec<bool>,
    closed: bool,
    completed: u64,
    time_in_queue: Duration,
    last_end: Option<Instant>,
    /// The time of the last search for a job that waits for too long.
    last_check: Option<Instant>,
}

impl State {
    /// The jobs that count against the bound.
    fn active(&self) -> usize {
        self.running.saturating_sub(self.waiting)
    }

    fn is_idle(&self) -> bool {
        self.running == 0 && self.queue.len() == 0
    }
}

impl Pool {
    pub(super) fn new(settings: PoolSettings) -> Result<Self, ExecutorError> {
        if settings.threads == 0 {
            return Err(ExecutorError::NoThreads { executor: settings.name });
        }
        Ok(Self(Arc::new(Inner {
            settings,
            state: Mutex::default(),
            has_work: AtomicBool::new(false),
            work: Condvar::new(),
            idle: Notify::new(),
        })))
    }

    /// Queues work of the run with this key. Work of one run starts in the order of these calls.
    pub(super) fn submit(&self, run: usize, work: Box<dyn Work>) -> Result<QueuedJob, ExecutorError> {
        let inner = &self.0;
        let mut state = inner.lock();
        let name = &inner.settings.name;
        if state.closed {
            return Err(ExecutorError::ShutDown);
        }
        if let Some(limit) = inner.settings.queue_limit
            && state.queue.len() >= limit
        {
            return Err(ExecutorError::QueueFull { executor: name.clone(), limit });
        }
        let job = Arc::new(Job::new(work));
        let now = Instant::now();
        state.queue.push(run, Arc::clone(&job), now);
        inner.has_work.store(true, Ordering::Release);
        inner.report_stuck(&mut state, now);
        if let Err(error) = inner.activate(&mut state)
            && state.threads == 0
        {
            if let Withdrawal::Queued(work) = job.withdraw(None) {
                state.queue.count_withdrawn();
                drop(state);
                discard(work);
            }
            return Err(ExecutorError::Refused { executor: name.clone(), source: error.into() });
        }
        drop(state);
        Ok(QueuedJob { pool: Arc::clone(inner), job })
    }

    /// Refuses further work. Work that is queued still runs.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
        self.0.work.notify_all();
    }

    /// Drops all queued work.
    pub(super) fn clear(&self) {
        let mut state = self.0.lock();
        let cleared = state.queue.clear();
        self.0.has_work.store(false, Ordering::Release);
        self.0.report_idle(&state);
        drop(state);
        cleared.into_iter().for_each(discard);
    }

    /// Resolves when no job is queued or running.
    pub(super) async fn idle(&self) {
        loop {
            let idle = self.0.idle.notified();
            {
                let state = self.0.lock();
                if state.is_idle() {
                    return;
                }
            }
            idle.await;
        }
    }

    pub(super) fn metrics(&self) -> PoolMetrics {
        let state = self.0.lock();
        PoolMetrics {
            name: self.0.settings.name.clone(),
            limit: self.0.settings.threads,
            threads: state.threads,
            running: state.running,
            waiting: state.waiting,
            abandoned: state.abandoned,
            queued: state.queue.len(),
            completed: state.completed,
            time_in_queue: state.time_in_queue,
            oldest_queued: state.queue.oldest().map(|since| since.elapsed()),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

/// A job in the queue of a pool, or on one of its threads.
pub(super) struct QueuedJob {
    pool: Arc<Inner>,
    job: Arc<Job>,
}

impl QueuedJob {
    /// Drops the work if it has not started. Returns whether it is still running; then drops `hold` once it has ended.
    pub(super) fn withdraw(&self, hold: Option<Hold>) -> bool {
        let mut state = self.pool.lock();
        match self.job.withdraw(hold) {
            Withdrawal::Queued(work) => {
                state.queue.count_withdrawn();
                self.pool.report_idle(&state);
                drop(state);
                discard(work);
                false
            }
            Withdrawal::Running => {
                state.abandoned += 1;
                true
            }
            Withdrawal::Ended => false,
        }
    }
}

impl Inner {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes or starts a thread if a queued job may run.
    pub(super) fn activate(self: &Arc<Self>, state: &mut State) -> std::io::Result<()> {
        let coming = state.looking + state.notified + state.starting;
        if state.queue.len() <= coming || state.active() + coming >= self.settings.threads {
            return Ok(());
        }
        if state.idle > state.notified {
            state.notified += 1;
            self.work.notify_one();
            return Ok(());
        }
        let number = match state.numbers.iter().position(|used| !used) {
            Some(free) => free,
            None => state.numbers.len(),
        };
        let mut builder = thread::Builder::new().name(thread_name(&self.settings.name, number));
        if let Some(size) = self.settings.stack_size {
            builder = builder.stack_size(size);
        }
        let inner = Arc::clone(self);
        builder.spawn(move || inner.work(number))?;
        if number == state.numbers.len() {
            state.numbers.push(true);
        } else {
            state.numbers[number] = true;
        }
        state.threads += 1;
        state.starting += 1;
        Ok(())
    }

    /// The life of a thread.
    fn work(self: Arc<Self>, number: usize) {
        let waits = ThreadWaits::enter(&self);
        {
            let mut state = self.lock();
            state.starting -= 1;
            state.looking += 1;
        }
        while let Some(job) = self.next() {
            let ended = job.run();
            self.ended(&waits, matches!(ended, Some(Ended::Abandoned(_))));
            // The thread is ready for the next job, which the receiver of this one may submit at once.
            discard(job);
            match ended {
                Some(Ended::Needed(work)) => deliver(work),
                Some(Ended::Abandoned(work)) => discard(work),
                None => {}
            }
        }
        ThreadWaits::leave();
        self.lock().numbers[number] = false;
    }

    /// Waits for a job, on a thread that counts as looking. Returns `None` if the thread must end.
    fn next(&self) -> Option<Arc<Job>> {
        for _ in 0..SPINS {
            if self.has_work.load(Ordering::Acquire) {
                break;
            }
            thread::yield_now();
        }
        let mut state = self.lock();
        loop {
            if state.active() < self.settings.threads
                && let Some(queued) = state.queue.pop()
            {
                self.has_work.store(state.queue.len() > 0, Ordering::Release);
                state.looking -= 1;
                state.running += 1;
                state.time_in_queue += queued.since.elapsed();
                return Some(queued.job);
            }
            if state.closed && state.queue.len() == 0 {
                break;
            }
            state.looking -= 1;
            state.idle += 1;
            let (woken, timeout) = self.work.wait_timeout(state, KEEP_ALIVE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            state.looking += 1;
            state.notified = state.notified.saturating_sub(1);
            if timeout.timed_out() && state.queue.len() == 0 {
                break;
            }
        }
        state.looking -= 1;
        state.threads -= 1;
        None
    }

    fn ended(&self, waits: &ThreadWaits, was_abandoned: bool) {
        let mut state = self.lock();
        state.waiting -= usize::from(waits.end());
        state.running -= 1;
        state.looking += 1;
        state.completed += 1;
        state.abandoned -= usize::from(was_abandoned);
        state.last_end = Some(Instant::now());
        self.report_idle(&state);
    }

    fn report_idle(&self, state: &State) {
        if state.is_idle() {
            self.idle.notify_waiters();
        }
    }

    /// Warns of a pool whose threads all wait for something that this pool may have to do.
    fn report_stuck(&self, state: &mut State, now: Instant) {
        let is_over = |since: Instant| now.saturating_duration_since(since) >= STUCK;
        // Finding the oldest job visits every run: do that only every ten seconds.
        let last_end = *state.last_end.get_or_insert(now);
        if !is_over(last_end) || !state.last_check.is_none_or(is_over) {
            return;
        }
        let Some(oldest) = state.queue.oldest() else { return };
        state.last_check = Some(now);
        if is_over(oldest) {
            trace::stuck(&self.settings.name, state.running, state.queue.len(), now - oldest);
        }
    }
}

/// At most 15 bytes, which is all that Linux keeps: `wf-cpu-10`.
fn thread_name(pool: &str, number: usize) -> String {
    let number = format!("-{number}");
    let mut name = format!("wf-{pool}");
    let mut length = name.len().min(15 - number.len().min(12));
    while !name.is_char_boundary(length) {
        length -= 1;
    }
    name.truncate(length);
    name + &number
}

/// Delivers a result. Waking its receiver may run the user's code.
fn deliver(work: Box<dyn Work>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work.deliver())) {
        discard(payload);
    }
}
