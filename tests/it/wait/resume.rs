//! Waits after a resume: the step runs again from the top and replays its responses.

use super::{HOUR, SECOND, prompts, resumed};
use futures::future::{Either, select};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::time::sleep;
use tracing::{Event, Level, Metadata, Subscriber, span};
use tracing_subscriber::{Layer, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};
use workflows_runtime::{RunHandle, prelude::*};
use workflows_tests::{Log, let_others_run};

/// Prompts again once an hour.
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

#[tokio::test(start_paused = true)]
async fn resumed_reminder_takes_its_response_without_new_prompts() {
    let run = Reminds.run(()).start();
    sleep(2 * HOUR + SECOND).await;
    // Three prompts have been published.
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
    assert_eq!(prompts(&run).await, 2, "the fourth and the fifth prompt");

    // The response arrives before the step runs again.
    let run = Reminds.run(()).start();
    sleep(2 * HOUR + SECOND).await;
    let run = resumed(run, Reminds).await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 0));
}

/// Asks two questions, each again after an hour and a break.
#[workflow]
struct Interviews;

#[workflow]
impl Interviews {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        _start: Start<()>,
    ) -> Stop<(u32, u32)> {
        let mut answers = [0; 2];
        for (question, answer) in ["first", "second"].into_iter().zip(&mut answers) {
            *answer = loop {
                tokio::select! {
                    biased;
                    answer = ctx.ask_for::<u32>(question.to_owned()) => break answer,
                    () = sleep(HOUR) => sleep(HOUR).await
                }
            };
        }
        Stop((answers[0], answers[1]))
    }
}

#[tokio::test(start_paused = true)]
async fn question_after_a_reminder_is_not_asked_again_after_a_resume() {
    let run = Interviews.run(()).start();
    sleep(HOUR + SECOND).await;
    let run = resumed(run, Interviews).await;
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    // The second question has been asked, and is not open.
    sleep(HOUR + SECOND).await;
    let run = resumed(run, Interviews).await;
    let_others_run().await;
    assert_eq!(run.open_prompts().len(), 1);
    run.send(HumanResponse(2)).unwrap();
    assert_eq!(run.result().await.unwrap(), (1, 2));
    assert_eq!(prompts(&run).await, 0);
}

/// Races a number against a text in each round, polled in random order.
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

#[tokio::test(start_paused = true)]
async fn resumed_race_of_waits_has_the_same_winners() {
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
        // Some responses arrive before the step runs again.
        for n in before..6 {
            sent.push(answer(&run, n, is_number(n)));
            if n == 4 {
                run = resumed(run, Races::new(6, seed + 2_000)).await;
            }
        }
        let mut won = run.await.unwrap();
        let known = usize::try_from(before).unwrap();
        assert_eq!(won[..known], sent[..known], "seed {seed}");
        // The others arrived together, and each is used once.
        won.sort_unstable();
        sent.sort_unstable();
        assert_eq!(won, sent, "seed {seed}");
    }
}

/// The first response wins; then the step waits for another one.
#[workflow]
struct Race;

#[workflow]
impl Race {
    #[step]
    async fn race(
        &self,
        ctx: &Context<Self, (HumanResponse<u32>, HumanResponse<String>)>,
        Start(()): Start<()>,
    ) -> Stop<String> {
        let first = tokio::select! {
            biased;
            text = ctx.wait_for::<String>().timeout(100 * SECOND) => text.unwrap_or_else(|late| late.to_string()),
            number = ctx.wait_for::<u32>() => number.to_string(),
        };
        let second = ctx.wait_for::<String>().await;
        Stop(format!("{first}, {second}"))
    }
}

#[tokio::test(start_paused = true)]
async fn resumed_wait_that_lost_a_race_loses_again() {
    let workflow = Arc::new(Race);
    let run = workflow.clone().run(()).start();
    run.send(HumanResponse(1)).unwrap();
    sleep(SECOND).await;
    let snapshot = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();

    let run = workflow.resume(serde_json::from_str(&snapshot).unwrap()).start();
    run.send(HumanResponse("two".to_owned())).unwrap();
    assert_eq!(run.await.unwrap(), "1, two");
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

/// Waits for two responses for each item.
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

#[tokio::test(start_paused = true)]
async fn resumed_executions_keep_their_order_and_responses() {
    let log = Log::default();
    let workflow = || Several { log: log.clone() };
    let send = |run: &RunHandle<Several>, to: u32| {
        run.send(HumanResponse(Answer { to, value: to * 100 })).unwrap();
    };
    let mut run = workflow().run(5).start();
    let_others_run().await;
    send(&run, 3);
    let_others_run().await;
    run = resumed(run, workflow()).await;
    for to in [4, 0] {
        send(&run, to);
        let_others_run().await;
    }
    // The execution that has waited longest takes it: number 3.
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
    // The others registered their waits in the order 4, 0, 2, 1.
    assert_eq!(run.result().await.unwrap(), [3, 105, 204, 301, 402]);
    assert!(!log.take().iter().any(|(n, _)| *n == 3), "a finished execution does not run again");
    assert_eq!(prompts(&run).await, 0);
}

/// Records whether a warning, an error, or a span of such a level was emitted.
struct Warnings(Arc<AtomicBool>);

impl Warnings {
    fn record(&self, metadata: &Metadata<'_>) {
        if *metadata.level() <= Level::WARN {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.record(event.metadata());
    }

    fn on_new_span(&self, of: &span::Attributes<'_>, _: &span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        self.record(of.metadata());
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_and_resuming_log_no_warnings() {
    let warned = Arc::new(AtomicBool::new(false));
    let _subscriber = tracing_subscriber::registry().with(Warnings(Arc::clone(&warned))).set_default();
    let run = Reminds.run(()).poll_budget(HOUR).start();
    sleep(2 * HOUR + SECOND).await;
    let run = resumed(run, Reminds).await;
    let_others_run().await;
    run.send(HumanResponse(7)).unwrap();
    run.await.unwrap();
    assert!(!warned.load(Ordering::Relaxed));
    tracing::warn!("a warning is recorded");
    assert!(warned.load(Ordering::Relaxed));
}

/// Asks for a number of two digits, then for one of three.
#[workflow]
struct AsksTwice;

#[workflow]
impl AsksTwice {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        _start: Start<()>,
    ) -> Stop<(u32, u32)> {
        let two = ctx.ask_for::<u32>("two".to_owned()).matching(|n| (10..100).contains(n)).await;
        let three = ctx.ask_for::<u32>("three".to_owned()).matching(|n| (100..1000).contains(n)).await;
        Stop((two, three))
    }
}

#[tokio::test(start_paused = true)]
async fn early_answer_that_does_not_match_is_asked_again() {
    let run = AsksTwice.run(()).start();
    let_others_run().await;
    let run = resumed(run, AsksTwice).await;
    let mut events = run.events();
    let first = run.open_prompts()[0].id;
    // The step has not run again, so what it accepts is unknown. The second question would accept this.
    run.answer(first, 500).unwrap();
    let mut asked = Vec::new();
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { id, prompt, republished, .. } = event {
            if !republished {
                assert_ne!(id, first);
                run.answer(id, if prompt == "two" { 20 } else { 300 }).unwrap();
            }
            asked.push((prompt, republished));
        }
    }
    let expected = [("two", true), ("two", false), ("three", false)];
    assert_eq!(asked, expected.map(|(prompt, republished)| (prompt.to_owned(), republished)));
    assert_eq!(run.await.unwrap(), (20, 300));
}
