//! Awaiting a run.

use super::Wait;
use futures::FutureExt;
use std::sync::Arc;
use workflows_runtime::{EventStream, RunHandle, RunId, prelude::*};
use workflows_tests::{failure, let_others_run};

#[tokio::test(start_paused = true)]
async fn result_can_be_awaited_repeatedly() {
    let (workflow, go, log) = Wait::new();
    let mut run = workflow.run(4).start();
    assert!(!run.is_finished());
    assert_eq!(log.take(), [""; 0], "no step has started");
    let_others_run().await;
    assert_eq!(log.take(), ["waits"]);
    assert!(!run.is_finished());

    go.notify_one();
    assert_eq!((&mut run).await.unwrap(), 8);
    assert!(run.is_finished());
    assert_eq!((&mut run).await.unwrap(), 8);
    assert_eq!(run.result().await.unwrap(), 8);
    assert_eq!(run.state().get(), 4);
    assert_eq!(run.await.unwrap(), 8);
}

#[tokio::test(start_paused = true)]
async fn failure_can_be_awaited_repeatedly() {
    let (workflow, go, _) = Wait::new();
    let run = workflow.run(10).start();
    go.notify_one();
    for _ in 0..2 {
        assert_eq!(failure(run.result().await.unwrap_err()), ("wait", "too much".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn run_is_lazy_until_awaited_or_started() {
    let (workflow, _, log) = Wait::new();
    let run = workflow.run(1);
    let_others_run().await;
    drop(run);
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn dropped_await_does_not_lose_the_result() {
    let (workflow, go, _) = Wait::new();
    let mut run = workflow.run(1).start();
    tokio::select! {
        _ = &mut run => panic!("the run waits for `go`"),
        () = let_others_run() => {}
    }
    assert!(run.result().now_or_never().is_none());
    go.notify_one();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn several_tasks_await_one_run() {
    let (workflow, go, _) = Wait::new();
    let run = Arc::new(workflow.run(3).start());
    let waiters: Vec<_> = (0..5)
        .map(|_| {
            let run = Arc::clone(&run);
            tokio::spawn(async move { run.result().await })
        })
        .collect();
    let_others_run().await;
    go.notify_one();
    for waiter in waiters {
        assert_eq!(waiter.await.unwrap().unwrap(), 6);
    }
}

#[test]
fn handle_is_send_and_sync() {
    fn is_free<T: Send + Sync + Unpin + 'static>() {}
    is_free::<RunHandle<Wait>>();
    is_free::<EventStream<Wait>>();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (workflow, go, _) = Wait::new();
    let run = {
        let _on = runtime.enter();
        workflow.run(2).start()
    };
    // Awaited on a thread outside of the runtime.
    let waiter = std::thread::spawn(move || futures::executor::block_on(run.into_future()));
    go.notify_one();
    assert_eq!(waiter.join().unwrap().unwrap(), 4);
}

#[test]
fn in_place_run_needs_no_runtime() {
    let (workflow, go, _) = Wait::new();
    go.notify_one();
    assert_eq!(futures::executor::block_on(workflow.run(2).into_future()).unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn handle_reports_workflow_and_run_id() {
    let (workflow, _, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let named = workflow.clone().run(1).id("order-7").start();
    assert_eq!(named.id().to_string(), "order-7");
    assert_eq!(format!("{named:?}"), "RunHandle { workflow: \"Wait\", run: order-7 }");

    let (a, b) = (workflow.clone().run(1).start(), workflow.run(1).start());
    assert_ne!(a.id(), b.id());
    let id = a.id().to_string();
    assert!(id.len() == 10 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    // Equal ids are equal, whether generated or given.
    assert_eq!(*a.id(), RunId::from(id));
    for name in ["0000000000", "zzzzzzzzzz", "00000000a1", "ABCDEFGHIJ", "ten_chars!", "é", ""] {
        assert_eq!(RunId::from(name).to_string(), name);
        assert_eq!(RunId::from(name), RunId::from(name.to_owned()));
    }
}

#[tokio::test]
async fn output_clone_may_call_run_handle() {
    /// Cancels its own run, which has ended, when it is cloned.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Busy;

    impl Clone for Busy {
        fn clone(&self) -> Self {
            RUN.with_borrow(|run| run.iter().for_each(|run| run.cancel()));
            Self
        }
    }

    #[workflow]
    struct Ends;
    #[workflow]
    impl Ends {
        #[step]
        async fn end(&self, _start: Start<()>) -> Stop<Busy> {
            Stop(Busy)
        }
    }

    thread_local! {
        static RUN: std::cell::RefCell<Option<Arc<RunHandle<Ends>>>> = const { std::cell::RefCell::new(None) };
    }

    let run = Arc::new(Ends.run(()).start());
    RUN.set(Some(Arc::clone(&run)));
    assert_eq!(run.result().await.unwrap(), Busy);
}
