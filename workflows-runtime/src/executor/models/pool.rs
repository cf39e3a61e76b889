//! Threads that submit jobs to a pool, and that close it.

use super::{super::ExecutorError, Jobs, job, job_of, pool, result, submit};
use crate::sync::{atomic::Ordering::SeqCst, model::check, thread};
use shuttle::future::block_on;
use std::sync::Arc;

#[test]
fn jobs_run_once_within_the_bound() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let submitters = [1, 2].map(|run| {
            let pool = Arc::clone(&pool);
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || assert!(block_on(result(&submit(&pool, run, &jobs))).is_some()))
        });
        for submitter in submitters {
            submitter.join().unwrap();
        }
        block_on(pool.idle());
        jobs.await_drops(2);
        assert_eq!(jobs.ran.load(SeqCst), 2);
        assert_eq!(jobs.outputs_dropped.load(SeqCst), 2, "both results are delivered");
        assert_eq!(jobs.most_running.load(SeqCst), 1);
    });
}

#[test]
fn jobs_use_all_threads() {
    check(|| {
        let pool = pool(2);
        let jobs = Arc::<Jobs>::default();
        // Leaves a thread that looks for work, sleeps, or ends.
        assert!(block_on(result(&submit(&pool, 1, &jobs))).is_some());
        for _ in 0..10 {
            thread::yield_now();
        }
        // Each job ends only once the other one runs.
        let queued = [(), ()].map(|()| {
            let jobs = Arc::clone(&jobs);
            let pair = job_of(move || {
                jobs.running.fetch_add(1, SeqCst);
                while jobs.running.load(SeqCst) < 2 {
                    thread::yield_now();
                }
                jobs.ran.fetch_add(1, SeqCst);
            });
            pool.submit(1, pair)
        });
        block_on(pool.idle());
        assert_eq!(jobs.ran.load(SeqCst), 3);
        drop(queued);
    });
}

// An idle thread may time out at the moment at which a job is queued for it.
#[test]
fn job_for_an_idle_thread_is_not_lost() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        for _ in 0..3 {
            assert!(block_on(result(&submit(&pool, 1, &jobs))).is_some());
        }
        assert_eq!(jobs.ran.load(SeqCst), 3);
    });
}

#[test]
fn job_is_counted_before_its_result_is_delivered() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = submit(&pool, 1, &jobs);
        assert!(block_on(result(&queued)).is_some());
        let metrics = pool.metrics();
        assert_eq!((metrics.queued, metrics.running, metrics.completed), (0, 0, 1));
    });
}

#[test]
fn closed_pool_ends_its_threads_and_runs_its_queue() {
    check(|| {
        let pool = pool(2);
        let jobs = Arc::<Jobs>::default();
        let submitting = {
            let pool = Arc::clone(&pool);
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || match pool.submit(1, job(&jobs)) {
                Ok(queued) => block_on(result(&queued)).is_some(),
                Err(ExecutorError::ShutDown) => false,
                Err(error) => panic!("{error}"),
            })
        };
        let queued = submit(&pool, 2, &jobs);
        pool.close();
        assert!(block_on(result(&queued)).is_some(), "a queued job of a closed pool runs");
        let ran = 1 + usize::from(submitting.join().unwrap());
        assert_eq!(jobs.ran.load(SeqCst), ran);
        while pool.metrics().threads > 0 {
            thread::yield_now();
        }
    });
}

#[test]
fn cleared_pool_becomes_idle() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = [1, 2].map(|run| submit(&pool, run, &jobs));
        let clearing = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                pool.close();
                pool.clear();
            })
        };
        block_on(pool.idle());
        clearing.join().unwrap();
        block_on(pool.idle());
        jobs.await_drops(2);
        let delivered = queued.iter().filter_map(|queued| block_on(result(queued))).count();
        assert_eq!(jobs.ran.load(SeqCst), delivered);
    });
}

#[test]
fn refused_job_does_not_start() {
    check(|| {
        let pool = pool(1);
        let jobs = Arc::<Jobs>::default();
        let queued = submit(&pool, 1, &jobs);
        let clearing = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || pool.clear())
        };
        // Deadlocks if neither the end nor the refusal wakes it.
        let output = block_on(result(&queued));
        clearing.join().unwrap();
        block_on(pool.idle());
        jobs.await_drops(1);
        assert_eq!(jobs.ran.load(SeqCst), usize::from(output.is_some()));
        drop(output);
        assert_eq!(jobs.outputs_dropped.load(SeqCst), jobs.ran.load(SeqCst));
    });
}
