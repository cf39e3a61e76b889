//! Runs that are written down, and gone on with in a fresh instance.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]
#![allow(clippy::type_complexity, reason = "the lists of contexts")]

use serde_json::Value;
use std::{future::pending, sync::Arc, time::SystemTime};
use tokio::time::{Instant, sleep};
use workflows::{Log, failure, kinds, let_others_run, published};
use workflows_runtime::{FailedAttempt, ResumeError, RetryPolicy, RunHandle, Snapshot, SnapshotError, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// So many attempts in all, with a delay between them.
struct Tries(u32, Duration);

impl RetryPolicy for Tries {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (failure.attempts < self.0).then_some(self.1)
    }
}

/// Through JSON, and through a format that says nothing about itself.
fn written<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let text = serde_json::to_string(snapshot).unwrap();
    let bytes = postcard::to_stdvec(&serde_json::from_str::<Snapshot<W>>(&text).unwrap()).unwrap();
    postcard::from_bytes(&bytes).unwrap()
}

/// As if it had been written down so long ago.
fn taken<W: Workflow>(snapshot: &Snapshot<W>, ago: Duration) -> Snapshot<W> {
    let mut json = serde_json::to_value(snapshot).unwrap();
    json["taken"] = serde_json::to_value(SystemTime::now() - ago).unwrap();
    serde_json::from_value(json).unwrap()
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Works on items one by one; the first instance gets stuck at one of them.
#[workflow(state = u32, stream = u32, timeout = "10s")]
struct Line {
    stuck: Option<u32>,
    log: Log<u32>,
}

#[workflow]
impl Line {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
        self.log.add(n);
        ctx.publish(n);
        if self.stuck == Some(n) {
            pending::<()>().await;
        }
        ctx.state().update(|sum| *sum += n);
        Done(n)
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<Vec<u32>> {
        Stop(all.into_iter().map(|Done(n)| n).collect())
    }
}

impl Line {
    fn new(stuck: Option<u32>) -> (Self, Log<u32>) {
        let log = Log::default();
        (Self { stuck, log: log.clone() }, log)
    }

    async fn until(stuck: u32) -> RunHandle<Self> {
        let run = Self::new(Some(stuck)).0.run(4).id("line").start();
        let_others_run().await;
        run
    }
}

#[tokio::test(start_paused = true)]
async fn work_in_progress_comes_first_then_the_queue_and_what_is_done_is_not_done_again() {
    // SN-01, SN-05, SN-06, SN-07, SN-10, SM-10, CX-18
    let run = Line::until(1).await;
    let snapshot = run.snapshot().await.unwrap();
    assert_eq!((snapshot.run_id().unwrap().to_string().as_str(), snapshot.state()), ("line", Some(&0)));
    let (workflow, log) = Line::new(None);
    let resumed = workflow.resume(written(&snapshot)).start();
    assert_eq!(resumed.id().to_string(), "line");
    assert_eq!(published(&resumed).await, [1, 2, 3], "the stream has the resumed part only");
    assert_eq!(log.take(), [1, 2, 3]);
    assert_eq!((resumed.result().await.unwrap(), resumed.state().get()), (vec![0, 1, 2, 3], 6));

    // The first one goes on, and one snapshot may be resumed twice, with other settings.
    assert!(!run.is_finished());
    let again = Line::new(None).0.resume(snapshot).id("other").state(100).start();
    assert_eq!((again.id().to_string().as_str(), again.result().await.unwrap().len()), ("other", 4));
    assert_eq!(again.state().get(), 106);
}

#[tokio::test(start_paused = true)]
async fn a_run_may_be_written_down_several_times_in_a_row() {
    // SN-08
    let mut snapshot = Line::until(0).await.snapshot().await.unwrap();
    for stuck in [0, 0, 1, 2, 2, 3] {
        let run = Line::new(Some(stuck)).0.resume(written(&snapshot)).start();
        let_others_run().await;
        snapshot = run.snapshot().await.unwrap();
    }
    let (workflow, log) = Line::new(None);
    assert_eq!(workflow.resume(snapshot).await.unwrap(), [0, 1, 2, 3]);
    assert_eq!(log.take(), [3]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_come_to_its_end_has_no_snapshot() {
    // SN-04, SN-09, CX-21
    let run = Line::new(None).0.run(2).start();
    run.result().await.unwrap();
    assert_eq!(run.snapshot().await.unwrap_err(), SnapshotError::Ended);
    assert_eq!(run.state().get(), 1, "its state is there all the same");

    // Asked for in the moment of its end.
    let run = Arc::new(Line::new(None).0.run(2).start());
    let asked: Vec<_> = (0..50).map(|_| Arc::clone(&run)).map(|run| async move { run.snapshot().await }).collect();
    assert!(futures::future::join_all(asked).await.into_iter().all(|snapshot| match snapshot {
        Ok(snapshot) => snapshot.state() != Some(&1),
        Err(error) => error == SnapshotError::Ended,
    }));
}

#[tokio::test(start_paused = true)]
async fn what_was_cancelled_or_has_timed_out_can_be_gone_on_with() {
    // TC-04, TC-07
    let run = Line::until(1).await;
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    let snapshot = run.snapshot().await.unwrap();
    assert_eq!(Line::new(None).0.resume(written(&snapshot)).await.unwrap(), [0, 1, 2, 3]);

    let run = Line::until(1).await;
    assert!(matches!(run.result().await, Err(RunError::TimedOut { .. })));
    let snapshot = written(&run.snapshot().await.unwrap());
    assert_eq!(Line::new(None).0.resume(snapshot.clone()).await.unwrap(), [0, 1, 2, 3]);
    // It has as much time again.
    let began = Instant::now();
    let error = Line::new(Some(2)).0.resume(snapshot).await.unwrap_err();
    assert!(matches!(error, RunError::TimedOut { .. }), "{error}");
    assert_eq!(began.elapsed(), ms(10_000));
}

#[tokio::test(start_paused = true)]
async fn a_resumed_run_has_what_was_left_of_its_time() {
    // TC-04
    let run = Line::until(1).await;
    sleep(ms(4_000)).await;
    let snapshot = run.snapshot().await.unwrap();
    sleep(ms(3_000)).await;
    // The time in which it only lies there does not count.
    let began = Instant::now();
    let line = || Line::new(Some(1)).0.resume(taken(&snapshot, ms(100_000)));
    assert!(matches!(line().await, Err(RunError::TimedOut { after, .. }) if after == ms(10_000)));
    assert_eq!(began.elapsed(), ms(6_000));
    let began = Instant::now();
    assert!(matches!(line().timeout(ms(20)).await, Err(RunError::TimedOut { after, .. }) if after == ms(20)));
    assert_eq!(began.elapsed(), ms(20));
    let run = line().timeout(None).start();
    sleep(ms(60_000)).await;
    assert!(!run.is_finished());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_refused_with_the_reason() {
    // SN-02, SN-03
    let json = serde_json::to_value(Line::until(1).await.snapshot().await.unwrap()).unwrap();
    let refused = async |json: Value| {
        let snapshot = serde_json::from_value(json).unwrap();
        match Line::new(None).0.resume(snapshot).await.unwrap_err() {
            RunError::Resume(error) => error,
            other => panic!("{other}"),
        }
    };
    let mut other = json.clone();
    other["format"] = 99.into();
    other["progress"] = Value::Null;
    assert_eq!(refused(other).await, ResumeError::Version { found: 99, known: 1 });

    let mut other = json.clone();
    other["graph"]["steps"][1]["name"] = "was".into();
    other["graph"]["steps"][2]["takes"][0] = "0: Gone".into();
    let error = refused(other).await;
    let text = error.to_string();
    for part in ["step `work` is new", "no step `was`", "step `gather` takes (", "took (0: Gone)"] {
        assert!(text.contains(part), "{text}");
    }
    // A run that is started tells it on its stream as well.
    let mut other = json.clone();
    other["graph"]["workflow"] = "Another".into();
    let run = Line::new(None).0.resume(serde_json::from_value(other).unwrap()).start();
    let error = run.result().await.unwrap_err().to_string();
    assert!(error.contains("it is of workflow `Another`"), "{error}");
    assert_eq!(kinds(&workflows::events_of(&run).await), [format!("failed: {error}")]);

    let read = |text: &str| serde_json::from_str::<Snapshot<Line>>(text).unwrap_err().to_string();
    for field in ["format", "graph", "id", "now", "progress", "put_by", "state", "taken"] {
        let mut other = json.clone();
        other.as_object_mut().unwrap().remove(field);
        assert!(read(&other.to_string()).contains(&format!("missing field `{field}`")), "{field}");
    }
    let text = json.to_string();
    for end in (0..text.len()).step_by(7) {
        read(&text[..end]);
    }
    let bytes = postcard::to_stdvec(&serde_json::from_value::<Snapshot<Line>>(json).unwrap()).unwrap();
    for end in 0..bytes.len() {
        postcard::from_bytes::<Snapshot<Line>>(&bytes[..end]).unwrap_err();
    }
}

/// Fails twice, an hour apart.
#[workflow]
struct Flaky {
    log: Log<(u32, Option<String>)>,
}

#[workflow]
impl Flaky {
    #[step(retry = Tries(3, Duration::from_hours(1)))]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt();
        self.log.add((attempt.number, attempt.last_error.map(|error| error.to_string())));
        sleep(ms(10)).await;
        if attempt.number < 3 { Err(StepError::msg(format!("no {}", attempt.number))) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_delays_go_on() {
    // SN-05, RT-27, RT-30, SM-12
    let log = Log::default();
    let workflow = || Flaky { log: log.clone() };
    let run = workflow().run(7).start();
    sleep(ms(20)).await;
    assert_eq!(log.take(), [(1, None)]);
    let snapshot = written(&run.snapshot().await.unwrap());
    run.cancel();

    let second = workflow().resume(taken(&snapshot, ms(0))).start();
    sleep(ms(3_600_000)).await;
    assert_eq!(log.take(), [(2, Some("no 1".to_owned()))], "the delay was gone on with");
    second.cancel();

    let began = Instant::now();
    let late = workflow().resume(taken(&snapshot, Duration::from_hours(2))).start();
    sleep(ms(1)).await;
    assert!(log.take().contains(&(2, Some("no 1".to_owned()))), "due in the meantime");
    let busy = late.snapshot().await.unwrap();
    late.cancel();
    assert_eq!(workflow().resume(busy).await.unwrap(), 7);
    assert!(began.elapsed() >= ms(3_600_000));
}

/// Waits for an answer, with a deadline.
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
async fn waits_and_their_deadlines_go_on() {
    // WE-21, WE-22, WE-23
    let log = Log::default();
    let workflow = || Waits { log: log.clone() };
    let run = workflow().run("go on?".to_owned()).start();
    let_others_run().await;
    let asked = written(&run.snapshot().await.unwrap());
    run.send(HumanResponse(5)).unwrap();
    let_others_run().await;
    let answered = written(&run.snapshot().await.unwrap());
    drop(run);
    drop(log.take());

    // The prompt is not published again, and what does not match is still refused.
    let resumed = workflow().resume(taken(&asked, ms(0))).start();
    for n in [200, 3, 4] {
        resumed.send(HumanResponse(n)).unwrap();
    }
    assert_eq!(resumed.result().await.unwrap(), Some(203));
    assert_eq!(kinds(&workflows::events_of(&resumed).await), ["prompt", "completed"], "`more`, and not `go on?`");

    // What was answered is answered again, and asked only once.
    drop(log.take());
    let resumed = workflow().resume(taken(&answered, ms(0))).start();
    resumed.send(HumanResponse(6)).unwrap();
    assert_eq!(resumed.result().await.unwrap(), Some(11));
    assert_eq!(log.take(), ["top", "between"]);
    assert!(!kinds(&workflows::events_of(&resumed).await).contains(&"prompt".to_owned()));

    // The deadline has gone by.
    assert_eq!(workflow().resume(taken(&answered, Duration::from_hours(2))).start().result().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_waits_for_its_handler_is_written_down() {
    // CA-14, EV-12, EV-13
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
    let snapshot = written(&run.snapshot().await.unwrap());
    let text = Fails { stuck: false }.resume(snapshot).await.unwrap();
    assert_eq!(text, "work torn Some(\"invalid digit found in string\") Some(\"x\")");
    let failed = Fails { stuck: false }.run("7".to_owned()).await;
    assert_eq!(failed.map_err(failure).unwrap(), "7");
}

/// One at a time; asks whether to go on.
#[workflow(max_runs = 1, timeout = "10s", state = u32)]
struct Turns;

#[workflow]
impl Turns {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(n): Start<u32>,
    ) -> Stop<u32> {
        let answer = ctx.ask_for::<u32>(n).timeout(Duration::from_hours(1)).await;
        Stop(ctx.state().get() + n + answer.unwrap_or(1_000))
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_its_turn_is_written_down_at_once() {
    // TC-04, TC-07, CO-09: it begins with its input, and all of its time.
    let workflow = Arc::new(Turns);
    let busy = workflow.clone().run(0).timeout(None).start();
    let_others_run().await;
    let waiting = workflow.clone().run(10).state(100).id("second").start();
    waiting.send(HumanResponse(3)).unwrap();
    sleep(ms(60_000)).await;
    let snapshot = written(&waiting.snapshot().await.unwrap());
    assert_eq!((snapshot.run_id().unwrap().to_string().as_str(), snapshot.state()), ("second", Some(&100)));
    assert_eq!(Turns.resume(snapshot.clone()).start().result().await.unwrap(), 113, "with the answer that was there");

    // The run itself has lost nothing by it, nor has one that was asked many times.
    let other = workflow.clone().run(20).start();
    for _ in 0..10 {
        other.snapshot().await.unwrap();
    }
    other.send(HumanResponse(1)).unwrap();
    let early = other.snapshot().await.unwrap();
    other.send(HumanResponse(2)).unwrap();
    busy.cancel();
    assert_eq!((waiting.result().await.unwrap(), other.result().await.unwrap()), (113, 21));
    assert_eq!(Turns.resume(written(&early)).await.unwrap(), 21);

    // Its time begins with its turn.
    let late = workflow.clone().run(0).start();
    let_others_run().await;
    let began = Instant::now();
    let resumed = workflow.clone().resume(taken(&early, ms(0))).start();
    assert!(matches!(late.result().await, Err(RunError::TimedOut { .. })));
    assert_eq!((resumed.result().await.unwrap(), began.elapsed()), (21, ms(10_000)));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_before_its_turn_can_be_gone_on_with() {
    // TC-07
    let workflow = Arc::new(Turns);
    let _busy = workflow.clone().run(0).timeout(None).start();
    let_others_run().await;
    let waiting = workflow.clone().run(10).timeout(ms(20)).start();
    let_others_run().await;
    waiting.send(HumanResponse(3)).unwrap();
    let mut asked_before = Box::pin(waiting.snapshot());
    assert!(futures::poll!(&mut asked_before).is_pending());
    waiting.cancel();
    assert!(matches!(waiting.result().await, Err(RunError::Cancelled)));
    for snapshot in [asked_before.await.unwrap(), waiting.snapshot().await.unwrap()] {
        assert_eq!(Turns.resume(written(&snapshot)).start().result().await.unwrap(), 13);
    }
    // Cancelled before it was ever polled, and with a timeout of its own.
    let waiting = workflow.clone().run(10).timeout(ms(20)).start();
    waiting.cancel();
    let snapshot = waiting.snapshot().await.unwrap();
    let (resumed, began) = (Turns.resume(written(&snapshot)).start(), Instant::now());
    assert!(matches!(resumed.result().await, Err(RunError::TimedOut { after, .. }) if after == ms(20)));
    assert_eq!(began.elapsed(), ms(20));
}

#[tokio::test(start_paused = true)]
async fn a_resumed_run_that_waits_for_its_turn_is_written_down_as_it_was() {
    // SN-08, WE-23: also what has come meanwhile; and the time in which it waits counts for its deadlines.
    let first = Turns.run(10).start();
    let_others_run().await;
    let mut snapshot = first.snapshot().await.unwrap();
    let workflow = Arc::new(Turns);
    let _busy = workflow.clone().run(0).timeout(None).start();
    let_others_run().await;
    for _ in 0..3 {
        let waiting = workflow.clone().resume(taken(&written(&snapshot), ms(600_000))).start();
        snapshot = waiting.snapshot().await.unwrap();
    }
    let resumed = Turns.resume(taken(&snapshot, Duration::from_mins(20))).timeout(None).start();
    let began = Instant::now();
    sleep(ms(60_000)).await;
    assert!(!resumed.is_finished(), "50 minutes and one have gone by");
    assert_eq!(resumed.result().await.unwrap(), 1_010);
    assert!(began.elapsed() <= ms(600_000), "and not an hour from now on");
}
