//! Waits that end with their attempt while another thread polls them.

use crate::{
    executor::{Executors, Kind, Offloaded, Origin, offload},
    prelude::*,
    sync::{Mutex, model::check, thread},
};
use shuttle::future::block_on;
use std::{mem::take, sync::Arc};

/// A wait on a thread of a pool, which outlives its step.
type Waiting = Arc<Mutex<Vec<Offloaded<u32>>>>;

/// Returns while a thread with a clone of the context waits for a response.
#[workflow]
struct Outlived {
    waiting: Waiting,
}

#[workflow]
impl Outlived {
    #[step]
    async fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<()> {
        let outliving = ctx.clone();
        let wait = offload(Origin::current(), Kind::Io, move || block_on(outliving.wait_for::<u32>()));
        self.waiting.lock().unwrap().push(wait);
        Stop(())
    }
}

/// Fails while a thread with a clone of the context waits for a response. The handler waits for one as well.
#[workflow]
struct Fails {
    waiting: Waiting,
}

#[workflow]
impl Fails {
    #[step]
    async fn fail(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> StepResult<Stop<u32>> {
        let outliving = ctx.clone();
        let wait = offload(Origin::current(), Kind::Io, move || block_on(outliving.wait_for::<u32>()));
        self.waiting.lock().unwrap().push(wait);
        Err(StepError::msg("no"))
    }

    #[catch_error]
    async fn recover(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, _failed: StepFailed) -> Stop<u32> {
        Stop(ctx.wait_for::<u32>().await)
    }
}

/// Waits for a response on a thread of a pool.
#[workflow]
struct Blocked;

#[workflow]
impl Blocked {
    #[step]
    #[blocking(io)]
    fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<u32> {
        Stop(block_on(ctx.wait_for::<u32>()))
    }
}

fn executors() -> Executors {
    Executors::builder().io_threads(1).cpu_threads(1).build().expect("there are threads")
}

#[test]
fn wait_that_outlives_its_run_ends() {
    check(|| {
        let executors = executors();
        let waiting = Waiting::default();
        let run = Outlived { waiting: Arc::clone(&waiting) }.run(()).executors(&executors).start();
        block_on(run.result()).unwrap();
        let waits = take(&mut *waiting.lock().unwrap());
        assert_eq!(waits.len(), 1);
        for wait in waits {
            // Deadlocks if the wait is not woken.
            assert!(block_on(wait).is_err(), "no response was sent, so the wait unwinds");
        }
        block_on(executors.drain());
        assert!(executors.metrics().iter().all(|pool| pool.waiting == 0));
    });
}

#[test]
fn wait_that_outlives_its_attempt_ends_and_takes_no_response() {
    check(|| {
        let executors = executors();
        let waiting = Waiting::default();
        let run = Fails { waiting: Arc::clone(&waiting) }.run(()).executors(&executors).start();
        let wait = loop {
            if let Some(wait) = waiting.lock().unwrap().pop() {
                break wait;
            }
            thread::yield_now();
        };
        // Deadlocks if the wait is not woken: the run has not ended.
        assert!(block_on(wait).is_err(), "no response was sent, so the wait unwinds");
        run.send(HumanResponse(1)).unwrap();
        assert_eq!(block_on(run.result()).unwrap(), 1);
    });
}

#[test]
fn wait_of_blocking_code_ends_with_its_run_or_its_response() {
    check(|| {
        let executors = executors();
        let run = Arc::new(Blocked.run(()).executors(&executors).start());
        let answering = {
            let run = Arc::clone(&run);
            thread::spawn(move || run.send(HumanResponse(1)).is_ok())
        };
        run.cancel();
        match block_on(run.result()) {
            Ok(number) => assert_eq!(number, 1),
            Err(error) => assert!(matches!(error, RunError::Cancelled), "{error}"),
        }
        answering.join().unwrap();
        // Deadlocks if the wait is not woken.
        block_on(executors.drain());
        assert!(executors.metrics().iter().all(|pool| (pool.waiting, pool.abandoned) == (0, 0)));
    });
}
