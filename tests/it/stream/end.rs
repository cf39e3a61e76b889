//! The end of a stream: `Ended` is the last event, and precedes the result.

use super::Count;
use futures::FutureExt;
use std::{future::pending, sync::Arc};
use tokio::sync::Notify;
use workflows_runtime::{RunOutcome, prelude::*};
use workflows_tests::{events_of, kinds, let_others_run};

#[tokio::test(start_paused = true)]
async fn ended_is_the_last_event_and_precedes_the_result() {
    // For every kind of end.
    #[workflow(stream = u32, timeout = "1s")]
    struct Ends;
    #[workflow]
    impl Ends {
        #[step]
        async fn end(&self, ctx: &Context<Self>, Start(how): Start<u32>) -> StepResult<Option<Stop<()>>> {
            ctx.publish(how);
            match how {
                0 => return Ok(Some(Stop(()))),
                1 => return Err(StepError::msg("broken")),
                2 => panic!("broken"),
                3 => return Ok(None),
                _ => pending::<()>().await,
            }
            Ok(None)
        }
    }
    let workflow = Arc::new(Ends);
    let ends = [
        "completed",
        "failed: step `end` failed",
        "failed: step `end` failed",
        "failed: stalled",
        "failed: cancelled",
        "failed: timed out",
    ];
    for (how, expected) in (0..).zip(ends) {
        let run = workflow.clone().run(how).start();
        let mut events = run.events();
        if how == 4 {
            assert!(matches!(events.next().await, Some(RunEvent::Published(_))));
            run.cancel();
        }
        run.result().await.ok();
        // All events are available by now.
        let seen = kinds(&events_of(&run).now_or_never().unwrap());
        assert_eq!(seen[0], "published");
        assert!(seen[1].starts_with(expected), "{seen:?}");
        assert_eq!(seen.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn failed_run_ends_its_stream_with_its_error() {
    let run = Count::at_once().run(13).start();
    let events = events_of(&run).await;
    let Some(RunEvent::Ended(RunOutcome::Failed(error))) = events.last() else { panic!() };
    assert!(error.to_string().contains("unlucky"));
    assert_eq!(events.len(), 14);
    assert!(run.await.unwrap_err().to_string().contains("unlucky"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_published_after_stop() {
    // Both steps are woken at once, and the first one ends the run.
    #[workflow(stream = u32)]
    struct Concurrent {
        go: Arc<Notify>,
    }
    #[workflow]
    impl Concurrent {
        #[step]
        async fn idle(&self, _start: Start<()>) {
            pending::<()>().await;
        }
        #[step]
        async fn stop(&self, _start: Start<()>) -> Stop<()> {
            self.go.notified().await;
            Stop(())
        }
        #[step]
        async fn other(&self, ctx: &Context<Self>, _start: Start<()>) {
            self.go.notified().await;
            ctx.publish(1);
        }
    }
    let go = Arc::new(Notify::new());
    let run = Concurrent { go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_waiters();
    assert_eq!(kinds(&events_of(&run).await), ["completed"]);
}
