//! A pool of threads with one queue.
//!
//! Threads are started when there is work for them, and end when they were idle for a while. A thread that
//! waits for other work of this crate does not count against the bound of its pool: the pool starts another one.
//! Otherwise parents that wait for their children would occupy all threads that the children need.

use super::{
    ExecutorError,
    crossing::Caught,
    job::{Job, PendingJob, Withdrawal},
    metrics::PoolMetrics,
    queue::Queue,
    scope::{Hold, Origin},
    waiting::ThreadWaits,
};
use crate::{
    instruments,
    sync::{
        Condvar, Mutex, MutexGuard, Notify,
        atomic::{AtomicBool, Ordering},
        notified_until,
    },
    trace,
};
use std::{
    sync::{Arc, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

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
    pub(super) settings: PoolSettings,
    pub(super) state: Mutex<State>,
    /// Whether jobs are queued, for threads that do not hold the lock.
    pub(super) has_work: AtomicBool,
    /// Wakes an idle thread.
    pub(super) work: Condvar,
    /// Wakes those that wait in [`Pool::idle`].
    pub(super) idle: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queue: Queue,
    /// Threads that exist.
    pub(super) threads: usize,
    /// Threads that sleep until there is a job.
    pub(super) idle: usize,
    /// Idle threads that have been notified and do not run yet.
    pub(super) notified: usize,
    /// Threads without a job that look at the queue before they sleep.
    pub(super) looking: usize,
    /// Threads that have been started and do not run yet.
    pub(super) starting: usize,
    /// Threads that run a job. Invariant: `idle + looking + starting + running == threads`.
    pub(super) running: usize,
    /// Threads that run a job which waits for other work of this crate.
    pub(super) waiting: usize,
    /// Jobs that still run although their result is not needed any more.
    pub(super) abandoned: usize,
    /// The numbers of the threads that exist, for their names.
    pub(super) numbers: Vec<bool>,
    /// The waits of the threads that run.
    pub(super) waits: Vec<Arc<ThreadWaits>>,
    pub(super) closed: bool,
    pub(super) completed: u64,
    pub(super) time_in_queue: Duration,
    pub(super) last_end: Option<Instant>,
    /// The time of the last search for a job that waits for too long.
    pub(super) last_check: Option<Instant>,
}

impl State {
    /// The jobs that count against the bound.
    pub(super) fn active(&self) -> usize {
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

    /// Queues a job of the run with this key. Jobs of one run start in the order of these calls.
    pub(super) fn submit<T: 'static>(
        &self,
        run: usize,
        job: Arc<dyn PendingJob<T>>,
    ) -> Result<QueuedJob<T>, ExecutorError> {
        let inner = &self.0;
        let name = &inner.settings.name;
        let now = Instant::now();
        let mut state = inner.lock();
        if state.closed {
            return Err(ExecutorError::ShutDown);
        }
        if let Some(limit) = inner.settings.queue_limit
            && state.queue.len() >= limit
        {
            return Err(ExecutorError::QueueFull { executor: name.clone(), limit });
        }
        state.queue.push(run, Arc::clone(&job) as Arc<dyn Job>, now);
        inner.has_work.store(true, Ordering::Release);
        inner.report_stuck(&mut state, now);
        if let Err(error) = inner.activate(&mut state)
            && state.threads == 0
        {
            job.withdraw(None);
            state.queue.count_withdrawn();
            drop(state);
            job.settle();
            return Err(ExecutorError::Refused { executor: name.clone(), source: error.into() });
        }
        // Under the lock: no thread counts the job as started before.
        instruments::job_queued(name, inner.settings.threads);
        drop(state);
        Ok(QueuedJob { pool: Arc::clone(inner), job })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
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
        instruments::job_dequeued(&self.0.settings.name, cleared.len());
        for job in cleared {
            job.settle();
        }
    }

    /// Resolves when no job is queued or running.
    pub(super) async fn idle(&self) {
        notified_until(&self.0.idle, || self.0.lock().is_idle()).await;
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
pub(super) struct QueuedJob<T> {
    pool: Arc<Inner>,
    job: Arc<dyn PendingJob<T>>,
}

impl<T> QueuedJob<T> {
    /// See [`PendingJob::poll`].
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.job.poll(cx)
    }

    /// See [`PendingJob::take`].
    pub(super) fn take(&self) -> Option<Caught<T>> {
        self.job.take()
    }

    /// Drops the work if it has not started. If it is still running, drops `hold` once it has ended, and returns the
    /// execution that it belongs to.
    pub(super) fn withdraw(&self, hold: Option<Hold>) -> Option<Origin> {
        let mut state = self.pool.lock();
        match self.job.withdraw(hold) {
            Withdrawal::Running(origin) => {
                state.abandoned += 1;
                return origin;
            }
            Withdrawal::Queued => {
                state.queue.count_withdrawn();
                self.pool.report_idle(&state);
                instruments::job_dequeued(&self.pool.settings.name, 1);
            }
            Withdrawal::Ended => {}
        }
        drop(state);
        self.job.settle();
        None
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
        self.start_thread(state)
    }

    pub(super) fn report_idle(&self, state: &State) {
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

#[cfg(all(test, feature = "tracing", not(shuttle)))]
mod tests {
    use super::*;
    use crate::executor::job::Ended;
    use std::sync::atomic::AtomicUsize;
    use tracing::{
        Event, Metadata, Subscriber,
        span::{Attributes, Id, Record},
    };

    /// A job that stays in the queue.
    struct Queued;

    impl Job for Queued {
        fn start(&self) -> bool {
            true
        }
        fn is_withdrawn(&self) -> bool {
            false
        }
        fn run(&self) -> Ended {
            Ended::Needed
        }
        fn deliver(&self) {}
        fn refuse(&self) -> bool {
            true
        }
        fn settle(&self) {}
    }

    /// Counts warnings of stuck executors.
    struct Warnings(Arc<AtomicUsize>);

    impl Subscriber for Warnings {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.is_event() && metadata.fields().field("oldest").is_some()
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn stuck_pool_is_reported_every_ten_seconds() {
        let settings = PoolSettings { name: "cpu".to_owned(), threads: 1, stack_size: None, queue_limit: None };
        let pool = Pool::new(settings).unwrap();
        let warnings = Arc::new(AtomicUsize::new(0));
        let reports_until = |state: &mut State, now| {
            let subscriber = Warnings(Arc::clone(&warnings));
            tracing::subscriber::with_default(subscriber, || pool.0.report_stuck(state, now));
            warnings.load(Ordering::SeqCst)
        };
        let begin = Instant::now();
        let after = |secs| begin + Duration::from_secs(secs);
        let mut state = pool.0.lock();
        // The only thread runs a job that waits, by a lock or a channel, for the queued one.
        state.running = 1;
        assert_eq!(reports_until(&mut state, begin), 0);
        state.queue.push(0, Arc::new(Queued), begin);
        assert_eq!(reports_until(&mut state, after(9)), 0);
        assert_eq!(reports_until(&mut state, after(10)), 1);
        assert_eq!(reports_until(&mut state, after(19)), 1);
        assert_eq!(reports_until(&mut state, after(20)), 2);
        // A pool that is only slow is not stuck.
        state.last_end = Some(after(21));
        assert_eq!(reports_until(&mut state, after(30)), 2);
        assert_eq!(reports_until(&mut state, after(31)), 3);
        // Nothing waits for the job that runs.
        state.queue.clear();
        assert_eq!(reports_until(&mut state, after(50)), 3);
        state.running = 0;
    }
}
