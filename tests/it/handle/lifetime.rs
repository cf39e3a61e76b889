//! Dropping handles, runs, and everything that a finished run has held.

use super::Wait;
use futures::FutureExt;
use std::sync::Arc;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, LogOnDrop, let_others_run};

#[tokio::test(start_paused = true)]
async fn dropped_handle_detaches_the_run() {
    let (workflow, go, log) = Wait::new();
    drop(workflow.run(1).start());
    let_others_run().await;
    assert_eq!(log.take(), ["waits"]);
    go.notify_one();
    let_others_run().await;
    assert_eq!(log.take(), ["continues", "over"]);
}

#[tokio::test(start_paused = true)]
async fn dropped_in_place_run_drops_its_steps() {
    let (workflow, _, log) = Wait::new();
    let mut run = workflow.run(1).into_future();
    assert!((&mut run).now_or_never().is_none());
    assert_eq!(log.take(), ["waits"]);
    drop(run);
    assert_eq!(log.take(), ["over"]);
}

#[tokio::test(start_paused = true)]
async fn finished_run_keeps_no_workflow_alive() {
    let (workflow, go, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let alive = Arc::downgrade(&workflow);
    go.notify_one();
    let run = workflow.run(1).start();
    assert!(alive.upgrade().is_some());
    run.result().await.unwrap();
    let_others_run().await;
    assert!(alive.upgrade().is_none(), "the handle holds the result, not the workflow");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workflow_is_released_before_the_result_is_visible() {
    // Also if the run ends on another thread.
    let (workflow, go, log) = Wait::new();
    let workflow = Arc::new(workflow);
    for n in 0..200 {
        let run = workflow.clone().run(n % 9).start();
        go.notify_one();
        run.await.unwrap();
        assert_eq!((Arc::strong_count(&workflow), log.take().last().copied()), (1, Some("over")));
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_dropped_with_their_run() {
    /// Counts its instances.
    #[event]
    struct Counted(#[serde(skip)] Arc<()>);

    #[workflow]
    struct Leak {
        counter: Arc<()>,
        log: Log<&'static str>,
    }
    #[workflow]
    impl Leak {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Counted> {
            (0..10).map(|_| Counted(Arc::clone(&self.counter))).collect()
        }
        #[step(workers = 2)]
        async fn work(&self, _counted: Counted) -> Kept {
            let _dropped = LogOnDrop(self.log.clone(), "over");
            workflows_tests::yield_once().await;
            Kept(Arc::clone(&self.counter))
        }
        #[step]
        async fn five(&self, _kept: [Kept; 5]) -> Stop<()> {
            Stop(())
        }
        #[step]
        async fn gather(&self, _all: Vec<Kept>) -> Stop<()> {
            Stop(())
        }
    }
    #[event]
    struct Kept(#[serde(skip)] Arc<()>);
    let (counter, log) = (Arc::new(()), Log::default());
    let run = Leak { counter: Arc::clone(&counter), log: log.clone() }.run(()).start();
    run.result().await.unwrap();
    let_others_run().await;
    assert_eq!(Arc::strong_count(&counter), 1, "the handle holds no events");
    assert!(log.take().len() >= 5);
}
