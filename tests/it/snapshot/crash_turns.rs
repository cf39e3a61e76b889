//! A run that is interrupted after any turn of its driver has the same result after a resume.

use super::{through_bytes, through_json};
use serde_json::Value;
use std::{collections::BTreeSet, future::pending, sync::Arc};
use tokio::time::sleep;
use workflows_runtime::{RunHandle, Snapshot, prelude::*};
use workflows_tests::{Attempts, ms, yield_once};

#[event]
struct Extra(u32);
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
pub(crate) struct Order(pub(crate) u32);
#[event]
struct Vote(u32, u32);
#[event]
struct Bid(u32, u32);
#[event]
struct Offer(u32, u32);

/// The state that the caller and the steps share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Desk {
    pub(crate) is_offered: bool,
    votes: u32,
    pub(crate) words: Vec<u32>,
    pages: BTreeSet<u32>,
    sets: BTreeSet<usize>,
}

struct Rates(u32);

/// Combines blocking steps, resources, step timeouts, responses as step inputs, concurrent waits,
/// arrays of three, races for two, `OneOf` in a join, and batches inside a loop.
#[workflow(state = Desk, stream = u32, timeout = "24h")]
pub(crate) struct Office;

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
        // A blocking step runs on another thread: after a resume, the update may be made twice.
        ctx.state().update(|desk| desk.pages.insert(n));
        (0..4).map(|line| Line(n, line)).collect()
    }
    #[step]
    #[blocking(io)]
    fn collect(&self, ctx: &Context<Self>, extra: Extra) {
        if let Some(set) = ctx.collect(extra, 3) {
            ctx.state().update(|desk| desk.sets.insert(set.len()));
        }
    }
    #[step(workers = 3, timeout = "40ms", retry = Attempts(3, Duration::from_millis(20)))]
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
        // The response may have been sent twice.
        ctx.state().update(|desk| std::mem::take(&mut desk.is_offered)).then_some(Vote(n, 2))
    }
    #[step]
    async fn vote(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>, HumanResponse<char>)>,
        Vote(n, left): Vote,
    ) -> Vec<Bid> {
        yield_once().await;
        let unanswered = ctx.wait_for::<char>().timeout(Duration::from_millis(50));
        let both = [ctx.ask_for::<bool>(left), ctx.wait_for::<bool>().matching(|yes| *yes)];
        let (both, unanswered) = futures::join!(futures::future::join_all(both), unanswered);
        yield_once().await;
        ctx.state().update(|desk| desk.votes += 1);
        (0..3).map(|bid| Bid(n + u32::from(both == [true, true] && unanswered.is_err()) + bid, left)).collect()
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

/// Responds to every wait of the run until it ends; returns its result and state.
pub(crate) async fn respond(run: &RunHandle<Office>) -> (u32, Desk) {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if !matches!(event, RunEvent::Idle) {
            continue;
        }
        sleep(ms(1)).await;
        if run.state().read(|desk| desk.is_offered) {
            run.send(HumanResponse(Order(30))).unwrap();
        } else {
            // The run may end before it can use both.
            let _ = run.send(HumanResponse(true));
            let _ = run.send(HumanResponse(true));
        }
    }
    let mut desk = run.state().get();
    desk.words.sort_unstable();
    (run.result().await.unwrap(), desk)
}

/// Takes a snapshot after each turn of the run that has changed it, until it ends.
async fn snapshots_of_each_turn<W: Workflow>(run: Arc<RunHandle<W>>) -> Vec<Snapshot<W>> {
    let (mut all, mut last) = (Vec::new(), Value::Null);
    while let Ok(snapshot) = run.snapshot().await {
        let mut json = serde_json::to_value(&snapshot).unwrap();
        json["taken_at"].take();
        json["elapsed"].take();
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
async fn crash_after_any_turn_does_not_change_the_result() {
    let expected = respond(&Office.run(3).start()).await;
    assert_eq!((expected.1.votes, expected.1.words.len()), (3, 12));

    let run = Arc::new(Office.run(3).start());
    let snapshots = tokio::spawn(snapshots_of_each_turn(Arc::clone(&run)));
    assert_eq!(respond(&run).await, expected, "snapshots do not affect the run");
    let snapshots = snapshots.await.unwrap();
    assert!(snapshots.len() > 100, "{}", snapshots.len());
    for (at, snapshot) in snapshots.iter().enumerate() {
        let resumed = [through_json(snapshot), through_bytes(snapshot)].map(|snapshot| Office.resume(snapshot).start());
        for run in &resumed {
            assert_eq!(respond(run).await, expected, "resumed from snapshot {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn repeated_crashes_do_not_change_the_result() {
    let expected = respond(&Office.run(3).start()).await;
    for stride in [3, 7] {
        let mut run = Arc::new(Office.run(3).start());
        for resumes in 0..20 {
            let snapshots = tokio::spawn(snapshots_of_each_turn(Arc::clone(&run)));
            assert_eq!(respond(&run).await, expected, "after {resumes} resumes");
            let mut snapshots = snapshots.await.unwrap();
            // Early enough that some work is left.
            let at = (resumes * stride) % snapshots.len().min(25);
            run = Arc::new(Office.resume(through_bytes(&snapshots.swap_remove(at))).start());
        }
    }
}
