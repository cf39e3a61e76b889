//! What waits are when their body runs again, after a resume or a failure: reminders, races, several
//! executions, another way than before.

#![allow(clippy::type_complexity, reason = "the lists of contexts")]

use futures::future::{Either, select};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::time::{Instant, sleep};
use tracing::{Event, Level, Metadata, Subscriber, span};
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};
use workflows::{Log, events_of, kinds, let_others_run};
use workflows_runtime::{RunHandle, WaitTimedOut, prelude::*};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Writes a run down, ends it, and goes on in another one.
async fn resumed<W: Workflow>(run: RunHandle<W>, workflow: W) -> RunHandle<W> {
    let_others_run().await;
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    workflow.resume(serde_json::from_str(&text).unwrap()).start()
}

async fn prompts<W: Workflow>(run: &RunHandle<W>) -> usize {
    kinds(&events_of(run).await).iter().filter(|kind| *kind == "prompt").count()
}

/// Reminds once an hour.
#[workflow]
struct Reminds;

#[workflow]
impl Reminds {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        _start: Start<()>,
    ) -> Stop<(u32, u32)> {
        let mut reminders = 0;
        loop {
            tokio::select! {
                biased;
                answer = ctx.ask_for::<u32>(format!("reminder {reminders}")) => return Stop((answer, reminders)),
                () = sleep(HOUR) => reminders += 1,
            }
        }
    }
}

// WE-04, WE-21, SN-08
#[tokio::test(start_paused = true)]
async fn a_reminder_takes_its_answer_after_a_resume_and_nobody_is_asked_twice() {
    let run = Reminds.run(()).start();
    sleep(2 * HOUR + SECOND).await;
    // Asked thrice.
    let run = resumed(run, Reminds).await;
    let run = resumed(run, Reminds).await;
    let_others_run().await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 0));
    assert_eq!(prompts(&run).await, 0);

    let run = Reminds.run(()).start();
    sleep(2 * HOUR + SECOND).await;
    let run = resumed(run, Reminds).await;
    sleep(4 * HOUR + SECOND).await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 4));
    assert_eq!(prompts(&run).await, 2, "the fourth and the fifth");

    // An answer that comes before the body is there again.
    let run = Reminds.run(()).start();
    sleep(2 * HOUR + SECOND).await;
    let run = resumed(run, Reminds).await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 0));
}

/// So many rounds; in each, a number races a text, and chance says who is looked at first.
#[workflow]
struct Races {
    rounds: u32,
    chance: Mutex<u64>,
}

impl Races {
    fn new(rounds: u32, seed: u64) -> Self {
        Self { rounds, chance: Mutex::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) }
    }

    fn coin(&self) -> bool {
        let mut chance = self.chance.lock().unwrap();
        *chance ^= *chance << 13;
        *chance ^= *chance >> 7;
        *chance ^= *chance << 17;
        *chance >> 32 & 1 == 1
    }
}

#[workflow]
impl Races {
    #[step]
    async fn race(
        &self,
        ctx: &Context<Self, (HumanResponse<u32>, HumanResponse<String>)>,
        _start: Start<()>,
    ) -> Stop<Vec<String>> {
        let mut won = Vec::new();
        for _ in 0..self.rounds {
            let (number, text) = (ctx.wait_for::<u32>(), ctx.wait_for::<String>());
            won.push(if self.coin() {
                match select(number, text).await {
                    Either::Left((number, _)) => number.to_string(),
                    Either::Right((text, _)) => text,
                }
            } else {
                match select(text, number).await {
                    Either::Left((text, _)) => text,
                    Either::Right((number, _)) => number.to_string(),
                }
            });
        }
        Stop(won)
    }
}

fn answer(run: &RunHandle<Races>, n: u64, is_number: bool) -> String {
    if is_number {
        run.send(HumanResponse(u32::try_from(n).unwrap())).unwrap();
        return n.to_string();
    }
    run.send(HumanResponse(format!("text {n}"))).unwrap();
    format!("text {n}")
}

// WE-09 otherwise, SN-08
#[tokio::test(start_paused = true)]
async fn a_race_has_the_same_winners_again_in_whatever_order_its_waits_are_made() {
    for seed in 0..200 {
        let (types, before) = (seed * 37 % 64, seed % 5 + 1);
        let is_number = |n: u64| types >> n & 1 == 1;
        let mut run = Races::new(6, seed).run(()).start();
        let mut sent = Vec::new();
        for n in 0..before {
            let_others_run().await;
            sent.push(answer(&run, n, is_number(n)));
        }
        run = resumed(run, Races::new(6, seed + 1_000)).await;
        // Some of them are there before the body is.
        for n in before..6 {
            sent.push(answer(&run, n, is_number(n)));
            if n == 4 {
                run = resumed(run, Races::new(6, seed + 2_000)).await;
            }
        }
        let mut won = run.await.unwrap();
        let known = usize::try_from(before).unwrap();
        assert_eq!(won[..known], sent[..known], "seed {seed}");
        // The others came at once, and each is used once.
        won.sort_unstable();
        sent.sort_unstable();
        assert_eq!(won, sent, "seed {seed}");
    }
}

#[event]
struct Item(u32);
#[event]
struct Done(u32, u32);
#[event]
struct Answer {
    to: u32,
    value: u32,
}

/// Asks twice about each item.
#[workflow]
struct Several {
    log: Log<(u32, u32)>,
}

#[workflow]
impl Several {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 2)]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<Answer>, HumanResponse<u32>)>,
        Item(n): Item,
    ) -> Done {
        let first = ctx.ask_for::<Answer>(n).matching(move |answer| answer.to == n).await;
        self.log.add((n, first.value));
        Done(n, first.value + ctx.wait_for::<u32>().await)
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<Vec<u32>> {
        Stop(all.into_iter().map(|Done(_, value)| value).collect())
    }
}

// WE-01, WE-18, WE-21, WE-22
#[tokio::test(start_paused = true)]
async fn several_that_wait_go_on_in_their_order_each_with_its_own_answers() {
    let log = Log::default();
    let workflow = || Several { log: log.clone() };
    let send = |run: &RunHandle<Several>, to: u32| run.send(HumanResponse(Answer { to, value: to * 100 })).unwrap();
    let mut run = workflow().run(5).start();
    let_others_run().await;
    send(&run, 3);
    let_others_run().await;
    run = resumed(run, workflow()).await;
    for to in [4, 0] {
        send(&run, to);
        let_others_run().await;
    }
    // The one that has waited longest for it has it: number 3.
    run.send(HumanResponse(1)).unwrap();
    let_others_run().await;
    drop(log.take());
    run = resumed(run, workflow()).await;
    for to in [2, 1] {
        let_others_run().await;
        send(&run, to);
    }
    run = resumed(run, workflow()).await;
    for value in 2..6 {
        run.send(HumanResponse(value)).unwrap();
    }
    // They came to wait for these in the order 4, 0, 2, 1.
    assert_eq!(run.result().await.unwrap(), [3, 105, 204, 301, 402]);
    assert!(!log.take().iter().any(|(n, _)| *n == 3), "who was done has not begun again");
    assert_eq!(prompts(&run).await, 0);
}

/// Looks for a text or a number; once it has had a number, only for a text.
#[workflow(state = bool)]
struct Changes {
    fails: bool,
}

#[workflow]
impl Changes {
    #[step(retry = Retry::fixed(SECOND).max_attempts(2))]
    async fn look(
        &self,
        ctx: &Context<Self, (HumanResponse<u32>, HumanResponse<String>)>,
        _start: Start<()>,
    ) -> StepResult<Stop<String>> {
        let text = ctx.wait_for::<String>();
        if ctx.state().get() {
            return Ok(Stop(text.await));
        }
        if let Either::Left((text, _)) = select(text, ctx.wait_for::<u32>()).await {
            return Ok(Stop(text));
        }
        ctx.state().set(true);
        if self.fails {
            return Err(StepError::msg("only a number"));
        }
        ctx.wait_for::<u32>().await;
        Ok(Stop("a number, and another one".to_owned()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_goes_another_way_than_before_has_its_answer() {
    let run = Changes { fails: true }.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    sleep(10 * SECOND).await;
    run.send(HumanResponse("found".to_owned())).unwrap();
    assert_eq!(run.await.unwrap(), "found");

    // Also in a run that nobody can answer any more: it does not count as stalled before.
    let run = Changes { fails: false }.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    let_others_run().await;
    run.send(HumanResponse("kept".to_owned())).unwrap();
    let_others_run().await;
    let snapshot = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();
    let alone = Changes { fails: false }.resume(serde_json::from_str(&snapshot).unwrap());
    assert_eq!(alone.await.unwrap(), "kept");
}

/// Two steps that wait for the same; the first one's body says how it goes on.
#[workflow(state = Vec<u32>)]
struct Twice {
    goes_on: fn(u32) -> StepResult<()>,
}

#[workflow]
impl Twice {
    #[step(retry = Retry::fixed(SECOND).max_attempts(4))]
    async fn first(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(early): Start<bool>) -> StepResult<Item> {
        let attempt = ctx.attempt().number;
        if early && attempt == 1 {
            return Err(StepError::msg("before it has waited"));
        }
        let number = ctx.wait_for::<u32>().timeout(HOUR).await?;
        ctx.state().update(|seen| seen.extend([attempt, number]));
        (self.goes_on)(attempt)?;
        Ok(Item(number))
    }
    #[catch_error(steps(first))]
    async fn recover(&self, failed: StepFailed) -> Item {
        Item(1_000 + failed.attempts)
    }
    #[step]
    async fn second(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Item(first): Item) -> Stop<(u32, u32)> {
        Stop((first, ctx.wait_for::<u32>().await))
    }
}

#[workflow]
struct Late;

#[workflow]
impl Late {
    #[step(retry = Retry::fixed(SECOND).max_attempts(4))]
    async fn late(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, _start: Start<()>) -> StepResult<Stop<u32>> {
        Ok(Stop(ctx.wait_for::<u32>().timeout(HOUR).await?))
    }
}

// WE-16
#[tokio::test(start_paused = true)]
async fn a_wait_that_took_too_long_has_done_so_at_once_in_the_next_attempt() {
    let began = Instant::now();
    let run = Twice { goes_on: |_| Ok(()) }.run(false).start();
    sleep(HOUR + 10 * SECOND).await;
    run.send(HumanResponse(5)).unwrap();
    assert_eq!(run.await.unwrap(), (1_004, 5));
    assert_eq!(began.elapsed(), HOUR + 10 * SECOND);

    let began = Instant::now();
    let run = Late.run(()).start();
    let RunError::Failed { attempts: 4, source, .. } = run.result().await.unwrap_err() else { panic!() };
    assert!(source.is::<WaitTimedOut>());
    assert_eq!(began.elapsed(), HOUR + 3 * SECOND);
}

// WE-18
#[tokio::test(start_paused = true)]
async fn an_answer_is_there_for_each_attempt_and_gone_once_its_step_is_done() {
    let run = Twice { goes_on: |attempt| if attempt < 3 { Err(StepError::msg("not yet")) } else { Ok(()) } };
    let run = run.run(false).start();
    run.send(HumanResponse(5)).unwrap();
    sleep(10 * SECOND).await;
    assert_eq!(run.state().get(), [1, 5, 2, 5, 3, 5]);
    // Another step gets another answer.
    assert!(!run.is_finished());
    run.send(HumanResponse(6)).unwrap();
    assert_eq!(run.await.unwrap(), (5, 6));
}

// WE-19
#[tokio::test(start_paused = true)]
async fn what_waited_in_a_step_that_has_failed_for_good_is_woken_by_nothing() {
    #[workflow]
    struct Fails {
        log: Log<u32>,
    }
    #[workflow]
    impl Fails {
        #[step(timeout = "1s")]
        async fn fails(
            &self,
            ctx: &Context<Self, (HumanResponse<u32>,)>,
            Start(n): Start<u32>,
        ) -> StepResult<OneOf<Item, Stop<u32>>> {
            self.log.add(n);
            let fails = async {
                sleep(SECOND).await;
                Err::<u32, _>(StepError::msg("failed meanwhile"))
            };
            let wait = async { Ok(ctx.wait_for::<u32>().await) };
            let (never, _) = futures::future::try_join(fails, wait).await?;
            Ok(Stop(never).emit())
        }
        #[catch_error(steps(fails))]
        async fn recover(&self, _failed: StepFailed) -> Item {
            Item(1)
        }
        #[step]
        async fn waits(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Item(n): Item) -> Stop<u32> {
            sleep(10 * SECOND).await;
            Stop(n * 10 + ctx.wait_for::<u32>().await)
        }
    }
    let log = Log::default();
    let run = Fails { log: log.clone() }.run(0).start();
    sleep(5 * SECOND).await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.await.unwrap(), 17);
    assert_eq!(log.take(), [0]);
}

// WE-20
#[tokio::test(start_paused = true)]
async fn waiting_does_not_begin_a_new_count_of_attempts() {
    let began = Instant::now();
    let run = Twice { goes_on: |_| Err(StepError::msg("never")) }.run(true).start();
    sleep(10 * SECOND).await;
    run.send(HumanResponse(5)).unwrap();
    sleep(10 * SECOND).await;
    run.send(HumanResponse(6)).unwrap();
    assert_eq!(run.result().await.unwrap(), (1_004, 6), "the handler was told of four in all");
    assert_eq!(run.state().get(), [2, 5, 3, 5, 4, 5]);
    assert_eq!(began.elapsed(), 20 * SECOND);
}

/// Whether anything worse than a note was told, or a span says that it is an error.
struct Worse(Arc<AtomicBool>);

impl Worse {
    fn look(&self, what: &Metadata<'_>) {
        if *what.level() <= Level::WARN {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Worse {
    fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.look(event.metadata());
    }

    fn on_new_span(&self, of: &span::Attributes<'_>, _: &span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        self.look(of.metadata());
    }
}

// WE-24
#[tokio::test(start_paused = true)]
async fn waiting_and_resuming_are_no_errors_in_a_trace() {
    let worse = Arc::new(AtomicBool::new(false));
    let _subscriber = tracing_subscriber::registry().with(Worse(Arc::clone(&worse))).set_default();
    let run = Reminds.run(()).poll_budget(HOUR).start();
    sleep(2 * HOUR + SECOND).await;
    let run = resumed(run, Reminds).await;
    let_others_run().await;
    run.send(HumanResponse(7)).unwrap();
    run.await.unwrap();
    assert!(!worse.load(Ordering::Relaxed));
    tracing::warn!("it would have been seen");
    assert!(worse.load(Ordering::Relaxed));
}
