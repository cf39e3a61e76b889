//! Executors that are shut down, and work that outlives its runtime.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
    mpsc::{Receiver, Sender, channel},
};
use workflows_runtime::{ExecutorError, Executors, RunHandle, prelude::*};
use workflows_tests::secs;

/// Blocks until it is released.
#[workflow]
struct Gate {
    started: tokio::sync::mpsc::UnboundedSender<()>,
    release: Mutex<Receiver<()>>,
    returned: Arc<AtomicBool>,
}

#[workflow]
impl Gate {
    #[step]
    #[blocking(io)]
    fn wait(&self, _start: Start<()>) -> Stop<()> {
        self.started.send(()).unwrap();
        // Ends at last, so a runtime that waits for it fails the test and does not hang.
        let _released = self.release.lock().unwrap().recv_timeout(secs(10));
        self.returned.store(true, Ordering::SeqCst);
        Stop(())
    }
}

#[workflow]
struct Quick;

#[workflow]
impl Quick {
    #[step]
    async fn begin(&self, Start(on_cpu): Start<bool>) -> Stop<u32> {
        Stop(if on_cpu { cpu().await } else { io().await })
    }
}

#[blocking(io)]
fn io() -> u32 {
    1
}

#[blocking(cpu)]
fn cpu() -> u32 {
    2
}

struct Started {
    run: RunHandle<Gate>,
    release: Sender<()>,
    returned: Arc<AtomicBool>,
}

/// Starts a run whose work has started.
async fn started(executors: &Executors) -> Started {
    let (started, mut has_started) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = channel();
    let returned = Arc::default();
    let gate = Gate { started, release: Mutex::new(released), returned: Arc::clone(&returned) };
    let run = gate.run(()).executors(executors).start();
    has_started.recv().await.unwrap();
    Started { run, release, returned }
}

#[test]
fn runtime_does_not_wait_for_executors() {
    let executors = Executors::builder().io_threads(2).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Started { run, release, returned } = runtime.block_on(started(&executors));
    run.cancel();
    assert!(matches!(runtime.block_on(run.result()), Err(RunError::Cancelled)));
    drop(run);
    drop(runtime);
    drop(executors);
    assert!(!returned.load(Ordering::SeqCst), "the runtime waited for the work");
    release.send(()).unwrap();
}

#[tokio::test]
async fn shutdown_waits_for_started_work() {
    let executors = Executors::builder().io_threads(2).build().unwrap();
    let Started { run, release, returned } = started(&executors).await;
    assert!(!executors.shutdown_timeout(Duration::ZERO).await);
    release.send(()).unwrap();
    assert!(executors.shutdown_timeout(secs(10)).await);
    assert!(returned.load(Ordering::SeqCst));
    run.await.unwrap();
}

#[tokio::test]
async fn queued_and_later_work_fails_after_a_shutdown() {
    let executors = Executors::builder().io_threads(1).cpu_threads(1).build().unwrap();
    let Started { run, release, .. } = started(&executors).await;
    let queued = Quick.run(false).executors(&executors).start();
    tokio::task::yield_now().await;
    executors.clone().shutdown_background();
    release.send(()).unwrap();
    run.await.unwrap();
    let is_shut_down = |error: RunError| matches!(error.downcast_ref(), Some(ExecutorError::ShutDown));
    assert!(is_shut_down(queued.await.unwrap_err()));
    for on_cpu in [false, true] {
        assert!(is_shut_down(Quick.run(on_cpu).executors(&executors).await.unwrap_err()));
    }
    // The default ones are others.
    assert_eq!(Quick.run(true).await.unwrap(), 2);
}

#[test]
fn executors_need_no_runtime() {
    let executors = Executors::builder().build().unwrap();
    let run = Quick.run(false).executors(&executors).into_future();
    assert_eq!(futures::executor::block_on(run).unwrap(), 1);
}

#[tokio::test]
async fn work_on_own_threads_finds_the_runtime_of_its_caller() {
    #[workflow]
    struct Spawns;
    #[workflow]
    impl Spawns {
        #[step]
        #[blocking(io)]
        fn spawn(&self, _start: Start<()>) -> Stop<u32> {
            let handle = tokio::runtime::Handle::current();
            Stop(handle.block_on(async { tokio::spawn(async { 3 }).await.unwrap() }))
        }
    }
    let executors = Executors::builder().build().unwrap();
    assert_eq!(Spawns.run(()).executors(&executors).await.unwrap(), 3);
}

#[tokio::test]
async fn nested_wait_of_started_work_ends_with_a_shutdown() {
    #[workflow]
    struct Nested {
        executors: Executors,
    }
    #[workflow]
    impl Nested {
        #[step]
        #[blocking(cpu)]
        fn nested(&self, _start: Start<()>) -> Stop<u32> {
            self.executors.shutdown_background();
            Stop(tokio::runtime::Handle::current().block_on(cpu()))
        }
    }
    let executors = Executors::builder().cpu_threads(1).build().unwrap();
    let error = Nested { executors: executors.clone() }.run(()).executors(&executors).await.unwrap_err();
    assert!(matches!(error.find(), Some(ExecutorError::ShutDown)), "{error}");
    assert!(executors.shutdown_timeout(secs(10)).await);
}
