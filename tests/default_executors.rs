//! The default executors of the process.
//!
//! A binary of its own, since they are set once, and since it limits the memory of the process.

use futures::future::join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::{Arc, Mutex, mpsc};
use workflows_runtime::{ExecutorError, Executors, prelude::*};

#[blocking(cpu, pool = "embed")]
fn pool_thread() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

#[workflow]
struct Embed;

#[workflow]
impl Embed {
    #[step]
    async fn embed(&self, _: Start<()>) -> Stop<String> {
        Stop(pool_thread().await)
    }
}

#[blocking(cpu, pool = "embed")]
fn record(order: Arc<Mutex<Vec<u32>>>, n: u32) {
    order.lock().unwrap().push(n);
}

/// Records a range of numbers from an async step, all at once.
#[workflow]
struct Numbers {
    order: Arc<Mutex<Vec<u32>>>,
}

#[workflow]
impl Numbers {
    #[step]
    async fn record(&self, Start((from, to)): Start<(u32, u32)>) -> Stop<()> {
        join_all((from..to).map(|n| record(Arc::clone(&self.order), n))).await;
        Stop(())
    }
}

#[blocking(cpu, pool = "embed")]
fn wait(opened: mpsc::Receiver<()>) {
    opened.recv().unwrap();
}

/// Runs that set no executors take turns as well.
async fn runs_take_turns(executors: &Executors) {
    let queued = || executors.metrics().iter().map(|pool| pool.queued).sum::<usize>();
    let (open, opened) = mpsc::channel();
    let busy = tokio::spawn(wait(opened));
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut runs = Vec::new();
    for (range, total) in [((0, 50), 50), ((100, 102), 52)] {
        while executors.metrics().iter().all(|pool| pool.running == 0) {
            tokio::task::yield_now().await;
        }
        runs.push(Numbers { order: Arc::clone(&order) }.run(range).start());
        while queued() < total {
            tokio::task::yield_now().await;
        }
    }
    open.send(()).unwrap();
    busy.await.unwrap();
    for run in runs {
        run.await.unwrap();
    }
    assert_eq!(order.lock().unwrap()[..5], [0, 100, 1, 101, 2]);
}

#[tokio::test]
async fn default_executors_are_set_once_and_recover_from_a_failure() {
    // A stack that the process may not allocate.
    let builder = Executors::builder().cpu_threads(1).pool("embed", 1).stack_size(2 << 30);
    let executors = builder.build().unwrap();
    assert!(Executors::set_default(executors.clone()).is_ok());
    let unlimited = getrlimit(Resource::As);
    setrlimit(Resource::As, Rlimit { current: Some(2 << 30), ..unlimited }).unwrap();
    let error = Embed.run(()).await.unwrap_err();
    let outside = tokio::spawn(pool_thread()).await;
    setrlimit(Resource::As, unlimited).unwrap();
    assert!(error.to_string().contains("executor `embed`"), "{error}");
    let panic = outside.unwrap_err().into_panic();
    assert!(panic.downcast_ref().is_some_and(StepError::is::<ExecutorError>));

    // Neither a run nor a call outside of runs remembers the failure.
    assert_eq!(Embed.run(()).await.unwrap(), "wf-embed-0");
    assert_eq!(pool_thread().await, "wf-embed-0");
    assert_eq!(executors.metrics().iter().map(|pool| pool.completed).sum::<u64>(), 2);

    runs_take_turns(&executors).await;

    // They cannot be replaced.
    let other = Executors::builder().build().unwrap();
    assert!(Executors::set_default(other).is_err());
    assert_eq!(pool_thread().await, "wf-embed-0");
}
