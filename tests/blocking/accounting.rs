//! After any end of a job, its pool counts nothing for it.

use std::{
    cell::RefCell,
    future::Future,
    panic::panic_any,
    pin::Pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context as Task, Waker},
};
use tokio::task::yield_now;
use workflows_runtime::{BlockingJob, Executors, PoolMetrics, Run, prelude::*};

type Job = Box<dyn FnOnce() + Send>;
type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a closure on the cpu executor, from a step that is async.
#[workflow]
struct Once;

#[workflow]
impl Once {
    #[step]
    async fn run(&self, Start(Given(job)): Start<Given>) -> Stop<()> {
        let job = job.lock().unwrap().take().unwrap();
        cpu(job).await;
        Stop(())
    }
}

/// A job that a snapshot cannot hold.
#[derive(Clone)]
struct Given(Arc<Mutex<Option<Job>>>);

impl serde::Serialize for Given {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("a job"))
    }
}

impl<'de> serde::Deserialize<'de> for Given {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("a job"))
    }
}

#[blocking(cpu)]
fn cpu(job: Job) {
    job();
}

fn run(executors: &Executors, job: impl FnOnce() + Send + 'static) -> Run<Once> {
    Once.run(Given(Arc::new(Mutex::new(Some(Box::new(job)))))).executors(executors)
}

fn poll_once(call: &mut Call) {
    assert!(call.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_pending());
}

fn cpu_metrics(executors: &Executors) -> PoolMetrics {
    executors.metrics().into_iter().find(|pool| pool.name == "cpu").unwrap()
}

/// Submits a job that holds the only thread until the test sends to it.
async fn occupy(executors: &Executors) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (open, gate) = mpsc::channel();
    let run = run(executors, move || gate.recv().unwrap());
    let occupant = tokio::spawn(async move { run.await.unwrap() });
    while cpu_metrics(executors).running == 0 {
        yield_now().await;
    }
    (open, occupant)
}

async fn assert_idle(executors: &Executors) {
    executors.drain().await;
    let pool = cpu_metrics(executors);
    assert_eq!((pool.queued, pool.running, pool.waiting, pool.abandoned), (0, 0, 0, 0));
    assert_eq!(pool.oldest_queued, None);
    // The threads still work.
    run(executors, || ()).await.unwrap();
}

#[tokio::test]
async fn call_that_outlives_the_job_that_polled_it_counts_no_wait() {
    let executors = super::executors(1, 1);
    let (open, gate) = mpsc::channel();
    let (send_call, call) = mpsc::channel();
    let job = move || {
        let mut inner: Call = Box::pin(cpu(Box::new(move || gate.recv().unwrap())));
        poll_once(&mut inner);
        send_call.send(inner).unwrap();
    };
    run(&executors, job).await.unwrap();
    let inner = call.recv().unwrap();
    assert_eq!(cpu_metrics(&executors).waiting, 0);
    open.send(()).unwrap();
    inner.await;
    assert_idle(&executors).await;
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[tokio::test]
async fn panics_of_the_carry_hook_fail_the_step_only() {
    let after = || {
        |job: BlockingJob<'_>| {
            job.run();
            panic!("after the job");
        }
    };
    let executors = Executors::builder().cpu_threads(1).carry(after).build().unwrap();
    for _ in 0..2 {
        let error = run(&executors, || ()).await.unwrap_err();
        assert!(error.to_string().contains("after the job"), "{error}");
    }
    executors.drain().await;
    assert_eq!(cpu_metrics(&executors).running, 0);

    let capture = || {
        assert!(std::env::args().count() == 0, "no capture");
        |job: BlockingJob<'_>| job.run()
    };
    let executors = Executors::builder().cpu_threads(1).carry(capture).build().unwrap();
    for _ in 0..2 {
        let bomb = Bomb;
        // The job never runs, and dropping it panics.
        let error = run(&executors, move || drop(bomb)).await.unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
    }
    executors.drain().await;
    assert_eq!(cpu_metrics(&executors).running, 0);
}

#[tokio::test]
async fn panic_payload_with_a_panicking_destructor_fails_the_step_only() {
    let executors = super::executors(1, 1);
    let error = run(&executors, || panic_any(Bomb)).await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert_idle(&executors).await;
}

/// Drops a call when it is dropped.
struct DropsCall(Arc<Mutex<Option<Call>>>);

impl Drop for DropsCall {
    fn drop(&mut self) {
        let call = self.0.lock().unwrap().take();
        drop(call);
    }
}

#[tokio::test]
async fn job_dropped_by_a_shutdown_is_not_abandoned() {
    let executors = super::executors(1, 1);
    let (open, occupant) = occupy(&executors).await;
    let other = Arc::new(Mutex::new(None));
    let drops_other = DropsCall(Arc::clone(&other));
    let first = run(&executors, move || drop(drops_other)).start();
    while cpu_metrics(&executors).queued < 1 {
        yield_now().await;
    }
    let second = run(&executors, || ());
    let mut second: Call = Box::pin(async move { drop(second.await) });
    poll_once(&mut second);
    assert_eq!(cpu_metrics(&executors).queued, 2);
    *other.lock().unwrap() = Some(second);
    executors.shutdown_background();
    assert_eq!(cpu_metrics(&executors).abandoned, 0);
    open.send(()).unwrap();
    occupant.await.unwrap();
    assert!(first.await.is_err());
    executors.drain().await;
    assert_eq!(cpu_metrics(&executors).running, 0);
}

#[tokio::test]
async fn withdrawn_jobs_are_neither_queued_nor_old() {
    let executors = super::executors(1, 1);
    let (open, occupant) = occupy(&executors).await;
    let held = Arc::new(());
    let runs: Vec<_> = (0..200)
        .map(|_| {
            let held = Arc::clone(&held);
            run(&executors, move || drop(held)).start()
        })
        .collect();
    while cpu_metrics(&executors).queued < runs.len() {
        yield_now().await;
    }
    for run in &runs {
        run.cancel();
    }
    for run in runs {
        assert!(run.await.is_err());
    }
    assert_eq!(Arc::strong_count(&held), 1);
    let pool = cpu_metrics(&executors);
    assert_eq!((pool.queued, pool.oldest_queued), (0, None));
    open.send(()).unwrap();
    occupant.await.unwrap();
    assert_idle(&executors).await;
}

/// Calls a blocking function when its thread ends.
struct CallsLate(Executors);

impl Drop for CallsLate {
    fn drop(&mut self) {
        let mut call: Call = Box::pin(cpu(Box::new(|| ())));
        poll_once(&mut call);
        assert_eq!(cpu_metrics(&self.0).waiting, 0);
    }
}

thread_local! {
    static CALLS_LATE: RefCell<Option<CallsLate>> = const { RefCell::new(None) };
}

#[tokio::test]
async fn destructors_of_thread_locals_may_call_blocking_functions() {
    let executors = super::executors(1, 1);
    let late = CallsLate(executors.clone());
    run(&executors, move || CALLS_LATE.set(Some(late))).await.unwrap();
    executors.shutdown_background();
    while cpu_metrics(&executors).threads > 0 {
        yield_now().await;
    }
}
