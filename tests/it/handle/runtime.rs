//! Runs and their tokio runtime: shutdown, tasks, threads and wakers.

use super::{Ask, Wait};
use futures::FutureExt;
use std::{
    future::{pending, poll_fn},
    sync::Arc,
    task::Poll,
};
use tokio::sync::Notify;
use workflows_runtime::{EventStream, RunHandle, prelude::*};
use workflows_tests::{Log, let_others_run};

#[test]
fn runtime_shutdown_cancels_its_runs() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (workflow, _, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let runs: Vec<_> = runtime.block_on(async { (0..10).map(|n| workflow.clone().run(n).start()).collect() });
    let waiter = std::thread::spawn(move || {
        runs.into_iter()
            .map(|run| futures::executor::block_on(run.into_future()))
            .filter(|end| matches!(end, Err(RunError::Cancelled)))
            .count()
    });
    drop(runtime);
    assert_eq!(waiter.join().unwrap(), 10);
}

#[test]
fn unpolled_run_is_cancelled_with_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (workflow, _, log) = Wait::new();
    let run = {
        let _guard = runtime.enter();
        workflow.run(1).start()
    };
    let events = run.events();
    drop(runtime);
    assert!(matches!(futures::executor::block_on(run.into_future()), Err(RunError::Cancelled)));
    assert_eq!(futures::executor::block_on_stream(events).count(), 1);
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn five_thousand_runs_complete_concurrently() {
    let workflow = Arc::new(Ask);
    let runs: Vec<_> = (0..5000).map(|n| workflow.clone().run(n.to_string()).start()).collect();
    let_others_run().await;
    for (n, run) in (0..).zip(&runs) {
        run.send(HumanResponse(n)).unwrap();
    }
    for (n, run) in (0..).zip(runs) {
        assert_eq!(run.await.unwrap(), n);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_are_woken_from_other_threads() {
    #[event]
    struct Job(u32);
    #[event]
    struct Done(u32);

    #[workflow]
    struct Jobs;
    #[workflow]
    impl Jobs {
        #[step]
        async fn fan(&self, Start(n): Start<u32>) -> Vec<Job> {
            (0..n).map(Job).collect()
        }
        #[step(workers = 64)]
        async fn work(&self, Job(n): Job) -> StepResult<Done> {
            // The spawned task finishes on any thread, at any time.
            let n = tokio::spawn(async move {
                tokio::task::yield_now().await;
                n
            });
            Ok(Done(n.await?))
        }
        #[step]
        async fn gather(&self, done: Vec<Done>) -> Stop<u64> {
            Stop(done.iter().map(|done| u64::from(done.0)).sum())
        }
    }
    let runs: Vec<_> = (0..20).map(|_| Jobs.run(1000).start()).collect();
    for run in runs {
        assert_eq!(run.await.unwrap(), 499_500);
    }
}

#[tokio::test(start_paused = true)]
async fn in_place_run_may_move_between_tasks() {
    // The task that has polled the run last is woken.
    let (workflow, go, _) = Wait::new();
    let mut run = workflow.run(1).into_future();
    assert!((&mut run).now_or_never().is_none());
    let task = tokio::spawn(run);
    let_others_run().await;
    go.notify_one();
    assert_eq!(task.await.unwrap().unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn self_waking_future_is_polled_again() {
    #[workflow]
    struct Twice;
    #[workflow]
    impl Twice {
        #[step]
        async fn first(&self, _start: Start<u32>) {
            pending::<()>().await;
        }
        #[step]
        async fn twice(&self, Start(n): Start<u32>) -> Stop<u32> {
            let mut left = n;
            poll_fn(|cx| {
                if left == 0 {
                    return Poll::Ready(());
                }
                left -= 1;
                // Wakes more often than needed, from inside its own poll.
                (0..3).for_each(|_| cx.waker().wake_by_ref());
                Poll::Pending
            })
            .await;
            Stop(n)
        }
    }
    assert_eq!(Twice.run(1000).await.unwrap(), 1000);
}

#[tokio::test(start_paused = true)]
async fn stale_wakers_are_harmless() {
    #[event]
    struct Next;

    #[workflow]
    struct Stale {
        wakers: Log<std::task::Waker>,
        go: Arc<Notify>,
    }
    #[workflow]
    impl Stale {
        #[step]
        async fn idle(&self, _start: Start<()>) {
            pending::<()>().await;
        }
        #[step]
        async fn keep(&self, _start: Start<()>) -> Next {
            poll_fn(|cx| {
                self.wakers.add(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
            Next
        }
        /// Occupies the slot in which `keep` was.
        #[step]
        async fn next(&self, _next: Next) -> Stop<()> {
            self.go.notified().await;
            Stop(())
        }
    }
    let (wakers, go) = (Log::default(), Arc::new(Notify::new()));
    let run = Stale { wakers: wakers.clone(), go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    let stale = wakers.take();
    for _ in 0..1000 {
        stale[0].wake_by_ref();
    }
    let_others_run().await;
    assert!(!run.is_finished());
    go.notify_one();
    run.await.unwrap();
    stale[0].wake_by_ref();
}

#[tokio::test(start_paused = true)]
async fn waker_that_owns_its_readers_is_harmless() {
    /// A task that is dropped with its last waker, as in other executors.
    struct Task {
        _reader: EventStream<Wait>,
        _run: Arc<RunHandle<Wait>>,
    }
    impl std::task::Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let (workflow, go, _) = Wait::new();
    let run = Arc::new(workflow.run(1).start());
    let mut events = run.events();
    for _ in 0..3 {
        let waker = Arc::new(Task { _reader: run.events(), _run: Arc::clone(&run) }).into();
        let mut cx = std::task::Context::from_waker(&waker);
        assert!(events.next().boxed().poll_unpin(&mut cx).is_pending());
        assert!(run.result().boxed().poll_unpin(&mut cx).is_pending());
    }
    drop(events);
    go.notify_one();
    assert_eq!(run.result().await.unwrap(), 2);
}
