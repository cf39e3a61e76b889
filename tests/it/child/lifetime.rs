//! A child ends with its parent at the latest.

use super::{Child, Parent};
use std::{future::pending, sync::Arc};
use tokio::time::sleep;
use workflows_runtime::{StepTimedOut, prelude::*};
use workflows_tests::{Log, LogOnDrop, failure, let_others_run, ms};

#[event]
struct Item(u64);

/// Two concurrent steps: one runs a long child, the other one ends the run as its input says.
#[workflow(timeout = "50ms")]
struct Two {
    child: Arc<Child>,
    started: bool,
}

#[workflow]
impl Two {
    #[step]
    async fn with_a_child(&self, ctx: &Context<Self>, Start(_): Start<String>) -> StepResult<()> {
        let run = ctx.run_child(&self.child, 900);
        if self.started {
            let run = run.start();
            run.result().await?;
        } else {
            run.await?;
        }
        Ok(())
    }
    #[step]
    async fn other(&self, Start(what): Start<String>) -> StepResult<Stop<()>> {
        sleep(ms(10)).await;
        match what.as_str() {
            "stop" => Ok(Stop(())),
            "fail" => Err(StepError::msg("failed")),
            _ => pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn child_ends_with_its_parent() {
    for started in [false, true] {
        let log = Log::default();
        let child = Arc::new(Child { log: log.clone() });
        let two = || Two { child: Arc::clone(&child), started };

        two().run("stop".to_owned()).await.unwrap();
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "dropped when the run completes");
        assert_eq!(failure(two().run("fail".to_owned()).await.unwrap_err()).0, "other");
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "dropped when the run fails");
        assert!(matches!(two().run("wait".to_owned()).await, Err(RunError::TimedOut { .. })));
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "dropped when the run times out");

        let run = two().run("wait".to_owned()).start();
        sleep(ms(1)).await;
        run.cancel();
        assert!(matches!(run.await, Err(RunError::Cancelled)));
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "dropped when the run is cancelled");

        let mut run = two().run("wait".to_owned()).into_future();
        assert!(futures::poll!(&mut run).is_pending());
        let_others_run().await;
        assert_eq!(log.take(), [""; 0]);
        drop(run);
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "dropped with the in-place run");
    }
}

#[workflow]
struct Timed {
    child: Arc<Child>,
}

#[workflow]
impl Timed {
    #[step(timeout = "20ms")]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
        Ok(Stop(ctx.run_child(&self.child, n).await?.1))
    }
}

#[tokio::test(start_paused = true)]
async fn child_ends_with_its_step() {
    #[workflow]
    struct Raced {
        child: Arc<Child>,
    }
    #[workflow]
    impl Raced {
        #[step]
        async fn start(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item(5), Item(600), Item(700)]
        }
        #[step]
        async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
            Ok(Done(ctx.run_child(&self.child, n).await?.1))
        }
        #[step]
        async fn first(&self, First([Done(n)]): First<Done, 1>) -> Stop<u64> {
            sleep(ms(1)).await;
            Stop(n)
        }
    }
    let log = Log::default();
    let workflow = Raced { child: Arc::new(Child { log: log.clone() }) };
    assert_eq!(workflow.run(()).await.unwrap(), 5);
    assert_eq!(log.take(), ["over 5", "over 600", "over 700"]);

    let workflow = Timed { child: Arc::new(Child { log: log.clone() }) };
    let RunError::Failed { source, .. } = workflow.run(30).await.unwrap_err() else { panic!() };
    assert!(source.is::<StepTimedOut>());
    assert_eq!(log.take(), ["over 30"]);
}

#[event]
struct Done(u64);

#[tokio::test(start_paused = true)]
async fn child_is_cancelled_when_its_handle_is_dropped() {
    let (workflow, log) = Parent::new(|parent, ctx, n| {
        let (child, ctx) = (Arc::clone(&parent.child), ctx.clone());
        Box::pin(async move {
            drop(ctx.run_child(&child, n).start());
            let mut result = ctx.run_child(&child, n + 1).start().into_future();
            sleep(ms(1)).await;
            assert!(futures::poll!(&mut result).is_pending());
            drop(result);
            sleep(ms(1)).await;
            Ok(n)
        })
    });
    assert_eq!(workflow.run(500).await.unwrap(), 500);
    assert_eq!(log.take(), ["over 501"], "the first child never starts");
}

/// Runs itself as its own child.
#[workflow(stream = u64)]
struct Nested {
    log: Log<u64>,
}

#[workflow]
impl Nested {
    #[step]
    async fn down(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
        let _dropped = LogOnDrop(self.log.clone(), n);
        if n == 0 {
            sleep(ms(10)).await;
            return Ok(Stop(0));
        }
        Ok(Stop(ctx.run_child(Self { log: self.log.clone() }, n - 1).await? + n))
    }
}

#[tokio::test(start_paused = true)]
async fn nested_children_end_with_the_outermost_run() {
    let log = Log::default();
    let workflow = Arc::new(Nested { log: log.clone() });
    assert_eq!(WorkflowExt::run(&workflow, 20).await.unwrap(), 210);
    assert_eq!(log.take(), (0..=20).collect::<Vec<_>>());

    let run = WorkflowExt::run(&workflow, 20).start();
    let_others_run().await;
    assert_eq!(log.take(), [0; 0]);
    run.cancel();
    run.await.unwrap_err();
    assert_eq!(log.take().len(), 21, "all children are dropped before the outermost run reports its end");
}
