//! Threads that withdraw a job, and that wait for it, while it starts, ends or is refused.

use super::{Jobs, job, pool, result, submit};
use crate::sync::{
    atomic::{AtomicUsize, Ordering::SeqCst},
    model::check,
    thread,
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
