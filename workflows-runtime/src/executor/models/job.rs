//! Threads that withdraw a job, and that wait for it, while it starts, ends or is refused.

use super::{
    super::pool::{Pool, QueuedJob},
    Jobs, TestRun, job, job_in, pool, result, submit, test_run, test_run_with,
};
use crate::sync::{
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    model::check,
    thread::{self, ThreadId},
};
use shuttle::future::block_on;
use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

#[test]
fn withdrawn_job_runs_or_is_dropped_but_not_both() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = submit(&pool, 1, &jobs);
        let withdrawing = thread::spawn(move || queued.withdraw(None).is_some());
        assert!(block_on(result(&submit(&pool, 2, &jobs))).is_some());
        let was_running = withdrawing.join().unwrap();
        block_on(pool.idle());
        jobs.await_drops(2);
        let ran = jobs.ran.load(SeqCst);
        assert!(ran == 2 || !was_running);
        assert_eq!(jobs.outputs_dropped.load(SeqCst), ran, "the result of a withdrawn job is dropped");
        let metrics = pool.metrics();
        assert_eq!((metrics.queued, metrics.running, metrics.abandoned), (0, 0, 0));
    });
}

/// A hold that is dropped only while no job runs.
struct TestHold {
    jobs: Arc<Jobs>,
    dropped: Arc<AtomicUsize>,
}

impl Drop for TestHold {
    fn drop(&mut self) {
        assert_eq!(self.jobs.running.load(SeqCst), 0, "the withdrawn job has ended");
        self.dropped.fetch_add(1, SeqCst);
    }
}

#[test]
fn hold_of_a_withdrawn_job_is_dropped_after_the_job() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let dropped = Arc::new(AtomicUsize::new(0));
        let queued = submit(&pool, 1, &jobs);
        let hold = Arc::new(TestHold { jobs: Arc::clone(&jobs), dropped: Arc::clone(&dropped) });
        let withdrawing = thread::spawn(move || queued.withdraw(Some(hold)).is_some());
        withdrawing.join().unwrap();
        while dropped.load(SeqCst) == 0 {
            thread::yield_now();
        }
        assert_eq!(dropped.load(SeqCst), 1);
    });
}

#[test]
fn withdrawn_job_leaves_the_pool_idle() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = submit(&pool, 1, &jobs);
        let withdrawing = thread::spawn(move || queued.withdraw(None).is_some());
        block_on(pool.idle());
        withdrawing.join().unwrap();
        jobs.await_drops(1);
    });
}

/// Counts wakes.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

// The work ends, its result is delivered and its future is dropped at the same time.
#[test]
fn job_withdrawn_while_it_ends_drops_its_result_once() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let job = job(&jobs);
        let queued = pool.submit(1, Arc::clone(&job)).ok().expect("the pool is open");
        let wakes = Arc::<Wakes>::default();
        let withdrawing = {
            let wakes = Arc::clone(&wakes);
            thread::spawn(move || {
                let waker = Waker::from(wakes);
                let was_ready = queued.poll(&mut Context::from_waker(&waker)).is_ready();
                let was_running = queued.withdraw(None).is_some();
                (was_ready, was_running)
            })
        };
        let (was_ready, was_running) = withdrawing.join().unwrap();
        block_on(pool.idle());
        // The thread of the pool may settle the job after it is idle.
        jobs.await_drops(1);
        jobs.await_output_drops();
        if was_ready || was_running {
            assert_eq!(jobs.ran.load(SeqCst), 1);
            assert_eq!(wakes.0.load(SeqCst), 0, "a future that is ready or dropped is not woken");
        }
        assert!(wakes.0.load(SeqCst) <= 1);
        assert_eq!(pool.metrics().abandoned, 0);
        // The outputs are dropped by settling the job, not with it.
        drop(job);
    });
}

#[test]
fn job_withdrawn_while_it_is_refused_is_dropped_once() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = submit(&pool, 1, &jobs);
        let withdrawing = thread::spawn(move || queued.withdraw(None).is_some());
        pool.clear();
        let was_running = withdrawing.join().unwrap();
        block_on(pool.idle());
        jobs.await_drops(1);
        jobs.await_output_drops();
        assert!(jobs.ran.load(SeqCst) == 1 || !was_running);
        // The counts of the queue are right: a later job is found.
        assert!(block_on(result(&submit(&pool, 2, &jobs))).is_some());
        let metrics = pool.metrics();
        assert_eq!((metrics.queued, metrics.running, metrics.abandoned), (0, 0, 0));
    });
}

// A future may move to another task between two polls: the last waker counts.
#[test]
fn job_wakes_the_waker_that_was_registered_last() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = submit(&pool, 1, &jobs);
        let first = block_on(poll_fn(|cx| Poll::Ready(queued.poll(cx))));
        let waiting = thread::spawn(move || block_on(result(&queued)).is_some());
        assert!(waiting.join().unwrap());
        assert!(first.is_pending() || jobs.ran.load(SeqCst) == 1);
    });
}

/// Submits a job that has the only reference to its run, and whose work begins when another job is queued. Calls `end`
/// with the first one.
fn with_a_job_queued_behind<T: Send + 'static>(
    pool: &Pool,
    run: Arc<TestRun>,
    work: impl FnOnce() -> T + Send + 'static,
    end: impl FnOnce(QueuedJob<T>),
) {
    let is_queued = Arc::new(AtomicBool::new(false));
    let begins = Arc::clone(&is_queued);
    let first = job_in(&run, move || {
        while !begins.load(SeqCst) {
            thread::yield_now();
        }
        work()
    });
    drop(run);
    let first = pool.submit(1, first).ok().expect("the pool is open");
    let second = submit(pool, 2, &Arc::default());
    is_queued.store(true, SeqCst);
    end(first);
    assert!(block_on(result(&second)).is_some());
    block_on(pool.idle());
}

// It may take long, and another thread may run the next job meanwhile.
#[test]
fn run_is_dropped_before_the_thread_takes_the_next_job() {
    check(|| {
        let pool = pool(1);
        let dropped = Arc::new(AtomicUsize::new(0));
        let on_drop = {
            let (pool, dropped) = (Arc::clone(&pool), Arc::clone(&dropped));
            // Not an assertion: a panic of a destructor is ignored.
            move || _ = dropped.fetch_add(pool.metrics().queued, SeqCst)
        };
        let run = test_run_with(1, Some(Box::new(on_drop)));
        with_a_job_queued_behind(&pool, run, || (), |first| assert!(block_on(result(&first)).is_some()));
        assert_eq!(dropped.load(SeqCst), 1, "dropped while the next job was queued");
    });
}

/// Counts whether it is dropped by the thread that has made it while no job is queued. May take long.
struct SlowOutput {
    pool: Arc<Pool>,
    made_by: ThreadId,
    delays: Arc<AtomicUsize>,
}

impl Drop for SlowOutput {
    fn drop(&mut self) {
        if thread::current().id() == self.made_by && self.pool.metrics().queued == 0 {
            self.delays.fetch_add(1, SeqCst);
        }
    }
}

#[test]
fn output_of_a_withdrawn_job_delays_no_taken_job() {
    check(|| {
        let pool = pool(1);
        let is_made = Arc::new(AtomicBool::new(false));
        let delays = Arc::new(AtomicUsize::new(0));
        let work = {
            let (pool, is_made, delays) = (Arc::clone(&pool), Arc::clone(&is_made), Arc::clone(&delays));
            move || {
                is_made.store(true, SeqCst);
                SlowOutput { pool, made_by: thread::current().id(), delays }
            }
        };
        with_a_job_queued_behind(&pool, test_run(1), work, |first| {
            while !is_made.load(SeqCst) {
                thread::yield_now();
            }
            first.withdraw(None);
        });
        assert_eq!(delays.load(SeqCst), 0);
    });
}
