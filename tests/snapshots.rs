//! Runs that are written down, and gone on with in a fresh instance.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]
#![allow(clippy::type_complexity, reason = "the lists of contexts")]

use serde_json::Value;
use std::{
    future::pending,
    sync::{Arc, Mutex, OnceLock},
    time::SystemTime,
};
use tokio::time::{Instant, sleep};
use workflows::{Log, failure, kinds, let_others_run, published, yield_once};
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
    let (flow, log) = Line::new(None);
    let resumed = flow.resume(written(&snapshot)).start();
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
    let (flow, log) = Line::new(None);
    assert_eq!(flow.resume(snapshot).await.unwrap(), [0, 1, 2, 3]);
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
    let flow = || Flaky { log: log.clone() };
    let run = flow().run(7).start();
    sleep(ms(20)).await;
    assert_eq!(log.take(), [(1, None)]);
    let snapshot = written(&run.snapshot().await.unwrap());
    run.cancel();

    let second = flow().resume(taken(&snapshot, ms(0))).start();
    sleep(ms(3_600_000)).await;
    assert_eq!(log.take(), [(2, Some("no 1".to_owned()))], "the delay was gone on with");
    second.cancel();

    let began = Instant::now();
    let late = flow().resume(taken(&snapshot, Duration::from_hours(2))).start();
    sleep(ms(1)).await;
    assert!(log.take().contains(&(2, Some("no 1".to_owned()))), "due in the meantime");
    let busy = late.snapshot().await.unwrap();
    late.cancel();
    assert_eq!(flow().resume(busy).await.unwrap(), 7);
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
    let flow = || Waits { log: log.clone() };
    let run = flow().run("go on?".to_owned()).start();
    let_others_run().await;
    let asked = written(&run.snapshot().await.unwrap());
    run.send(HumanResponse(5));
    let_others_run().await;
    let answered = written(&run.snapshot().await.unwrap());
    drop(run);
    drop(log.take());

    // The prompt is not published again, and what does not match is still refused.
    let resumed = flow().resume(taken(&asked, ms(0))).start();
    for n in [200, 3, 4] {
        resumed.send(HumanResponse(n));
    }
    assert_eq!(resumed.result().await.unwrap(), Some(203));
    assert_eq!(kinds(&workflows::events_of(&resumed).await), ["prompt", "completed"], "`more`, and not `go on?`");

    // What was answered is answered again, and asked only once.
    drop(log.take());
    let resumed = flow().resume(taken(&answered, ms(0))).start();
    resumed.send(HumanResponse(6));
    assert_eq!(resumed.result().await.unwrap(), Some(11));
    assert_eq!(log.take(), ["top", "between"]);
    assert!(!kinds(&workflows::events_of(&resumed).await).contains(&"prompt".to_owned()));

    // The deadline has gone by.
    assert_eq!(flow().resume(taken(&answered, Duration::from_hours(2))).start().result().await.unwrap(), None);
}

type Asked<W> = futures::future::BoxFuture<'static, Result<Snapshot<W>, SnapshotError>>;

/// Asks its own run for snapshots while steps are being polled.
struct Tap<W: Workflow> {
    run: OnceLock<Arc<RunHandle<W>>>,
    asked: Mutex<Vec<Asked<W>>>,
}

impl<W: Workflow> Tap<W> {
    fn new() -> Arc<Self> {
        Arc::new(Self { run: OnceLock::new(), asked: Mutex::default() })
    }

    fn ask(&self) {
        let Some(run) = self.run.get().cloned() else { return };
        let mut asked: Asked<W> = Box::pin(async move { run.snapshot().await });
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(asked.as_mut().poll(&mut cx).is_pending());
        self.asked.lock().unwrap().push(asked);
    }

    /// All snapshots that were made.
    async fn all(&self) -> Vec<Snapshot<W>> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        futures::future::join_all(asked).await.into_iter().flatten().collect()
    }
}

#[event]
struct Group(u32);
#[event]
struct Cell(u32, u32);
#[event]
struct Tried(u32, u32);
#[event]
struct Row(u32);
#[event]
struct Extra(u32);
#[event]
struct Fast(u32);
#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct Round(u32, u32);

/// Everything at once: nested fan-outs, a race, a pair, a loop, what is sent, put by, tried again,
/// recovered from and waited for.
#[workflow(state = Vec<u32>, timeout = "24h")]
struct Everything {
    tap: Option<Arc<Tap<Self>>>,
}

impl Everything {
    async fn breathe(&self, time: u64) {
        self.tap.iter().for_each(|tap| tap.ask());
        yield_once().await;
        self.tap.iter().for_each(|tap| tap.ask());
        if time > 0 {
            sleep(ms(time)).await;
            self.tap.iter().for_each(|tap| tap.ask());
        }
    }
}

#[workflow]
impl Everything {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Group> {
        self.breathe(1).await;
        (0..n).map(Group).collect()
    }
    #[step(workers = 2)]
    async fn spread(&self, Group(of): Group) -> Vec<Cell> {
        self.breathe(2).await;
        (0..4).map(|n| Cell(of, n)).collect()
    }
    #[step(workers = 3, retry = Tries(3, Duration::from_millis(20)))]
    async fn flaky(&self, ctx: &Context<Self, (Extra,)>, Cell(of, n): Cell) -> StepResult<Tried> {
        if ctx.attempt().number == 1 {
            ctx.send(Extra(n));
        }
        self.breathe(3).await;
        if n == 1 && ctx.attempt().number < 3 || n == 3 {
            return Err(StepError::msg("not yet"));
        }
        ctx.state().update(|seen| seen.push(of * 10 + n));
        Ok(Tried(of, n))
    }
    #[catch_error(steps(flaky))]
    async fn recover(&self, failed: StepFailed) -> Tried {
        self.breathe(1).await;
        let Some(Cell(of, n)) = failed.input() else { return Tried(0, 0) };
        Tried(of, n + 100 * failed.attempts)
    }
    #[step]
    async fn extra(&self, ctx: &Context<Self>, extra: Extra) {
        self.breathe(1).await;
        if let Some(set) = ctx.collect_as("extra", extra, 3) {
            self.breathe(1).await;
            ctx.state().update(|seen| seen.push(1_000 + u32::try_from(set.len()).unwrap_or_default()));
        }
    }
    #[step]
    async fn row(&self, all: Vec<Tried>) -> Row {
        self.breathe(1).await;
        Row(all.iter().map(|Tried(_, n)| n).sum())
    }
    #[step]
    async fn rows(&self, all: Vec<Row>) -> Vec<Fast> {
        self.breathe(1).await;
        let sum = all.iter().map(|Row(n)| n).sum();
        vec![Fast(sum), Fast(sum + 1)]
    }
    #[step]
    async fn race(&self, Fast(n): Fast) -> Item {
        self.breathe(1 + u64::from(n % 2) * 500).await;
        Item(n)
    }
    #[step]
    async fn first(&self, First([Item(n)]): First<Item, 1>) -> (Left, Right) {
        self.breathe(0).await;
        (Left(n), Right(n))
    }
    #[step]
    async fn pair(&self, Left(a): Left, Right(b): Right) -> Round {
        self.breathe(1).await;
        Round(a + b, 3)
    }
    #[step]
    async fn round(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>, HumanResponse<char>)>,
        Round(sum, left): Round,
    ) -> OneOf<Round, Stop<u32>> {
        self.breathe(1).await;
        let yes = ctx.ask_for::<bool>(left).await;
        self.breathe(1).await;
        let nobody = ctx.wait_for::<char>().timeout(Duration::from_millis(50)).await.is_err();
        self.breathe(1).await;
        ctx.state().update(|seen| seen.push(2_000 + left));
        let sum = sum + u32::from(yes) + 10 * u32::from(nobody);
        if left == 0 { Stop(sum).emit() } else { Round(sum, left - 1).emit() }
    }
}

/// Says yes each time the run waits for people, to its end.
async fn answering(run: &RunHandle<Everything>) -> (u32, Vec<u32>) {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::Idle = event {
            // What nobody waits for is kept, and makes the run idle once more.
            sleep(ms(1)).await;
            run.send(HumanResponse(true));
        }
    }
    let mut seen = run.state().get();
    seen.sort_unstable();
    (run.result().await.unwrap(), seen)
}

#[tokio::test(start_paused = true)]
async fn a_crash_at_any_moment_changes_nothing() {
    // SN-01, SN-07, SN-08, SN-11, CE-14, CA-14, RT-30
    let undisturbed = Everything { tap: None }.run(2).start();
    let expected = answering(&undisturbed).await;

    let tap = Tap::new();
    let run = Arc::new(Everything { tap: Some(Arc::clone(&tap)) }.run(2).start());
    assert!(tap.run.set(Arc::clone(&run)).is_ok());
    assert_eq!(answering(&run).await, expected, "being asked changes nothing");
    let snapshots = tap.all().await;
    assert!(snapshots.len() > 100, "{}", snapshots.len());

    for (at, snapshot) in snapshots.iter().enumerate() {
        let resumed = Everything { tap: None }.resume(taken(&written(snapshot), ms(0))).start();
        assert_eq!(answering(&resumed).await, expected, "gone on from snapshot {at}");
    }
    // And at several moments of one run: each life ends after some of its snapshots.
    for step in [5, 20] {
        let mut snapshot = snapshots[0].clone();
        for _ in 0..15 {
            let tap = Tap::new();
            let run = Arc::new(Everything { tap: Some(Arc::clone(&tap)) }.resume(taken(&snapshot, ms(0))).start());
            assert!(tap.run.set(Arc::clone(&run)).is_ok());
            let outcome = answering(&run).await;
            assert_eq!(outcome, expected, "one of many lives");
            let mut lives = tap.all().await;
            if lives.len() <= step * 3 {
                break;
            }
            snapshot = lives.swap_remove(step * 3);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_and_its_change_of_the_state_are_both_there_or_neither_is() {
    #[workflow(state = u32)]
    struct Last {
        tap: Option<Arc<Tap<Last>>>,
    }
    #[workflow]
    impl Last {
        #[step]
        async fn count(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Item {
            yield_once().await;
            ctx.state().update(|sum| *sum += n);
            self.tap.iter().for_each(|tap| tap.ask());
            Item(n)
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, Item(n): Item) -> Stop<u32> {
            yield_once().await;
            Stop(ctx.state().get() + n)
        }
    }
    let tap = Tap::new();
    let run = Arc::new(Last { tap: Some(Arc::clone(&tap)) }.run(5).start());
    assert!(tap.run.set(Arc::clone(&run)).is_ok());
    assert_eq!(run.result().await.unwrap(), 10);
    let snapshots = tap.all().await;
    assert_eq!(snapshots.len(), 1);
    assert_eq!(Last { tap: None }.resume(snapshots[0].clone()).await.unwrap(), 10);
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
            let source = failed.error.source().source().map(ToString::to_string);
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
