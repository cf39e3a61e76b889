//! What the runs of one instance share: the permits of `max_runs`, and resources.

use crate::{
    prelude::*,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        model::check,
        switch, thread,
    },
};
use shuttle::future::{block_on, yield_now};
use std::sync::Arc;

/// Counts its runs that execute at the same time.
#[workflow(max_runs = 1)]
#[derive(Default)]
struct Limited {
    running: AtomicUsize,
    ended: AtomicUsize,
}

/// A step that runs, until it is dropped.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn begin(running: &'a AtomicUsize) -> Self {
        assert_eq!(running.fetch_add(1, SeqCst), 0, "`max_runs` is 1");
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[workflow]
impl Limited {
    #[step]
    async fn work(&self, Start(()): Start<()>) -> Stop<()> {
        let _running = Running::begin(&self.running);
        yield_now().await;
        self.ended.fetch_add(1, SeqCst);
        Stop(())
    }
}

#[test]
fn runs_of_an_instance_take_turns() {
    check(|| {
        let workflow = Arc::new(Limited::default());
        let in_place = {
            let workflow = Arc::clone(&workflow);
            thread::spawn(move || block_on(workflow.run(()).into_future()).unwrap())
        };
        let started = Arc::clone(&workflow).run(()).start();
        block_on(started.result()).unwrap();
        in_place.join().unwrap();
        assert_eq!(workflow.ended.load(SeqCst), 2);
    });
}

#[test]
fn run_cancelled_in_the_queue_passes_its_permit_on() {
    check(|| {
        let workflow = Arc::new(Limited::default());
        let runs = [(), (), ()].map(|()| Arc::clone(&workflow).run(()).start());
        let [first, second, third] = runs;
        let cancelling = thread::spawn(move || {
            second.cancel();
            block_on(second.result()).is_ok()
        });
        block_on(first.result()).unwrap();
        block_on(third.result()).unwrap();
        let ran = 2 + usize::from(cancelling.join().unwrap());
        // A cancelled run may have executed its step before.
        assert!(workflow.ended.load(SeqCst) >= ran);
    });
}

/// Counts the values that it makes.
#[workflow]
#[derive(Default)]
struct Makes {
    begun: AtomicUsize,
    made: AtomicUsize,
}

#[workflow]
impl Makes {
    #[resource]
    async fn number(&self) -> usize {
        self.begun.fetch_add(1, SeqCst);
        yield_now().await;
        switch();
        self.made.fetch_add(1, SeqCst)
    }

    #[step]
    async fn take(&self, Start(()): Start<()>, #[resource(number)] number: &usize) -> Stop<usize> {
        Stop(*number)
    }
}

#[test]
fn resource_is_made_once_per_instance() {
    check(|| {
        let workflow = Arc::new(Makes::default());
        let threads = [(), ()].map(|()| {
            let workflow = Arc::clone(&workflow);
            thread::spawn(move || block_on(workflow.run(()).into_future()).unwrap())
        });
        assert_eq!(block_on(Arc::clone(&workflow).run(()).start().result()).unwrap(), 0);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 0, "all runs have the same value");
        }
        assert_eq!(workflow.made.load(SeqCst), 1);
        assert_eq!(workflow.begun.load(SeqCst), 1);
    });
}

#[test]
fn resource_of_a_cancelled_run_is_made_by_another() {
    check(|| {
        let workflow = Arc::new(Makes::default());
        let cancelled = Arc::clone(&workflow).run(()).start();
        let waiting = {
            let workflow = Arc::clone(&workflow);
            thread::spawn(move || block_on(workflow.run(()).into_future()).unwrap())
        };
        cancelled.cancel();
        let result = block_on(cancelled.result());
        assert_eq!(waiting.join().unwrap(), 0);
        assert!(matches!(result, Ok(0) | Err(RunError::Cancelled)));
        assert_eq!(workflow.made.load(SeqCst), 1);
    });
}
