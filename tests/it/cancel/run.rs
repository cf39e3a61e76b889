//! `RunHandle::cancel`.

use crate::handle::Wait;
use std::{future::pending, sync::Arc};
use workflows_runtime::{RunHandle, prelude::*};
use workflows_tests::{events_of, kinds, let_others_run, yield_once};

#[tokio::test(start_paused = true)]
async fn cancel_ends_the_run_and_drops_its_steps() {
    let (workflow, _, log) = Wait::new();
    let run = workflow.run(1).start();
    let_others_run().await;
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), ["waits", "over"]);
    assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn repeated_or_late_cancel_has_no_effect() {
    let (workflow, go, _) = Wait::new();
    let workflow = Arc::new(workflow);
    let run = workflow.clone().run(1).start();
    run.cancel();
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));

    go.notify_one();
    let run = workflow.run(1).start();
    assert_eq!(run.result().await.unwrap(), 2);
    run.cancel();
    assert_eq!(run.await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_before_its_start_runs_no_step() {
    let (workflow, _, log) = Wait::new();
    let run = workflow.run(1).start();
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn step_may_cancel_its_own_run() {
    // The output that the step returns afterwards is ignored: calls apply in order.
    #[workflow]
    struct Quit {
        own: Arc<std::sync::OnceLock<RunHandle<Quit>>>,
    }
    #[workflow]
    impl Quit {
        #[step]
        async fn quit(&self, _start: Start<()>) -> Stop<()> {
            self.own.get().unwrap().cancel();
            Stop(())
        }
    }
    let own = Arc::new(std::sync::OnceLock::new());
    let run = Quit { own: Arc::clone(&own) }.run(()).start();
    own.set(run).unwrap();
    assert!(matches!(own.get().unwrap().result().await, Err(RunError::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn run_that_never_suspends_can_be_cancelled() {
    #[event]
    struct Again;

    #[workflow]
    struct Forever;
    #[workflow]
    impl Forever {
        #[step]
        async fn begin(&self, _start: Start<()>) -> Again {
            Again
        }
        #[step]
        async fn again(&self, _again: Again) -> OneOf<Again, Stop<()>> {
            Again.emit()
        }
    }
    let run = Forever.run(()).start();
    let_others_run().await;
    assert!(!run.is_finished());
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn self_waking_run_can_be_cancelled() {
    #[workflow]
    struct Spin;
    #[workflow]
    impl Spin {
        #[step]
        async fn one(&self, _start: Start<()>) -> Stop<()> {
            loop {
                yield_once().await;
            }
        }
        #[step]
        async fn two(&self, _start: Start<()>) -> Stop<()> {
            loop {
                yield_once().await;
            }
        }
    }
    let run = Spin.run(()).start();
    let_others_run().await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
}

#[tokio::test(start_paused = true)]
async fn publish_in_drop_of_a_cancelled_step_is_ignored() {
    struct Publishes<'a>(&'a Context<Late>);
    impl Drop for Publishes<'_> {
        fn drop(&mut self) {
            assert!(self.0.is_cancelled());
            self.0.publish(1);
        }
    }

    #[workflow(stream = u32)]
    struct Late;
    #[workflow]
    impl Late {
        #[step]
        async fn late(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            let _publishes = Publishes(ctx);
            pending().await
        }
    }
    let run = Late.run(()).start();
    let_others_run().await;
    run.cancel();
    assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);
}
