//! Workflows whose snapshots have everything that a snapshot can contain. No step panics, loops for long or
//! allocates much, whatever its input is.

use serde::{Deserialize, Serialize};
use std::{cell::Cell, time::Duration};
use tokio::time::sleep;
use workflows_runtime::{RunHandle, Snapshot, prelude::*};

thread_local! {
    /// The number of executions that the thread's run may still start.
    static FUEL: Cell<u32> = const { Cell::new(0) };
}

/// The most executions of one run. The runs here have less than 200.
pub(crate) const MAX_EXECUTIONS: u32 = 20_000;

fn refuel() {
    FUEL.set(MAX_EXECUTIONS);
}

/// Counts an execution.
///
/// # Panics
///
/// Panics if the run does not end.
fn burn() {
    let left = FUEL.get().checked_sub(1).expect("the run is endless");
    FUEL.set(left);
}

async fn ms(n: u8) {
    sleep(Duration::from_millis(n.into())).await;
}

/// A workflow with a run to snapshot.
pub(crate) trait Subject: Workflow {
    /// Starts the run with number `variant`.
    fn begin(variant: u8) -> RunHandle<Self>;

    /// Resumes a run.
    fn again(snapshot: Snapshot<Self>) -> RunHandle<Self>;

    /// Sends responses.
    fn respond(run: &RunHandle<Self>, n: u8);
}

/// Resumes a run and drives it to its end.
///
/// # Errors
///
/// Returns the error of the run.
///
/// # Panics
///
/// Panics if the run neither ends nor stalls.
pub(crate) async fn drive<W: Subject>(snapshot: Snapshot<W>) -> Result<(), RunError> {
    refuel();
    let run = W::again(snapshot);
    for n in 0..4 {
        ms(7).await;
        W::respond(&run, n);
    }
    // The longest deadline that the engine can represent is shorter.
    let ended = tokio::time::timeout(Duration::from_hours(24 * 365 * 1_000), run).await;
    ended.expect("the run neither ends nor stalls").map(drop)
}

/// Takes snapshots of a run until its end, and after it if it fails.
pub(crate) async fn snapshots<W: Subject>(variant: u8) -> Vec<Snapshot<W>> {
    refuel();
    let run = W::begin(variant);
    let mut snapshots = Vec::new();
    for n in 0..12 {
        snapshots.extend(run.snapshot().await);
        ms(3).await;
        if n % 3 == 1 {
            W::respond(&run, n / 3);
        }
    }
    snapshots
}

#[event]
pub(crate) struct Group(u8);
#[event]
pub(crate) struct Job(u8, u8);
#[event]
pub(crate) struct Row(u8);
#[event]
pub(crate) struct Cheap(u8);
#[event]
pub(crate) struct Bid(u8);
#[event]
pub(crate) struct Left(u8);
#[event]
pub(crate) struct Right(u8);
#[event]
pub(crate) struct Part {
    size: u8,
    label: Option<String>,
}
#[event]
pub(crate) struct Round(u8);
#[event]
pub(crate) struct Note(Vec<u8>);

/// Nested batches, races, joins, arrays, collected sets, retries, timeouts and error handlers.
#[workflow(state = Totals, timeout = "1h")]
pub(crate) struct Rich {
    fails: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Totals {
    sum: u64,
    names: std::collections::BTreeMap<String, f64>,
}

#[workflow]
impl Rich {
    #[step]
    async fn start(&self, Start(n): Start<u8>) -> (Vec<Group>, Left, Vec<Bid>, Vec<Part>, Round) {
        burn();
        let n = n % 8;
        let parts = (0..n).map(|size| Part { size, label: Some("part".to_owned()) }).collect();
        ((0..n).map(Group).collect(), Left(n), (0..n).map(Bid).collect(), parts, Round(0))
    }

    #[step(workers = 2, retry = Retry::fixed(Duration::from_millis(4)).max_attempts(2))]
    async fn split(&self, ctx: &Context<Self>, Group(n): Group) -> StepResult<Vec<Job>> {
        burn();
        ctx.state().update(|totals| totals.sum = totals.sum.wrapping_add(n.into()));
        ms(n % 4).await;
        if ctx.attempt().number == 1 && n % 2 == 1 {
            return Err(StepError::msg("odd"));
        }
        Ok((0..n % 5).map(|i| Job(n, i)).collect())
    }

    #[step(workers = 3, timeout = "2ms")]
    async fn work(&self, ctx: &Context<Self, (Note,)>, Job(n, i): Job) -> StepResult<Row> {
        burn();
        ctx.send(Note(vec![n, i]));
        ms(i % 4).await;
        if n % 7 == 3 { Err(StepError::from(std::io::Error::other("three"))) } else { Ok(Row(i)) }
    }

    #[step]
    async fn note(&self, ctx: &Context<Self>, note: Note) {
        burn();
        let _ = ctx.collect_as("notes", note, 3);
    }

    #[catch_error(steps(work), max_recoveries = 2)]
    async fn recover(&self, failed: StepFailed) -> Row {
        burn();
        ms(2).await;
        Row(u8::try_from(failed.attempts).unwrap_or(9))
    }

    #[step]
    async fn rows(&self, all: Vec<Row>) -> Right {
        burn();
        Right(u8::try_from(all.len()).unwrap_or(9))
    }

    // Its events stay parked: one of them is inside of a batch.
    #[step(unchecked(reachable))]
    async fn pair(&self, ctx: &Context<Self>, Left(a): Left, Right(b): Right) -> Option<Stop<u8>> {
        burn();
        ctx.state().update(|totals| totals.names.insert(format!("{a}"), f64::from(b) / 3.0));
        ms(1).await;
        if a == 250 { Some(Stop(b)) } else { None }
    }

    #[step(workers = 2)]
    async fn bid(&self, Bid(n): Bid) -> Cheap {
        burn();
        ms(n % 6).await;
        Cheap(n)
    }

    #[step]
    async fn best(&self, First([one, two]): First<Cheap, 2>) -> Left {
        burn();
        ms(3).await;
        Left(one.0.wrapping_add(two.0))
    }

    #[step]
    async fn pack(&self, ctx: &Context<Self>, [one, two]: [Part; 2]) -> Option<Right> {
        burn();
        ms(2).await;
        let label = one.label.clone().unwrap_or_default();
        let set = ctx.collect_as(&label, one, 2)?;
        Some(Right(u8::from(set.is_empty()) ^ two.size))
    }

    #[step]
    async fn turn(&self, Round(n): Round) -> StepResult<OneOf<Round, Stop<u8>>> {
        burn();
        ms(3).await;
        if n < 9 {
            return Ok(Round(n + 1).emit());
        }
        if self.fails { Err(StepError::msg("never ends well")) } else { Ok(Stop(n).emit()) }
    }
}

impl Subject for Rich {
    fn begin(variant: u8) -> RunHandle<Self> {
        Self { fails: variant % 2 == 1 }.run(5 + variant).id("rich").start()
    }

    fn again(snapshot: Snapshot<Self>) -> RunHandle<Self> {
        Self { fails: false }.resume(snapshot).start()
    }

    fn respond(_: &RunHandle<Self>, _: u8) {}
}

#[event]
pub(crate) struct Topic(String);
#[event]
pub(crate) struct Answer(u8);
#[event]
pub(crate) struct Reminders(u8);

/// Waits with and without a timeout, that race or lose; prompts with and without a wait, many dropped waits, buffered
/// responses, a child, a map as state.
#[workflow]
pub(crate) struct Talk;

#[workflow]
impl Talk {
    #[step]
    async fn plan(
        &self,
        ctx: &Context<Self, (InputRequired<String>,)>,
        Start(topics): Start<Vec<String>>,
    ) -> StepResult<(Vec<Topic>, Reminders)> {
        burn();
        ctx.ask("any other topic?".to_owned());
        ctx.state().at("plan.topics").set(topics.len())?;
        Ok((topics.into_iter().take(9).map(Topic).collect(), Reminders(20)))
    }

    #[step(retry = Retry::immediate().max_attempts(2))]
    async fn remind(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<i8>)>,
        Reminders(n): Reminders,
    ) -> StepResult<Option<Topic>> {
        burn();
        for n in 0..n.min(30) {
            let asked = ctx.ask_for::<i8>(format!("reminder {n}"));
            if let Ok(topic) = tokio::time::timeout(Duration::from_millis(1), asked).await {
                return Ok(Some(Topic(topic.to_string())));
            }
        }
        Err(StepError::msg("no response"))
    }

    #[catch_error(steps(remind), max_recoveries = 1)]
    async fn give_up(&self, failed: StepFailed) -> Option<Topic> {
        burn();
        ms(1).await;
        (failed.attempts > 90).then(|| Topic("attempts".to_owned()))
    }

    #[step(workers = 2, timeout = "1s", retry = Retry::exponential(Duration::from_millis(2)).max_attempts(3))]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u8>, HumanResponse<bool>)>,
        Topic(topic): Topic,
    ) -> StepResult<Answer> {
        burn();
        ms(1).await;
        let number = ctx.ask_for::<u8>(topic.clone()).matching(|n| *n < 9);
        let reminder = ctx.wait_for::<bool>().timeout(Duration::from_millis(8));
        let first = tokio::select! {
            biased;
            number = number => Some(number),
            _ = reminder => None,
        };
        if topic.len() % 3 == 1 && ctx.attempt().number < 3 {
            return Err(StepError::msg("once more"));
        }
        let _ = ctx.state().at(&format!("asked.{}", topic.len())).update_or(0, |n: &mut u64| *n = n.wrapping_add(1));
        let second = ctx.wait_for::<u8>().timeout(Duration::from_millis(40)).await;
        Ok(Answer(first.or(second.ok()).unwrap_or(100)))
    }

    #[step]
    async fn answered(&self, ctx: &Context<Self>, HumanResponse(yes): HumanResponse<char>) {
        burn();
        ms(2).await;
        let _ = ctx.state().at("yes").set(yes);
    }

    #[step]
    async fn end(&self, answers: Vec<Answer>) -> StepResult<Stop<u32>> {
        burn();
        let sum = answers.iter().map(|Answer(n)| u32::from(*n)).sum();
        ms(3).await;
        if answers.len() == 2 { Err(StepError::msg("two")) } else { Ok(Stop(sum)) }
    }
}

impl Subject for Talk {
    fn begin(variant: u8) -> RunHandle<Self> {
        let topics = (0..2 + variant).map(|n| "why".repeat(n.into()) + "?").collect();
        Self.run(topics).id("talk").start()
    }

    fn again(snapshot: Snapshot<Self>) -> RunHandle<Self> {
        Self.resume(snapshot).start()
    }

    fn respond(run: &RunHandle<Self>, n: u8) {
        let _ = run.send(HumanResponse(n));
        let _ = run.send(HumanResponse(n.is_multiple_of(2)));
        let _ = run.send(HumanResponse('y'));
        if n % 2 == 1 {
            for prompt in run.open_prompts() {
                let _ = run.answer(prompt.id, n);
            }
        }
    }
}

#[event]
pub(crate) struct Step(u8);

/// One step after the other, without joins, with a child; retried, and handled at the end.
#[workflow(state = Option<(u8, String)>, timeout = "5s")]
pub(crate) struct Plain;

#[workflow]
impl Plain {
    #[step]
    async fn start(&self, ctx: &Context<Self, (Step,)>, Start(n): Start<u8>) -> Step {
        burn();
        for n in 0..n % 4 {
            ctx.send(Step(n));
        }
        ms(2).await;
        Step(n)
    }

    #[step(workers = 1, retry = Retry::fixed(Duration::from_millis(3)).max_attempts(2))]
    async fn walk(&self, ctx: &Context<Self>, Step(n): Step) -> StepResult<Option<OneOf<Step, Stop<u8>>>> {
        burn();
        ms(1).await;
        let doubled = ctx.run_child(Double, n).await?;
        ctx.state().update(|last| *last = Some((doubled, "walked".to_owned())));
        if n == 3 {
            return Err(StepError::msg("three"));
        }
        Ok(match n {
            0 => None,
            1..=20 => Some(Step(n - 1).emit()),
            _ => Some(Stop(n).emit()),
        })
    }

    #[catch_error(max_recoveries = 3)]
    async fn explain(&self, failed: StepFailed) -> StepResult<OneOf<Step, Stop<u8>>> {
        burn();
        ms(4).await;
        match failed.input::<Step>() {
            Some(Step(3)) => Err(StepError::msg("no way around it")),
            Some(Step(n)) => Ok(Step(n.saturating_sub(1)).emit()),
            None => Ok(Stop(0).emit()),
        }
    }
}

#[workflow]
pub(crate) struct Double;

#[workflow]
impl Double {
    #[step]
    async fn double(&self, Start(n): Start<u8>) -> Stop<u8> {
        burn();
        Stop(n.wrapping_mul(2))
    }
}

impl Subject for Plain {
    fn begin(variant: u8) -> RunHandle<Self> {
        Self.run(7 + variant).id("plain").start()
    }

    fn again(snapshot: Snapshot<Self>) -> RunHandle<Self> {
        Self.resume(snapshot).start()
    }

    fn respond(_: &RunHandle<Self>, _: u8) {}
}

#[event]
pub(crate) struct Red(u8);
#[event]
pub(crate) struct Blue(u8);
#[event]
pub(crate) struct Pile(u8);

/// Parameters of several types and several parameters of each kind, and a batch in a batch in a race.
#[workflow(state = (), max_runs = 3)]
pub(crate) struct Mixed;

#[workflow]
impl Mixed {
    #[step]
    async fn start(&self, Start(n): Start<u8>) -> (Vec<OneOf<Red, Blue>>, Vec<Bid>) {
        burn();
        let n = n % 10;
        let colors = (0..n).map(|n| if n % 3 == 0 { Red(n).emit() } else { Blue(n).emit() }).collect();
        (colors, (0..n).map(Bid).collect())
    }

    #[step(workers = 2)]
    async fn either(&self, color: OneOf<Red, Blue>) -> OneOf<Left, Right> {
        burn();
        match color {
            OneOf::A(Red(n)) => {
                ms(n).await;
                Left(n).emit()
            }
            OneOf::B(Blue(n)) => Right(n).emit(),
        }
    }

    #[step]
    async fn both(&self, reds: Vec<Left>, blues: Vec<Right>) -> Vec<Vec<Cheap>> {
        burn();
        ms(2).await;
        vec![reds.into_iter().map(|Left(n)| Cheap(n)).collect(), blues.into_iter().map(|Right(n)| Cheap(n)).collect()]
    }

    #[step(workers = 1)]
    async fn pile(&self, Cheap(n): Cheap) -> Pile {
        burn();
        ms(n % 3).await;
        Pile(n)
    }

    #[step]
    async fn inner(&self, First([pile]): First<Pile, 1>) -> Row {
        burn();
        Row(pile.0)
    }

    #[step(retry = Retry::immediate().max_attempts(2))]
    async fn outer(&self, rows: Vec<Row>) -> StepResult<Round> {
        burn();
        ms(3).await;
        if rows.len() > 3 { Err(StepError::msg("too many")) } else { Ok(Round(u8::try_from(rows.len()).unwrap_or(0))) }
    }

    // Its events stay parked: one of them is inside of a batch.
    #[step(unchecked(reachable))]
    async fn group(&self, bids: [Bid; 3], Round(n): Round) -> Option<Stop<u8>> {
        burn();
        ms(1).await;
        if n > 200 { None } else { Some(Stop(bids[0].0)) }
    }
}

impl Subject for Mixed {
    fn begin(variant: u8) -> RunHandle<Self> {
        Self.run(4 + variant).id("mixed").start()
    }

    fn again(snapshot: Snapshot<Self>) -> RunHandle<Self> {
        Self.resume(snapshot).start()
    }

    fn respond(_: &RunHandle<Self>, _: u8) {}
}
