//! An engine, step by step.

use super::{Format, Loop, epoch};
use std::{future::pending, sync::Arc};
use tokio::time::sleep;
use workflows_runtime::{
    prelude::*,
    remote::{Answered, Command, Engine, StepCall, execute},
};
use workflows_tests::ms;

#[event]
struct Part(u32);
#[event]
struct Done(u32);

#[workflow(state = u32, timeout = "1m")]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Part> {
        (0..n).map(Part).collect()
    }
    #[step(workers = 2, timeout = "1s", retry = Retry::immediate().max_attempts(2))]
    async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> Done {
        if n == 9 {
            pending::<()>().await;
        }
        ctx.state().update(|sum| *sum += n);
        Done(n)
    }
    #[step]
    async fn sum(&self, all: Vec<Done>) -> Stop<u32> {
        Stop(all.iter().map(|done| done.0).sum())
    }
}

fn calls(engine: &mut Engine<Sum>) -> Vec<StepCall<Sum>> {
    let mut calls = Vec::new();
    while let Some(command) = engine.next_command() {
        match command {
            Command::Execute(call) => calls.push(call),
            other => panic!("{other:?}"),
        }
    }
    calls
}

async fn answer(engine: &mut Engine<Sum>, call: StepCall<Sum>) -> Answered {
    let answer = execute(&Arc::new(Sum), call).await;
    engine.answered(answer.with_time(epoch())).unwrap()
}

async fn begin(parts: u32) -> (Engine<Sum>, Vec<StepCall<Sum>>) {
    let mut engine = Engine::<Sum>::begin("sum", parts, epoch());
    let [call] = calls(&mut engine).try_into().unwrap();
    answer(&mut engine, call).await;
    let calls = calls(&mut engine);
    (engine, calls)
}

#[tokio::test(start_paused = true)]
async fn answer_based_on_an_older_state_does_not_count() {
    let (mut engine, parts) = begin(2).await;
    let [one, other]: [StepCall<Sum>; 2] = parts.try_into().unwrap();
    let other = execute(&Arc::new(Sum), other).await;
    assert_eq!(answer(&mut engine, one).await, Answered::Applied);
    assert_eq!(engine.answered(other.with_time(epoch())).unwrap(), Answered::CalledAgain);
    let [again] = calls(&mut engine).try_into().unwrap();
    assert_eq!((again.step(), again.id().attempt(), again.id().call()), ("part", 1, 1));
    assert_eq!(answer(&mut engine, again).await, Answered::Applied);
    assert_eq!(engine.state(), 1);
}

#[tokio::test(start_paused = true)]
async fn first_answer_to_a_call_counts() {
    let (mut engine, parts) = begin(1).await;
    let [part]: [StepCall<Sum>; 1] = parts.try_into().unwrap();
    assert_eq!(answer(&mut engine, part.clone()).await, Answered::Applied);
    assert_eq!(answer(&mut engine, part).await, Answered::Ignored);
    let [sum] = calls(&mut engine).try_into().unwrap();
    answer(&mut engine, sum).await;
    assert!(matches!(engine.next_command(), Some(Command::Ended(Ok(0)))));
    assert!(engine.next_command().is_none());
}

#[tokio::test(start_paused = true)]
async fn answer_from_before_a_restore_is_ignored() {
    let (mut engine, parts) = begin(2).await;
    let snapshot = Format::Json.carry(&engine.snapshot(epoch()).unwrap());
    let mut restored = Engine::restore(snapshot, epoch() + ms(1)).unwrap();
    let again = calls(&mut restored);
    assert_eq!(again.len(), 2);
    for part in parts {
        assert_eq!(answer(&mut restored, part).await, Answered::Ignored);
    }
    assert_eq!(answer(&mut restored, again.into_iter().next().unwrap()).await, Answered::Applied);
}

#[tokio::test(start_paused = true)]
async fn snapshot_continues_in_memory_and_back() {
    let (mut engine, parts) = begin(5).await;
    answer(&mut engine, parts.into_iter().next().unwrap()).await;
    let snapshot = Format::Bytes.carry(&engine.snapshot(epoch()).unwrap());
    let run = Sum.resume(snapshot).timeout(None).start();
    let back = run.snapshot().await.unwrap();
    assert_eq!(run.await.unwrap(), 10);

    let mut driven = Loop::new(Sum, 0, Format::Json);
    driven.engine = Engine::restore(back, epoch()).unwrap();
    assert_eq!(driven.run(|_, _| ()).await.unwrap(), 10);
    assert_eq!(driven.engine.state(), 10);
}

#[tokio::test(start_paused = true)]
async fn timeout_cancels_the_call_and_holds_its_worker() {
    let (mut engine, parts) = begin(12).await;
    let mut waiting = parts;
    // The parts before the one that never ends.
    while let Some(part) = waiting.pop() {
        if part.id().execution() == 11 {
            waiting.push(part);
            break;
        }
        answer(&mut engine, part).await;
        waiting.splice(0..0, calls(&mut engine));
    }
    assert_eq!(engine.deadline(), Some(epoch() + Duration::from_secs(1)));
    engine.time(epoch() + Duration::from_secs(1));
    let mut cancelled = Vec::new();
    while let Some(command) = engine.next_command() {
        match command {
            Command::Cancel(call) => cancelled.push(call),
            other => panic!("{other:?}"),
        }
    }
    assert!(!cancelled.is_empty(), "all calls have timed out");
    let at = epoch() + Duration::from_secs(2);
    engine.cancelled(cancelled[0], at);
    let again = calls(&mut engine);
    assert_eq!(again.len(), 1, "a worker is free once nothing of the call runs");
    assert_eq!(again[0].id().attempt(), 2);
}

#[tokio::test(start_paused = true)]
async fn run_times_out_and_cancels_its_calls() {
    let (mut engine, parts) = begin(2).await;
    engine.time(epoch() + Duration::from_secs(1));
    while engine.next_command().is_some() {}
    assert_eq!(parts.len(), 2);
    let mut engine = begin(2).await.0;
    engine.set_timeout(Some(ms(5)), epoch());
    assert_eq!(engine.deadline(), Some(epoch() + ms(5)));
    engine.time(epoch() + ms(5));
    let commands: Vec<_> = std::iter::from_fn(|| engine.next_command()).collect();
    assert!(matches!(
        &commands[..],
        [Command::Cancel(_), Command::Cancel(_), Command::Ended(Err(RunError::TimedOut { .. }))]
    ));
    assert!(engine.deadline().is_none());
}

#[tokio::test(start_paused = true)]
async fn cancelled_run_ends_once() {
    let (mut engine, parts) = begin(2).await;
    engine.cancel(epoch());
    let commands: Vec<_> = std::iter::from_fn(|| engine.next_command()).collect();
    assert!(matches!(
        &commands[..],
        [Command::Cancel(_), Command::Cancel(_), Command::Ended(Err(RunError::Cancelled))]
    ));
    for part in parts {
        assert_eq!(answer(&mut engine, part).await, Answered::Ignored);
    }
    engine.cancel(epoch());
    assert!(engine.next_command().is_none());
    assert!(engine.snapshot(epoch()).is_err());
}

#[workflow]
struct Never;

#[event]
struct Pair(u32);

#[workflow]
impl Never {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Pair> {
        sleep(ms(1)).await;
        (0..n).map(Pair).collect()
    }
    #[step]
    async fn join(&self, pairs: [Pair; 2]) -> Stop<u32> {
        Stop(pairs.len().try_into().unwrap_or_default())
    }
}

#[tokio::test(start_paused = true)]
async fn run_that_nothing_can_continue_is_stalled() {
    let mut driven = Loop::new(Never, 1, Format::Json);
    let expected = Never.run(1).await.unwrap_err();
    let error = driven.run(|_, _| ()).await.unwrap_err();
    assert_eq!(error.to_string(), expected.to_string());
    assert!(matches!(error, RunError::Stalled { .. }), "{error}");
}
