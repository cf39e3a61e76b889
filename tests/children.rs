//! Runs inside a step: `ctx.run_child`.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::{future::pending, sync::Arc, thread};
use tokio::time::sleep;
use workflows::{Log, Noted, events_of, failure, kinds, let_others_run, published};
use workflows_runtime::{Executors, StepTimedOut, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[event]
struct Item(u64);

/// Says its name, publishes, counts, and takes as many milliseconds as it is told.
#[workflow(state = u64, stream = String, timeout = "1s")]
struct Child {
    log: Log<String>,
}

#[workflow]
impl Child {
    #[step]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<(String, u64)>> {
        let _dropped = Noted(self.log.clone(), format!("over {n}"));
        ctx.publish(format!("child {n}"));
        let total = ctx.state().update(|total| {
            *total += n;
            *total
        });
        sleep(ms(n)).await;
        if n == 13 {
            return Err(StepError::msg("unlucky"));
        }
        Ok(Stop((ctx.run_id().to_string(), total)))
    }
}

type Asked = fn(&Parent, &Context<Parent>, u64) -> futures::future::BoxFuture<'static, StepResult<u64>>;

/// Does one thing with a child.
#[workflow(state = u64, stream = String)]
struct Parent {
    child: Arc<Child>,
    asked: Asked,
}

#[workflow]
impl Parent {
    #[step]
    async fn ask(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
        ctx.publish("parent".to_owned());
        Ok(Stop((self.asked)(self, ctx, n).await?))
    }
}

impl Parent {
    fn new(asked: Asked) -> (Self, Log<String>) {
        let log = Log::default();
        (Self { child: Arc::new(Child { log: log.clone() }), asked }, log)
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_has_a_name_a_state_and_a_stream_of_its_own() {
    // NW-01
    let (workflow, _) = Parent::new(|parent, ctx, n| {
        let (child, ctx) = (Arc::clone(&parent.child), ctx.clone());
        Box::pin(async move {
            ctx.state().set(1_000);
            let (first, one) = ctx.run_child(&child, n).await?;
            let (second, two) = ctx.run_child(&child, n).id("named").state(5).await?;
            assert_ne!(first, ctx.run_id().to_string());
            assert_eq!((first.len(), second.as_str()), (10, "named"));
            assert_eq!(ctx.state().get(), 1_000);
            Ok(one * 100 + two)
        })
    });
    let run = workflow.run(7).start();
    assert_eq!(published(&run).await, ["parent"]);
    assert_eq!(run.await.unwrap(), 7 * 100 + 12);
}

#[tokio::test(start_paused = true)]
async fn what_a_started_child_publishes_can_be_handed_on() {
    // NW-01
    let (workflow, _) = Parent::new(|parent, ctx, n| {
        let (child, ctx) = (Arc::clone(&parent.child), ctx.clone());
        Box::pin(async move {
            let run = ctx.run_child(&child, n).start();
            let mut events = run.events();
            while let Some(event) = events.next().await {
                if let RunEvent::Published(text) = event {
                    ctx.publish(format!("from the {text}"));
                }
            }
            Ok(run.await?.1)
        })
    });
    let run = workflow.run(7).start();
    assert_eq!(published(&run).await, ["parent", "from the child 7"]);
    assert_eq!(run.await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_childs_timeout_is_its_own() {
    // NW-01, NW-02
    let (workflow, log) = Parent::new(|parent, ctx, n| {
        let (child, ctx) = (Arc::clone(&parent.child), ctx.clone());
        Box::pin(async move {
            let error = ctx.run_child(&child, n).await.unwrap_err();
            assert!(matches!(error, RunError::TimedOut { after, .. } if after == ms(1_000)), "{error}");
            Ok(ctx.run_child(&child, n).timeout(None).await?.1)
        })
    });
    assert_eq!(workflow.run(5_000).await.unwrap(), 5_000);
    assert_eq!(log.take(), ["over 5000", "over 5000"]);
}

#[tokio::test(start_paused = true)]
async fn a_childs_error_is_handled_or_handed_on() {
    // NW-02
    let (workflow, _) = Parent::new(|parent, ctx, n| {
        let run = ctx.run_child(&parent.child, n);
        Box::pin(async move {
            match run.await {
                Err(RunError::Failed { step: "work", .. }) => Ok(0),
                other => Ok(other?.1),
            }
        })
    });
    assert_eq!(workflow.run(13).await.unwrap(), 0);

    let (workflow, _) = Parent::new(|parent, ctx, n| {
        let run = ctx.run_child(&parent.child, n);
        Box::pin(async move { Ok(run.await?.1) })
    });
    let RunError::Failed { step: "ask", source, .. } = workflow.run(13).await.unwrap_err() else { panic!() };
    let Some(RunError::Failed { step: "work", source, .. }) = source.downcast_ref() else { panic!("{source}") };
    assert_eq!(source.to_string(), "unlucky");
}

/// Two steps at once: one has a child for long, the other one does as it is told.
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
            "fail" => Err(StepError::msg("as told")),
            _ => pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_ends_with_its_parent() {
    // NW-03: decided otherwise
    for started in [false, true] {
        let log = Log::default();
        let child = Arc::new(Child { log: log.clone() });
        let two = || Two { child: Arc::clone(&child), started };

        two().run("stop".to_owned()).await.unwrap();
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "by the end");
        assert_eq!(failure(two().run("fail".to_owned()).await.unwrap_err()).0, "other");
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "by a failure");
        assert!(matches!(two().run("wait".to_owned()).await, Err(RunError::TimedOut { .. })));
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "by the timeout");

        let run = two().run("wait".to_owned()).start();
        sleep(ms(1)).await;
        run.cancel();
        assert!(matches!(run.await, Err(RunError::Cancelled)));
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "by cancelling");

        let mut run = two().run("wait".to_owned()).into_future();
        assert!(futures::poll!(&mut run).is_pending());
        let_others_run().await;
        assert_eq!(log.take(), [""; 0]);
        drop(run);
        let_others_run().await;
        assert_eq!(log.take(), ["over 900"], "by dropping what drives it");
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
async fn a_child_ends_with_the_step_that_has_it() {
    // NW-03
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
async fn a_child_whose_handle_is_dropped_is_cancelled() {
    // NW-03
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
    assert_eq!(log.take(), ["over 501"], "the first one has not begun");
}

#[tokio::test(start_paused = true)]
async fn a_step_may_answer_and_cancel_its_child() {
    #[workflow]
    struct Ask;
    #[workflow]
    impl Ask {
        #[step]
        async fn ask(&self, Start(text): Start<String>) -> InputRequired<String> {
            InputRequired(text)
        }
        #[step]
        async fn answer(&self, HumanResponse(answer): HumanResponse<u64>) -> Stop<u64> {
            Stop(answer)
        }
    }
    #[workflow]
    struct Answers;
    #[workflow]
    impl Answers {
        #[step]
        async fn answer(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
            let run = ctx.run_child(Ask, "how many?".to_owned()).start();
            let mut events = run.events();
            let Some(RunEvent::InputRequired(text)) = events.next().await else { panic!() };
            assert_eq!(text, "how many?");
            run.send(HumanResponse(n)).unwrap();
            let answer = run.await?;

            let run = ctx.run_child(Ask, "nobody".to_owned()).start();
            run.cancel();
            assert!(matches!(run.result().await, Err(RunError::Cancelled)));
            assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);

            // Driven in place nobody could answer it, and it says so.
            let error = ctx.run_child(Ask, "nobody".to_owned()).await.unwrap_err();
            assert!(matches!(error, RunError::Stalled { .. }), "{error}");
            Ok(Stop(answer))
        }
    }
    assert_eq!(Answers.run(3).await.unwrap(), 3);
}

#[tokio::test]
async fn a_childs_blocking_steps_run_on_its_parents_executors() {
    // NW-01
    #[workflow]
    struct Where;
    #[workflow]
    impl Where {
        #[step]
        #[blocking(cpu, pool = "theirs")]
        fn look(&self, _start: Start<()>) -> Stop<String> {
            Stop(thread::current().name().unwrap_or_default().to_owned())
        }
    }
    #[workflow]
    struct Outer {
        own: Option<Executors>,
    }
    #[workflow]
    impl Outer {
        #[step]
        async fn ask(&self, ctx: &Context<Self>, _start: Start<()>) -> StepResult<Stop<String>> {
            let child = ctx.run_child(Where, ());
            let child = match &self.own {
                Some(own) => child.executors(own),
                None => child,
            };
            Ok(Stop(child.await?))
        }
    }
    let theirs = Executors::builder().pool("theirs", 1).build().unwrap();
    let name = Outer { own: None }.run(()).executors(&theirs).await.unwrap();
    assert!(name.contains("theirs"), "{name}");
    assert_eq!(Outer { own: None }.run(()).executors(&theirs).start().await.unwrap(), name);
    // Without, the process's default ones have no such pool.
    assert_eq!(failure(Outer { own: None }.run(()).await.unwrap_err()).0, "ask");
    Outer { own: Some(theirs) }.run(()).await.expect("a child's own come before its parent's");
}

/// Runs itself.
#[workflow(stream = u64)]
struct Nested {
    log: Log<u64>,
}

#[workflow]
impl Nested {
    #[step]
    async fn down(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
        let _dropped = Noted(self.log.clone(), n);
        if n == 0 {
            sleep(ms(10)).await;
            return Ok(Stop(0));
        }
        Ok(Stop(ctx.run_child(Self { log: self.log.clone() }, n - 1).await? + n))
    }
}

#[tokio::test(start_paused = true)]
async fn children_have_children() {
    let log = Log::default();
    let workflow = Arc::new(Nested { log: log.clone() });
    assert_eq!(WorkflowExt::run(&workflow, 20).await.unwrap(), 210);
    assert_eq!(log.take(), (0..=20).collect::<Vec<_>>());

    let run = WorkflowExt::run(&workflow, 20).start();
    let_others_run().await;
    assert_eq!(log.take(), [0; 0]);
    run.cancel();
    run.await.unwrap_err();
    assert_eq!(log.take().len(), 21, "all are gone when the outermost says that it is");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_children_at_once() {
    #[workflow]
    struct Many {
        child: Arc<Child>,
    }
    #[workflow]
    impl Many {
        #[step]
        async fn ask(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
            let children = (0..n).map(|_| ctx.run_child(&self.child, 1).into_future());
            let results = futures::future::try_join_all(children).await?;
            Ok(Stop(results.into_iter().map(|(_, total)| total).sum()))
        }
    }
    let workflow = Many { child: Arc::new(Child { log: Log::default() }) };
    assert_eq!(workflow.run(1_000).await.unwrap(), 1_000);
}
