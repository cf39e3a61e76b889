//! Runs that need a timer outside of a tokio runtime with time enabled.

use futures::executor::block_on;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio::runtime::{Builder, Runtime};
use workflows_runtime::prelude::*;
use workflows_tests::{Attempts, ms, yield_once};

/// Counts its executions.
#[workflow]
struct Plain {
    executed: Arc<AtomicU32>,
}

#[workflow]
impl Plain {
    #[step]
    async fn begin(&self, _start: Start<()>) -> Stop<()> {
        self.executed.fetch_add(1, Ordering::Relaxed);
        yield_once().await;
        Stop(())
    }
}

/// One of its steps has a timeout.
#[workflow]
struct StepTimeout {
    executed: Arc<AtomicU32>,
}

#[event]
struct Next;

#[workflow]
impl StepTimeout {
    #[step]
    async fn begin(&self, _start: Start<()>) -> Next {
        self.executed.fetch_add(1, Ordering::Relaxed);
        Next
    }
    #[step(timeout = "5s")]
    async fn end(&self, _next: Next) -> Stop<()> {
        Stop(())
    }
}

/// Fails twice.
#[workflow]
struct Flaky {
    executed: Arc<AtomicU32>,
}

#[workflow]
impl Flaky {
    #[step(retry = Attempts(3, ms(1)))]
    async fn begin(&self, _start: Start<()>) -> StepResult<Stop<u32>> {
        let executed = self.executed.fetch_add(1, Ordering::Relaxed) + 1;
        if executed < 3 { Err(StepError::msg("not yet")) } else { Ok(Stop(executed)) }
    }
}

/// Fails twice, and is retried at once.
#[workflow]
struct Eager {
    executed: Arc<AtomicU32>,
}

#[workflow]
impl Eager {
    #[step(retry = Attempts(3, Duration::ZERO))]
    async fn begin(&self, _start: Start<()>) -> StepResult<Stop<u32>> {
        let executed = self.executed.fetch_add(1, Ordering::Relaxed) + 1;
        if executed < 3 { Err(StepError::msg("not yet")) } else { Ok(Stop(executed)) }
    }
}

/// A runtime without time.
fn timeless() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn is_no_timer<T>(result: Result<T, RunError>) -> bool {
    matches!(result, Err(RunError::NoTimer))
}

#[test]
fn timeout_without_a_timer_fails_before_the_first_step() {
    let executed: Arc<AtomicU32> = Arc::default();
    let plain = || Plain { executed: Arc::clone(&executed) }.run(()).timeout(ms(5));
    let step_timeout = || StepTimeout { executed: Arc::clone(&executed) }.run(());
    assert!(is_no_timer(block_on(plain().into_future())));
    assert!(is_no_timer(block_on(step_timeout().into_future())));
    let runtime = timeless();
    assert!(is_no_timer(runtime.block_on(plain().into_future())));
    assert!(is_no_timer(runtime.block_on(async { plain().start().await })));
    assert!(is_no_timer(runtime.block_on(async { step_timeout().start().await })));
    assert_eq!(executed.load(Ordering::Relaxed), 0);
    Builder::new_current_thread().enable_time().build().unwrap().block_on(plain().into_future()).unwrap();
}

#[test]
fn retry_delay_without_a_timer_ends_the_run() {
    let flaky = || Flaky { executed: Arc::default() }.run(());
    assert!(is_no_timer(block_on(flaky().into_future())));
    assert!(is_no_timer(timeless().block_on(async { flaky().start().await })));
}

#[test]
fn run_without_delays_needs_no_timer() {
    block_on(Plain { executed: Arc::default() }.run(()).into_future()).unwrap();
    timeless().block_on(async { Plain { executed: Arc::default() }.run(()).start().await }).unwrap();
    assert_eq!(block_on(Eager { executed: Arc::default() }.run(()).into_future()).unwrap(), 3);
}

/// A wait with a timeout, which the step begins.
#[workflow]
struct Asks;

#[workflow]
impl Asks {
    #[step]
    async fn ask(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, _start: Start<()>) -> Stop<bool> {
        Stop(ctx.wait_for::<bool>().timeout(ms(5)).await.is_ok())
    }
}

#[test]
fn wait_with_a_timeout_without_a_timer_ends_the_run() {
    assert!(is_no_timer(timeless().block_on(async { Asks.run(()).start().await })));
}

#[test]
fn run_without_a_timer_can_be_resumed_with_one() {
    let snapshot = timeless().block_on(async {
        let run = Flaky { executed: Arc::default() }.run(()).start();
        assert!(is_no_timer(run.result().await));
        run.snapshot().await.unwrap()
    });
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let executed = Arc::new(AtomicU32::new(1));
    let resumed = Flaky { executed }.resume(snapshot).into_future();
    assert_eq!(runtime.block_on(resumed).unwrap(), 3);
}
