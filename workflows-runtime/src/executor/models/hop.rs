//! Futures that wait for work of a pool, and that are dropped.

use super::{
    super::{ExecutorError, Kind, Waiting, offload, offload::OffloadError, offload_step},
    Counted, Jobs, origin, test_run,
};
use crate::{
    engine::ExecutionId,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        model::check,
        thread,
    },
};
use shuttle::future::block_on;
use std::sync::Arc;

fn value<T>(result: Result<T, OffloadError>) -> T {
    match result {
        Ok(value) => value,
        Err(OffloadError::Refused(error)) => panic!("{error}"),
        Err(OffloadError::Panicked(_)) => panic!("the work panicked"),
    }
}

// Both parents wait on the only thread of the pool that their children need.
#[test]
fn waiting_parents_leave_a_thread_for_their_children() {
    check(|| {
        let run = test_run(1);
        let parents = [1, 2].map(|number| {
            let (of_parent, of_child) = (origin(&run), origin(&run));
            offload(Some(of_parent), Kind::Cpu, move || {
                value(block_on(offload(Some(of_child), Kind::Cpu, move || number * 10)))
            })
        });
        let results = parents.map(|parent| value(block_on(parent)));
        assert_eq!(results, [10, 20]);
        block_on(run.executors.drain());
        for pool in run.executors.metrics() {
            assert_eq!((pool.running, pool.waiting), (0, 0));
        }
    });
}

// As in a closure that the step passes to rayon.
#[test]
fn step_that_waits_on_another_thread_leaves_its_own_to_the_child() {
    check(|| {
        let run = test_run(1);
        let (of_step, of_child, of_closure) = (origin(&run), origin(&run), Arc::clone(&run));
        let step = offload_step(Some(of_step), Kind::Cpu, false, move || {
            let closure = thread::spawn(move || {
                let waiting = Waiting::of_step(&of_closure.executors, &*of_closure, ExecutionId::DETACHED);
                assert!(waiting.is_some(), "a thread executes the step");
                value(block_on(offload(Some(of_child), Kind::Cpu, || 10)))
            });
            closure.join().unwrap()
        });
        assert_eq!(value(block_on(step)), 10);
        block_on(run.executors.drain());
        for pool in run.executors.metrics() {
            assert_eq!((pool.running, pool.waiting), (0, 0));
        }
        assert!(Waiting::of_step(&run.executors, &*run, ExecutionId::DETACHED).is_none(), "the step has ended");
    });
}

// A thread that was started for a child is idle when its parent continues, which then occupies the bound.
#[test]
fn thread_that_has_waited_counts_again() {
    check(|| {
        let run = test_run(1);
        let (of_parent, of_child, of_next) = (origin(&run), origin(&run), origin(&run));
        let parents = Arc::new(AtomicUsize::new(0));
        let parent = offload(Some(of_parent), Kind::Cpu, move || {
            value(block_on(offload(Some(of_child), Kind::Cpu, || ())));
            parents.fetch_add(1, SeqCst);
            let seen = Arc::clone(&parents);
            let next = offload(Some(of_next), Kind::Cpu, move || seen.load(SeqCst));
            for _ in 0..3 {
                thread::yield_now();
            }
            parents.fetch_sub(1, SeqCst);
            next
        });
        let next = value(block_on(parent));
        assert_eq!(value(block_on(next)), 0, "the parent runs on the only thread of the pool");
    });
}

#[test]
fn dropped_offload_is_reported_only_while_its_work_runs() {
    check(|| {
        let run = test_run(1);
        let jobs = Arc::<Jobs>::default();
        let work = Counted(Arc::clone(&jobs));
        let offloaded = offload(Some(origin(&run)), Kind::Cpu, move || work.run());
        let dropping = thread::spawn(move || drop(offloaded));
        dropping.join().unwrap();
        let abandoned = run.abandoned.load(SeqCst);
        block_on(run.executors.drain());
        jobs.await_drops(1);
        jobs.await_output_drops();
        assert!(abandoned <= jobs.ran.load(SeqCst), "only work that runs is abandoned");
        assert!(run.executors.metrics().iter().all(|pool| pool.abandoned == 0));
    });
}

#[test]
fn shutdown_during_a_hop_returns_its_value_or_its_error() {
    check(|| {
        let run = test_run(1);
        let shutting_down = {
            let executors = run.executors.clone();
            thread::spawn(move || executors.shutdown_background())
        };
        let result = block_on(offload(Some(origin(&run)), Kind::Cpu, || 7));
        assert!(matches!(result, Ok(7) | Err(OffloadError::Refused(ExecutorError::ShutDown))));
        shutting_down.join().unwrap();
        block_on(run.executors.drain());
        assert!(matches!(
            block_on(offload(Some(origin(&run)), Kind::Cpu, || 8)),
            Err(OffloadError::Refused(ExecutorError::ShutDown))
        ));
    });
}
