//! Runs that break off at any moment, and go on as if nothing had been.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]
#![allow(clippy::type_complexity, reason = "the lists of contexts")]

use serde_json::Value;
use std::{
    collections::BTreeSet,
    future::pending,
    sync::{Arc, Mutex, OnceLock},
    time::SystemTime,
};
use tokio::time::sleep;
use workflows::yield_once;
use workflows_runtime::{FailedAttempt, RetryPolicy, RunHandle, Snapshot, SnapshotError, prelude::*};

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

/// Through a format that says what it holds. It goes on as if no time had passed meanwhile.
fn through_json<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    let mut json = serde_json::to_value(snapshot).unwrap();
    json["taken"] = serde_json::to_value(SystemTime::now()).unwrap();
    serde_json::from_str(&json.to_string()).unwrap()
}

/// Through one that does not.
fn through_bytes<W: Workflow>(snapshot: &Snapshot<W>) -> Snapshot<W> {
    postcard::from_bytes(&postcard::to_stdvec(&through_json(snapshot)).unwrap()).unwrap()
}

#[event]
struct Item(u32);

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
            run.send(HumanResponse(true)).unwrap();
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
        let resumed = Everything { tap: None }.resume(through_bytes(snapshot)).start();
        assert_eq!(answering(&resumed).await, expected, "gone on from snapshot {at}");
    }
    // And at several moments of one run: each life ends after some of its snapshots.
    for step in [5, 20] {
        let mut snapshot = snapshots[0].clone();
        for _ in 0..15 {
            let tap = Tap::new();
            let run = Arc::new(Everything { tap: Some(Arc::clone(&tap)) }.resume(through_json(&snapshot)).start());
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

#[event]
struct Page(u32);
#[event]
struct Line(u32, u32);
#[event]
struct Word(u32);
#[event]
struct Odd(u32, String);
#[event]
struct Sheet(u32);
#[event]
struct Packed(u32);
#[event]
struct Order(u32);
#[event]
struct Vote(u32, u32);
#[event]
struct Bid(u32, u32);
#[event]
struct Offer(u32, u32);

/// What the outside can look at, and what the steps have seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Desk {
    is_offered: bool,
    votes: u32,
    words: Vec<u32>,
    pages: BTreeSet<u32>,
    sets: BTreeSet<usize>,
}

struct Rates(u32);

/// The rest: blocking steps, resources, time limits of steps, answers that a step takes, several
/// waits at once, sets of three, races for two, either-or in a join, and batches inside a loop.
#[workflow(state = Desk, stream = u32, timeout = "24h")]
struct Office;

#[workflow]
impl Office {
    #[resource]
    async fn rates(&self) -> StepResult<Rates> {
        yield_once().await;
        Ok(Rates(10))
    }
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Page> {
        yield_once().await;
        (0..n).map(Page).collect()
    }
    #[step(workers = 2)]
    #[blocking(io)]
    fn read(&self, ctx: &Context<Self, (Extra,)>, Page(n): Page) -> Vec<Line> {
        ctx.send(Extra(n));
        // Its return comes from another thread: the change may be made twice.
        ctx.state().update(|desk| desk.pages.insert(n));
        (0..4).map(|line| Line(n, line)).collect()
    }
    #[step]
    #[blocking(io)]
    fn put_by(&self, ctx: &Context<Self>, extra: Extra) {
        if let Some(set) = ctx.collect(extra, 3) {
            ctx.state().update(|desk| desk.sets.insert(set.len()));
        }
    }
    #[step(workers = 3, timeout = "40ms", retry = Tries(3, Duration::from_millis(20)))]
    async fn parse(
        &self,
        ctx: &Context<Self>,
        Line(page, line): Line,
        #[resource(rates)] rates: &Rates,
    ) -> StepResult<Word> {
        sleep(ms(3)).await;
        match line {
            1 if ctx.attempt().number == 1 => pending().await,
            2 => return Err(StepError::msg("illegible")),
            _ => yield_once().await,
        }
        ctx.publish(line);
        ctx.state().update(|desk| desk.words.push(page * rates.0 + line));
        Ok(Word(page * rates.0 + line))
    }
    #[catch_error(steps(parse))]
    async fn skip(&self, ctx: &Context<Self>, failed: StepFailed) -> StepResult<Odd> {
        yield_once().await;
        let Some(Line(page, _)) = failed.input() else { return Err(StepError::msg("no input")) };
        ctx.state().update(|desk| desk.words.push(1_000 + failed.attempts));
        Ok(Odd(page, failed.error.to_string()))
    }
    #[step]
    async fn sum(&self, all: Vec<OneOf<Word, Odd>>) -> Sheet {
        yield_once().await;
        let of = |one: OneOf<Word, Odd>| match one {
            OneOf::A(Word(n)) => n,
            OneOf::B(Odd(page, why)) => page + u32::try_from(why.len()).unwrap_or_default(),
        };
        Sheet(all.into_iter().map(of).sum())
    }
    #[step]
    async fn pack(&self, three: [Sheet; 3]) -> Packed {
        yield_once().await;
        Packed(three.iter().map(|Sheet(n)| n).sum())
    }
    #[step]
    async fn offer(&self, ctx: &Context<Self>, Packed(sum): Packed) -> InputRequired<u32> {
        yield_once().await;
        ctx.state().update(|desk| desk.is_offered = true);
        InputRequired(sum)
    }
    #[step]
    async fn order(&self, ctx: &Context<Self>, HumanResponse(Order(n)): HumanResponse<Order>) -> Option<Vote> {
        yield_once().await;
        // It may have been sent twice.
        ctx.state().update(|desk| std::mem::take(&mut desk.is_offered)).then_some(Vote(n, 2))
    }
    #[step]
    async fn vote(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>, HumanResponse<char>)>,
        Vote(n, left): Vote,
    ) -> Vec<Bid> {
        yield_once().await;
        let nobody = ctx.wait_for::<char>().timeout(Duration::from_millis(50));
        let both = [ctx.ask_for::<bool>(left), ctx.wait_for::<bool>().matching(|yes| *yes)];
        let (both, nobody) = futures::join!(futures::future::join_all(both), nobody);
        yield_once().await;
        ctx.state().update(|desk| desk.votes += 1);
        (0..3).map(|bid| Bid(n + u32::from(both == [true, true] && nobody.is_err()) + bid, left)).collect()
    }
    #[step]
    async fn bid(&self, Bid(n, left): Bid) -> Offer {
        sleep(ms(if n % 3 == 0 { 500 } else { 5 * u64::from(n % 3) })).await;
        Offer(n, left)
    }
    #[step]
    async fn best(&self, First([Offer(a, _), Offer(b, left)]): First<Offer, 2>) -> OneOf<Vote, Stop<u32>> {
        yield_once().await;
        if left == 0 { Stop(a + b).emit() } else { Vote(a.max(b), left - 1).emit() }
    }
}

/// Answers whatever the run waits for, to its end.
async fn served(run: &RunHandle<Office>) -> (u32, Desk) {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if !matches!(event, RunEvent::Idle) {
            continue;
        }
        sleep(ms(1)).await;
        if run.state().read(|desk| desk.is_offered) {
            run.send(HumanResponse(Order(30))).unwrap();
        } else {
            // The run may have ended meanwhile.
            let _ = run.send(HumanResponse(true));
            let _ = run.send(HumanResponse(true));
        }
    }
    let mut desk = run.state().get();
    desk.words.sort_unstable();
    (run.result().await.unwrap(), desk)
}

/// A snapshot after each turn of a run in which anything has changed, to its end.
async fn after_every_turn<W: Workflow>(run: Arc<RunHandle<W>>) -> Vec<Snapshot<W>> {
    let (mut all, mut last) = (Vec::new(), Value::Null);
    while let Ok(snapshot) = run.snapshot().await {
        let mut json = serde_json::to_value(&snapshot).unwrap();
        json["taken"].take();
        json["now"].take();
        if json == last {
            sleep(ms(1)).await;
        } else {
            last = json;
            all.push(snapshot);
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_crash_after_any_turn_changes_nothing() {
    // SN-01, SN-07, SN-08, SN-10, SN-11, SN-14, CE-14, CA-14, RT-30, WE-23
    let expected = served(&Office.run(3).start()).await;
    assert_eq!((expected.1.votes, expected.1.words.len()), (3, 12));

    let run = Arc::new(Office.run(3).start());
    let snapshots = tokio::spawn(after_every_turn(Arc::clone(&run)));
    assert_eq!(served(&run).await, expected, "being asked changes nothing");
    let snapshots = snapshots.await.unwrap();
    assert!(snapshots.len() > 100, "{}", snapshots.len());
    for (at, snapshot) in snapshots.iter().enumerate() {
        let resumed = [through_json(snapshot), through_bytes(snapshot)].map(|snapshot| Office.resume(snapshot).start());
        for run in &resumed {
            assert_eq!(served(run).await, expected, "gone on from snapshot {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn very_many_crashes_of_one_run_change_nothing() {
    // SN-08
    let expected = served(&Office.run(3).start()).await;
    for stride in [3, 7] {
        let mut run = Arc::new(Office.run(3).start());
        for life in 0..20 {
            let snapshots = tokio::spawn(after_every_turn(Arc::clone(&run)));
            assert_eq!(served(&run).await, expected, "in life {life}");
            let mut snapshots = snapshots.await.unwrap();
            // Early enough to leave something to do.
            let at = (life * stride) % snapshots.len().min(25);
            run = Arc::new(Office.resume(through_bytes(&snapshots.swap_remove(at))).start());
        }
    }
}
