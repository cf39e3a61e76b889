//! Random waits, by an engine and in memory.

use super::{Format, Loop, epoch};
use std::{collections::BTreeMap, sync::Arc};
use tokio::time::sleep;
use workflows_runtime::{
    AnswerErrorKind,
    prelude::*,
    remote::{CallId, Command, Engine, Published, execute},
};
use workflows_tests::{Attempts, ms};

/// A part of a plan.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Plan {
    Plain,
    Ask(u32),
    Timeout(u64),
    /// For a response whose rest modulo 4 is this.
    Matching(u32),
    AskMatching(u32),
    TimeoutMatching(u64, u32),
    Both(u32, u32),
    Either(u32, u32),
    EitherTimeout(u64, u32),
    Send,
    Publish,
    Fail,
    Change,
}

#[event]
struct Branch {
    id: u32,
    plans: Vec<Plan>,
}
#[event]
struct Done {
    id: u32,
    got: Vec<u32>,
}
#[event]
struct Side(u32);

#[workflow(state = Vec<u32>, stream = (u32, u32))]
struct Waiting;

#[workflow]
impl Waiting {
    #[step]
    async fn split(&self, Start(all): Start<Vec<Vec<Plan>>>) -> Vec<Branch> {
        (0..).zip(all).map(|(id, plans)| Branch { id, plans }).collect()
    }
    #[step(workers = 3, retry = Attempts(4, Duration::from_millis(1)))]
    async fn branch(
        &self,
        ctx: &Context<Self, (Side, InputRequired<u32>, HumanResponse<u32>, HumanResponse<i32>, HumanResponse<char>)>,
        Branch { id, plans }: Branch,
    ) -> StepResult<Done> {
        let mut got = Vec::new();
        let mut failures = 0;
        let matching = |k| ctx.wait_for::<u32>().matching(move |n| n % 4 == k);
        for (at, plan) in (0..).zip(plans) {
            match plan {
                Plan::Plain => got.push(ctx.wait_for::<i32>().await.unsigned_abs()),
                Plan::Ask(n) => got.push(ctx.ask_for::<i32>(n).await.unsigned_abs()),
                Plan::Timeout(after) => {
                    let answer = ctx.wait_for::<i32>().timeout(ms(after)).await;
                    got.push(answer.map_or(10_000, i32::unsigned_abs));
                }
                Plan::Matching(k) => got.push(matching(k).await),
                Plan::AskMatching(k) => got.push(ctx.ask_for::<u32>(k).matching(move |n| n % 4 == k).await),
                Plan::TimeoutMatching(after, k) => got.push(matching(k).timeout(ms(after)).await.unwrap_or(10_001)),
                Plan::Both(a, b) => {
                    let (one, other) = futures::join!(matching(a), matching(b));
                    got.extend([one, other]);
                }
                Plan::Either(a, b) => {
                    got.push(tokio::select! { biased; n = matching(a) => n, n = matching(b) => 1_000 + n });
                }
                Plan::EitherTimeout(after, k) => {
                    let other = ctx.wait_for::<char>().timeout(ms(after));
                    got.push(tokio::select! { biased; n = matching(k) => n, _ = other => 10_002 });
                }
                Plan::Send => ctx.send(Side(id)),
                Plan::Publish => ctx.publish((id, at)),
                Plan::Fail => {
                    failures += 1;
                    if ctx.attempt().number <= failures && failures <= 2 {
                        return Err(StepError::msg("again"));
                    }
                }
                Plan::Change => ctx.state().update(|all| all.push(id)),
            }
        }
        Ok(Done { id, got })
    }
    #[step(workers = 2)]
    async fn side(&self, ctx: &Context<Self>, side: Side) {
        if let Some(set) = ctx.collect(side, 3) {
            ctx.state().update(|all| all.push(1_000 + u32::try_from(set.len()).unwrap_or_default()));
        }
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<Vec<(u32, Vec<u32>)>> {
        Stop(all.into_iter().map(|done| (done.id, done.got)).collect())
    }
}

/// Branches whose waits for the same response never depend on which of them is polled first.
fn plans(random: &mut fastrand::Rng) -> Vec<Vec<Plan>> {
    let plan = |random: &mut fastrand::Rng| {
        let a = random.u32(0..4);
        let b = (a + random.u32(1..4)) % 4;
        // Responses arrive at multiples of 100 ms.
        let after = random.u64(1..9) * 100 + 7;
        match random.u32(0..19) {
            0..3 => Plan::Plain,
            3 => Plan::Ask(a),
            4 => Plan::Timeout(after),
            5 | 6 => Plan::Matching(a),
            7 | 8 => Plan::AskMatching(a),
            9 => Plan::TimeoutMatching(after, a),
            10 | 11 => Plan::Both(a, b),
            12 | 13 => Plan::Either(a, b),
            14 => Plan::EitherTimeout(after, a),
            15 => Plan::Send,
            16 => Plan::Publish,
            17 => Plan::Fail,
            _ => Plan::Change,
        }
    };
    let branches = random.usize(1..6);
    (0..branches).map(|_| (0..random.usize(1..6)).map(|_| plan(random)).collect()).collect()
}

fn response(seed: u64, at: u32) -> u32 {
    fastrand::Rng::with_seed(seed * 1_000 + u64::from(at)).u32(0..100)
}

/// The result, the sorted state and the sorted items of a run in memory.
async fn in_memory(seed: u64, plans: Vec<Vec<Plan>>) -> (Vec<(u32, Vec<u32>)>, Vec<u32>, Vec<(u32, u32)>) {
    let run = Arc::new(Waiting.run(plans).start());
    let sender = Arc::clone(&run);
    tokio::spawn(async move {
        for at in 0.. {
            sleep(ms(100)).await;
            let n = response(seed, at);
            let sent = match at % 2 {
                0 => sender.send(HumanResponse(n)).is_ok(),
                _ => sender.send(HumanResponse(n.cast_signed())).is_ok(),
            };
            if !sent {
                return;
            }
        }
    });
    let mut items = Vec::new();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::Published(item) = event {
            items.push(item);
        }
    }
    let mut state = run.state().get();
    state.sort_unstable();
    items.sort_unstable();
    (run.result().await.unwrap(), state, items)
}

/// The items of the last call of each attempt: the calls before have published them as well.
fn items(published: Vec<Published<(u32, u32)>>) -> Vec<(u32, u32)> {
    let mut last = BTreeMap::new();
    for Published { call, .. } in &published {
        let key = (call.execution(), call.attempt());
        let last: &mut CallId = last.entry(key).or_insert(*call);
        *last = (*last).max(*call);
    }
    let is_last = |call: &CallId| last.get(&(call.execution(), call.attempt())) == Some(call);
    let mut items: Vec<_> =
        published.into_iter().filter(|published| is_last(&published.call)).map(|published| published.item).collect();
    items.sort_unstable();
    items
}

#[tokio::test(start_paused = true)]
async fn random_waits_end_as_in_memory() {
    for seed in 0..20 {
        let plans = plans(&mut fastrand::Rng::with_seed(seed));
        let expected = in_memory(seed, plans.clone()).await;
        for (format, restores) in [(Format::Json, None), (Format::Bytes, None), (Format::Json, Some(4))] {
            let mut driven = Loop::new(Waiting, plans.clone(), format);
            driven.every = Some(ms(100));
            driven.restores = restores;
            let mut sent = 0;
            let result = driven.run(|engine, now| {
                let n = response(seed, sent);
                match sent % 2 {
                    0 => engine.send(HumanResponse(n), now),
                    _ => engine.send(HumanResponse(n.cast_signed()), now),
                }
                sent += 1;
            });
            let result = result.await.unwrap();
            let mut state = driven.engine.state();
            state.sort_unstable();
            assert_eq!((result, state), (expected.0.clone(), expected.1.clone()), "seed {seed}, {plans:?}");
            if restores.is_none() {
                assert_eq!(items(driven.published), expected.2, "seed {seed}, {plans:?}");
            }
        }
    }
}

#[workflow]
struct Approve;

#[workflow]
impl Approve {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        Start(least): Start<u32>,
    ) -> Stop<u32> {
        let (one, other) = futures::join!(
            ctx.ask_for::<u32>("one".to_owned()).matching(move |n| *n >= least),
            ctx.ask_for::<u32>("other".to_owned()).matching(move |n| *n >= least),
        );
        Stop(one * 100 + other)
    }
}

#[tokio::test(start_paused = true)]
async fn answer_that_a_matcher_rejects_reopens_the_prompt() {
    for format in Format::ALL {
        let mut driven = Loop::new(Approve, 5, format);
        let mut round = 0;
        let result = driven.run(|engine, now| {
            let prompts: Vec<_> = engine.open_prompts().into_iter().map(|prompt| prompt.id).collect();
            match round {
                0 => {
                    assert_eq!(prompts.len(), 2);
                    engine.answer(prompts[1], 3_u32, now).unwrap();
                    let again = engine.answer(prompts[1], 9_u32, now).unwrap_err();
                    assert_eq!(again.kind(), AnswerErrorKind::Closed, "an answer is being matched");
                }
                1 => {
                    assert_eq!(prompts.len(), 2, "the rejected answer does not count");
                    engine.answer(prompts[1], 7_u32, now).unwrap();
                }
                _ => {
                    assert_eq!(prompts.len(), 1);
                    engine.answer(prompts[0], 6_u32, now).unwrap();
                }
            }
            round += 1;
        });
        assert_eq!(result.await.unwrap(), 607);
        assert_eq!((driven.prompts.len(), driven.rejected.len()), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn answer_that_is_being_matched_survives_a_restore() {
    let mut driven = Loop::new(Approve, 5, Format::Bytes);
    let mut round = 0;
    let result = driven.run(|engine, now| {
        let prompts = engine.open_prompts();
        engine.answer(prompts[0].id, 8 - round, now).unwrap();
        round += 1;
        assert!(matches!(engine.next_command(), Some(Command::Execute(_))), "the step is called to match it");
        let snapshot = Format::Json.carry(&engine.snapshot(now).unwrap());
        *engine = Engine::restore(snapshot, now).unwrap();
    });
    assert_eq!(result.await.unwrap(), 807);
}

#[workflow]
struct Overtaken;

#[workflow]
impl Overtaken {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>, HumanResponse<char>)>,
        Start(least): Start<u32>,
    ) -> Stop<Vec<u32>> {
        let (first, c) = futures::join!(
            ctx.ask_for::<u32>("first".to_owned()).matching(move |n| *n >= least),
            ctx.wait_for::<char>(),
        );
        let second = ctx.wait_for::<u32>().await;
        Stop(vec![first, u32::from(c), second])
    }
}

#[tokio::test(start_paused = true)]
async fn response_behind_an_answer_that_is_being_matched_is_kept() {
    for (answer, expected) in [(9, vec![9, 97, 7]), (3, vec![7, 97, 8])] {
        let workflow = Arc::new(Overtaken);
        let now = epoch();
        let mut engine = Engine::<Overtaken>::begin("overtaken", 5, now);
        let mut sent = false;
        let result = loop {
            match engine.next_command() {
                Some(Command::Execute(call)) => {
                    let prompt = engine.open_prompts().first().map(|prompt| prompt.id);
                    if let Some(prompt) = prompt
                        && !sent
                    {
                        // The step is being called with the first response.
                        sent = true;
                        engine.send(HumanResponse(7_u32), now);
                        engine.answer(prompt, answer, now).unwrap();
                        engine.send(HumanResponse(8_u32), now);
                    }
                    engine.answered(execute(&workflow, call).await.with_time(now)).unwrap();
                }
                Some(Command::Ended(result)) => break result,
                Some(_) => {}
                None if sent => panic!("a response was lost"),
                None => engine.send(HumanResponse('a'), now),
            }
        };
        assert_eq!(result.unwrap(), expected);
    }
}

#[workflow]
struct Changing;

#[workflow]
impl Changing {
    #[step(retry = Attempts(2, Duration::from_millis(1)))]
    async fn wait(
        &self,
        ctx: &Context<Self, (HumanResponse<u32>, HumanResponse<char>)>,
        Start(n): Start<u32>,
    ) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt().number;
        let wait = ctx.wait_for::<u32>().matching(move |of| *of == n + attempt);
        if attempt == 2 {
            return Ok(Stop(wait.await));
        }
        tokio::select! {
            biased;
            _ = ctx.wait_for::<char>() => Err(StepError::msg("again")),
            taken = wait => Ok(Stop(taken)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn next_attempt_is_offered_what_its_predecessor_rejected() {
    let run = Changing.run(5).start();
    run.send(HumanResponse(7_u32)).unwrap();
    sleep(ms(1)).await;
    run.send(HumanResponse('a')).unwrap();
    assert_eq!(run.result().await.unwrap(), 7);
    for format in Format::ALL {
        let mut driven = Loop::new(Changing, 5, format);
        let mut round = 0;
        let result = driven.run(|engine, now| {
            match round {
                0 => engine.send(HumanResponse(7_u32), now),
                1 => engine.send(HumanResponse('a'), now),
                _ => panic!("the second attempt takes the response"),
            }
            round += 1;
        });
        assert_eq!(result.await.unwrap(), 7, "{format:?}");
    }
}
