//! Resumed runs: queues, work in progress, retries, waits and timeouts.

use super::{Line, aged, round_trip};
use std::{future::pending, sync::Arc};
use tokio::time::{Instant, sleep};
use workflows_runtime::{SnapshotError, prelude::*};
use workflows_tests::{Attempts, Log, failure, kinds, let_others_run, ms, published};

#[tokio::test(start_paused = true)]
async fn resumed_run_starts_with_work_in_progress_then_the_queue() {
    let run = Line::until(1).await;
    let snapshot = run.snapshot().await.unwrap();
    assert_eq!((snapshot.run_id().unwrap().to_string().as_str(), snapshot.state()), ("line", Some(&0)));
    let (workflow, log) = Line::new(None);
    let resumed = workflow.resume(round_trip(&snapshot)).start();
    assert_eq!(resumed.id().to_string(), "line");
    assert_eq!(published(&resumed).await, [1, 2, 3], "the stream has events of the resumed part only");
    assert_eq!(log.take(), [1, 2, 3]);
    assert_eq!((resumed.result().await.unwrap(), resumed.state().get()), (vec![0, 1, 2, 3], 6));

    // The first run continues, and its snapshot may be resumed again, with other settings.
    assert!(!run.is_finished());
    let again = Line::new(None).0.resume(snapshot).id("other").state(100).start();
    assert_eq!((again.id().to_string().as_str(), again.result().await.unwrap().len()), ("other", 4));
    assert_eq!(again.state().get(), 106);
}

#[tokio::test(start_paused = true)]
async fn run_is_snapshotted_and_resumed_repeatedly() {
    let mut snapshot = Line::until(0).await.snapshot().await.unwrap();
    for stuck in [0, 0, 1, 2, 2, 3] {
        let run = Line::new(Some(stuck)).0.resume(round_trip(&snapshot)).start();
        let_others_run().await;
        snapshot = run.snapshot().await.unwrap();
    }
    let (workflow, log) = Line::new(None);
    assert_eq!(workflow.resume(snapshot).await.unwrap(), [0, 1, 2, 3]);
    assert_eq!(log.take(), [3]);
}

#[tokio::test(start_paused = true)]
async fn ended_run_has_no_snapshot() {
    let run = Line::new(None).0.run(2).start();
    run.result().await.unwrap();
    assert_eq!(run.snapshot().await.unwrap_err(), SnapshotError::Ended);
    assert_eq!(run.state().get(), 1, "the state can still be read");

    // Snapshots requested while the run ends either succeed or report that it has ended.
    let run = Arc::new(Line::new(None).0.run(2).start());
    let snapshots: Vec<_> = (0..50).map(|_| Arc::clone(&run)).map(|run| async move { run.snapshot().await }).collect();
    assert!(futures::future::join_all(snapshots).await.into_iter().all(|snapshot| match snapshot {
        Ok(snapshot) => snapshot.state() != Some(&1),
        Err(error) => error == SnapshotError::Ended,
    }));
}

#[tokio::test(start_paused = true)]
async fn cancelled_or_timed_out_run_can_be_resumed() {
    let run = Line::until(1).await;
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    let snapshot = run.snapshot().await.unwrap();
    assert_eq!(Line::new(None).0.resume(round_trip(&snapshot)).await.unwrap(), [0, 1, 2, 3]);

    let run = Line::until(1).await;
    assert!(matches!(run.result().await, Err(RunError::TimedOut { .. })));
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    assert_eq!(Line::new(None).0.resume(snapshot.clone()).await.unwrap(), [0, 1, 2, 3]);
    // A run that has timed out gets its full timeout again.
    let began = Instant::now();
    let error = Line::new(Some(2)).0.resume(snapshot).await.unwrap_err();
    assert!(matches!(error, RunError::TimedOut { .. }), "{error}");
    assert_eq!(began.elapsed(), ms(10_000));
}

#[tokio::test(start_paused = true)]
async fn resumed_run_has_its_remaining_timeout() {
    let run = Line::until(1).await;
    sleep(ms(4_000)).await;
    let snapshot = run.snapshot().await.unwrap();
    sleep(ms(3_000)).await;
    // Time between snapshot and resume does not count.
    let began = Instant::now();
    let line = || Line::new(Some(1)).0.resume(aged(&snapshot, ms(100_000)));
    assert!(matches!(line().await, Err(RunError::TimedOut { after, .. }) if after == ms(10_000)));
    assert_eq!(began.elapsed(), ms(6_000));
    let began = Instant::now();
    assert!(matches!(line().timeout(ms(20)).await, Err(RunError::TimedOut { after, .. }) if after == ms(20)));
    assert_eq!(began.elapsed(), ms(20));
    let run = line().timeout(None).start();
    sleep(ms(60_000)).await;
    assert!(!run.is_finished());
}

/// Fails twice, an hour apart.
#[workflow]
struct Flaky {
    log: Log<(u32, Option<String>)>,
}

#[workflow]
impl Flaky {
    #[step(retry = Attempts(3, Duration::from_hours(1)))]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt();
        self.log.add((attempt.number, attempt.last_error.map(|error| error.to_string())));
        sleep(ms(10)).await;
        if attempt.number < 3 { Err(StepError::msg(format!("no {}", attempt.number))) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn retries_continue_after_a_resume() {
    let log = Log::default();
    let workflow = || Flaky { log: log.clone() };
    let run = workflow().run(7).start();
    sleep(ms(20)).await;
    assert_eq!(log.take(), [(1, None)]);
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    run.cancel();

    let second = workflow().resume(aged(&snapshot, ms(0))).start();
    sleep(ms(3_600_000)).await;
    assert_eq!(log.take(), [(2, Some("no 1".to_owned()))], "the remaining delay has elapsed");
    second.cancel();

    let began = Instant::now();
    let late = workflow().resume(aged(&snapshot, Duration::from_hours(2))).start();
    sleep(ms(1)).await;
    assert!(log.take().contains(&(2, Some("no 1".to_owned()))), "the retry was due before the resume");
    let busy = late.snapshot().await.unwrap();
    late.cancel();
    assert_eq!(workflow().resume(busy).await.unwrap(), 7);
    assert!(began.elapsed() >= ms(3_600_000));
}

/// Waits for two responses, the second one with a deadline.
#[workflow]
struct Waits {
    log: Log<&'static str>,
}

#[workflow]
impl Waits {
    #[step]
    async fn wait(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        Start(text): Start<String>,
    ) -> Stop<Option<u32>> {
        self.log.add("top");
        let first = ctx.ask_for::<u32>(text).matching(|n| *n < 100).await;
        ctx.ask("more".to_owned());
        self.log.add("between");
        let second = ctx.wait_for::<u32>().timeout(Duration::from_hours(1)).await;
        Stop(second.ok().map(|second| first + second))
    }
}

#[tokio::test(start_paused = true)]
async fn waits_and_their_deadlines_continue_after_a_resume() {
    let log = Log::default();
    let workflow = || Waits { log: log.clone() };
    let run = workflow().run("continue?".to_owned()).start();
    let_others_run().await;
    let before_response = round_trip(&run.snapshot().await.unwrap());
    run.send(HumanResponse(5)).unwrap();
    let_others_run().await;
    let after_response = round_trip(&run.snapshot().await.unwrap());
    drop(run);
    drop(log.take());

    // The open prompt is published again, once, and a response that does not match is still not taken.
    let resumed = workflow().resume(aged(&before_response, ms(0))).start();
    for n in [200, 3, 4] {
        resumed.send(HumanResponse(n)).unwrap();
    }
    assert_eq!(resumed.result().await.unwrap(), Some(203));
    assert_eq!(
        kinds(&workflows_tests::events_of(&resumed).await),
        ["prompt again", "prompt", "completed"],
        "the new prompt is `more`, not `continue?`"
    );

    // The recorded response is replayed, and its prompt is not published again.
    drop(log.take());
    let resumed = workflow().resume(aged(&after_response, ms(0))).start();
    resumed.send(HumanResponse(6)).unwrap();
    assert_eq!(resumed.result().await.unwrap(), Some(11));
    assert_eq!(log.take(), ["top", "between"]);
    assert!(!kinds(&workflows_tests::events_of(&resumed).await).contains(&"prompt".to_owned()));

    // The deadline has passed since the snapshot.
    assert_eq!(workflow().resume(aged(&after_response, Duration::from_hours(2))).start().result().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn failure_awaiting_its_handler_is_part_of_a_snapshot() {
    #[derive(Debug)]
    struct Torn(std::num::ParseIntError);
    impl std::fmt::Display for Torn {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("torn")
        }
    }
    impl std::error::Error for Torn {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    #[workflow]
    struct Fails {
        stuck: bool,
    }
    #[workflow]
    impl Fails {
        #[step]
        async fn work(&self, Start(text): Start<String>) -> Result<Stop<String>, Torn> {
            text.parse::<u32>().map(|n| Stop(n.to_string())).map_err(Torn)
        }
        #[catch_error]
        async fn handle(&self, failed: StepFailed) -> Stop<String> {
            if self.stuck {
                pending::<()>().await;
            }
            let source = failed.error.source().map(ToString::to_string);
            let input = failed.input::<Start<String>>().map(|Start(text)| text);
            Stop(format!("{} {} {source:?} {input:?}", failed.step, failed.error))
        }
    }
    let run = Fails { stuck: true }.run("x".to_owned()).start();
    let_others_run().await;
    let snapshot = round_trip(&run.snapshot().await.unwrap());
    let text = Fails { stuck: false }.resume(snapshot).await.unwrap();
    assert_eq!(text, "work torn Some(\"invalid digit found in string\") Some(\"x\")");
    let failed = Fails { stuck: false }.run("7".to_owned()).await;
    assert_eq!(failed.map_err(failure).unwrap(), "7");
}
