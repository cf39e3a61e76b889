//! Blocking code: the time in the queue of an executor.

use super::{only, times};
use std::sync::{Mutex, mpsc};
use tokio::time::advance;
use workflows_runtime::{
    Executors,
    prelude::*,
    run_trace::{AttemptErrorKind, AttemptOutcome, RunTrace, SegmentKind},
};
use workflows_tests::{let_others_run, ms, secs};

#[event]
struct Job(u32);
#[event]
struct Done;

/// Blocking steps on a pool with one thread, each of which waits until the test lets it return.
#[workflow]
struct Print {
    gate: Mutex<mpsc::Receiver<()>>,
}

#[workflow]
impl Print {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> Vec<Job> {
        (0..n).map(Job).collect()
    }
    #[step(workers = 4, queue_timeout = "1min")]
    #[blocking(cpu)]
    fn print(&self, Job(_): Job) -> Done {
        self.gate.lock().unwrap().recv().unwrap();
        Done
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

fn one_thread() -> Executors {
    Executors::builder().cpu_threads(1).io_threads(1).build().unwrap()
}

/// Waits until this number of jobs of the pool for computations is running and queued.
async fn until(executors: &Executors, running: usize, queued: usize) {
    loop {
        let pool = executors.metrics().into_iter().find(|pool| pool.name == "cpu").unwrap();
        if (pool.running, pool.queued) == (running, queued) {
            return let_others_run().await;
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until the code of an attempt has begun: a thread that has taken a job may not have called it for a moment.
async fn until_running(trace: impl Fn() -> RunTrace, attempt: usize) {
    while trace().of_step("print").nth(attempt).is_none_or(|attempt| attempt.state != Some(SegmentKind::Running)) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn blocking_step_has_its_time_in_the_executor_queue() {
    let executors = one_thread();
    let (open, gate) = mpsc::channel();
    let run = Print { gate: Mutex::new(gate) }.run(2).executors(&executors).record_trace(100).start();
    until(&executors, 1, 1).await;
    until_running(|| run.trace().unwrap(), 0).await;
    advance(secs(3)).await;
    open.send(()).unwrap();
    until(&executors, 1, 0).await;
    until_running(|| run.trace().unwrap(), 1).await;
    advance(secs(2)).await;
    open.send(()).unwrap();
    assert_eq!(run.result().await.unwrap(), 2);
    let trace = run.trace().unwrap();
    let [first, second] = trace.of_step("print").collect::<Vec<_>>()[..] else { panic!("two attempts") };
    assert_eq!(times(first), [ms(0), secs(3), ms(0), ms(0)]);
    assert_eq!(times(second), [ms(0), secs(2), ms(0), secs(3)]);
    let kinds: Vec<_> = second.segments.iter().map(|segment| segment.kind).collect();
    assert_eq!(kinds, [SegmentKind::ExecutorQueue, SegmentKind::Running]);
}

#[tokio::test(start_paused = true)]
async fn queue_timeout_has_its_kind_and_time() {
    let executors = one_thread();
    let (open, gate) = mpsc::channel();
    let run = Print { gate: Mutex::new(gate) }.run(2).executors(&executors).record_trace(100).start();
    until(&executors, 1, 1).await;
    until_running(|| run.trace().unwrap(), 0).await;
    advance(secs(60)).await;
    let _ = run.result().await.unwrap_err();
    open.send(()).unwrap();
    let trace = run.trace().unwrap();
    let [first, second] = trace.of_step("print").collect::<Vec<_>>()[..] else { panic!("two attempts") };
    assert_eq!(
        (second.outcome, second.error.as_ref().unwrap().kind),
        (AttemptOutcome::Failed, AttemptErrorKind::QueueTimeout)
    );
    assert_eq!(times(second), [ms(0), ms(0), ms(0), secs(60)]);
    assert_eq!((first.outcome, first.abandoned), (AttemptOutcome::Cancelled, true));
    assert!(!second.abandoned);
}

/// A blocking function in an async step.
#[workflow]
struct Call;

#[workflow]
impl Call {
    #[step]
    async fn call(&self, Start(()): Start<()>) -> Stop<u32> {
        tokio::time::sleep(secs(1)).await;
        Stop(compute(20).await)
    }
}

#[blocking(cpu)]
fn compute(n: u32) -> u32 {
    n + 1
}

#[tokio::test(start_paused = true)]
async fn call_of_blocking_code_waits_for_a_thread() {
    let executors = one_thread();
    let (open, gate) = mpsc::channel();
    let occupant = Print { gate: Mutex::new(gate) }.run(1).executors(&executors).start();
    until(&executors, 1, 0).await;
    let run = Call.run(()).executors(&executors).record_trace(100).start();
    let_others_run().await;
    advance(secs(1)).await;
    until(&executors, 1, 1).await;
    advance(secs(4)).await;
    open.send(()).unwrap();
    assert_eq!(run.result().await.unwrap(), 21);
    occupant.await.unwrap();
    let trace = run.trace().unwrap();
    assert_eq!(times(only(&trace, "call")), [ms(0), secs(1), ms(0), secs(4)]);
}

/// A blocking step that panics, behind another job.
#[workflow]
struct Panics;

#[workflow]
impl Panics {
    #[step]
    #[blocking(cpu)]
    fn only(&self, Start(()): Start<()>) -> Stop<()> {
        panic!("out of paper")
    }
}

#[tokio::test(start_paused = true)]
async fn panic_of_blocking_code_ends_its_call() {
    let executors = one_thread();
    let (open, gate) = mpsc::channel();
    let occupant = Print { gate: Mutex::new(gate) }.run(1).executors(&executors).start();
    until(&executors, 1, 0).await;
    let run = Panics.run(()).executors(&executors).record_trace(100).start();
    until(&executors, 1, 1).await;
    advance(secs(9)).await;
    open.send(()).unwrap();
    let _ = run.result().await.unwrap_err();
    occupant.await.unwrap();
    let trace = run.trace().unwrap();
    let only = only(&trace, "only");
    assert_eq!(
        (only.error.as_ref().unwrap().kind, times(only)),
        (AttemptErrorKind::Panic, [ms(0), ms(0), ms(0), secs(9)])
    );
}
