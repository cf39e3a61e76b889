//! Results and errors of a child, as its parent receives them.

use super::{Child, Parent};
use std::{sync::Arc, thread};
use tokio::time::sleep;
use workflows_runtime::{Executors, prelude::*};
use workflows_tests::{Log, events_of, failure, kinds, ms, published};

#[tokio::test(start_paused = true)]
async fn child_has_its_own_id_state_and_stream() {
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
async fn events_of_a_child_can_be_forwarded() {
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
async fn child_has_its_own_timeout() {
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
async fn child_error_is_handled_or_propagated() {
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

#[tokio::test(start_paused = true)]
async fn step_may_answer_and_cancel_its_child() {
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
            let Some(RunEvent::InputRequired { prompt: text, .. }) = events.next().await else { panic!() };
            assert_eq!(text, "how many?");
            run.send(HumanResponse(n)).unwrap();
            let answer = run.await?;

            let run = ctx.run_child(Ask, "no response".to_owned()).start();
            run.cancel();
            assert!(matches!(run.result().await, Err(RunError::Cancelled)));
            assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);

            // An in-place child cannot receive a response, so it stalls.
            let error = ctx.run_child(Ask, "no response".to_owned()).await.unwrap_err();
            assert!(matches!(error, RunError::Stalled { .. }), "{error}");
            Ok(Stop(answer))
        }
    }
    assert_eq!(Answers.run(3).await.unwrap(), 3);
}

#[tokio::test]
async fn child_inherits_the_executors_of_its_parent() {
    #[workflow]
    struct Where;
    #[workflow]
    impl Where {
        #[step]
        #[blocking(cpu, pool = "parents")]
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
    let theirs = Executors::builder().pool("parents", 1).build().unwrap();
    let name = Outer { own: None }.run(()).executors(&theirs).await.unwrap();
    assert!(name.contains("parents"), "{name}");
    assert_eq!(Outer { own: None }.run(()).executors(&theirs).start().await.unwrap(), name);
    // The default executors of the process have no such pool.
    assert_eq!(failure(Outer { own: None }.run(()).await.unwrap_err()).0, "ask");
    Outer { own: Some(theirs) }.run(()).await.expect("a child's own executors take precedence over its parent's");
}

#[tokio::test(start_paused = true)]
async fn step_may_run_its_own_workflow() {
    #[workflow]
    struct Factorial;
    #[workflow]
    impl Factorial {
        #[step]
        async fn factorial(&self, Start(n): Start<u64>) -> StepResult<Stop<u64>> {
            if n == 0 {
                return Ok(Stop(1));
            }
            // In place or started.
            let inner = if n % 2 == 0 { Self.run(n - 1).await? } else { Self.run(n - 1).start().await? };
            sleep(ms(1)).await;
            Ok(Stop(n * inner))
        }
    }
    assert_eq!(Factorial.run(6).await.unwrap(), 720);
}

#[tokio::test(start_paused = true)]
async fn thousand_children_run_concurrently() {
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
