//! Executing a call.

use super::{Format, Loop, epoch};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::SystemTime,
};
use tokio::{sync::oneshot, time::sleep};
use workflows_runtime::{
    Panicked,
    prelude::*,
    remote::{Command, Engine, Execution, RetryDecision, StepCall, execute},
};
use workflows_tests::ms;

#[derive(Debug, thiserror::Error)]
#[error("the line is busy")]
struct Busy;

#[derive(Debug, thiserror::Error)]
#[error("no such file")]
struct Missing(#[source] std::fmt::Error);

#[event]
struct Try(u32);

/// A workflow with all that a step can do.
#[workflow(state = u32, stream = String)]
struct Steps {
    release: Arc<AtomicBool>,
    was_cancelled: Arc<AtomicBool>,
    attempts: Arc<AtomicU32>,
    inner: Arc<Inner>,
}

impl Steps {
    fn new() -> Self {
        Self {
            release: Arc::default(),
            was_cancelled: Arc::default(),
            attempts: Arc::default(),
            inner: Arc::new(Inner),
        }
    }
}

#[workflow]
struct Inner;

#[workflow]
impl Inner {
    #[step]
    async fn double(&self, Start(n): Start<u32>) -> Stop<u32> {
        sleep(ms(3)).await;
        Stop(n * 2)
    }
}

#[workflow]
impl Steps {
    #[step(retry = Retry::fixed(Duration::from_millis(10)).on::<Busy>().max_attempts(3))]
    async fn call(&self, ctx: &Context<Self>, Start(kind): Start<String>) -> StepResult<OneOf<Try, Stop<String>>> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        match &*kind {
            "busy" => Err(Busy.into()),
            "missing" => Err(Missing(std::fmt::Error).into()),
            "panic" => panic!("the step is wrong"),
            "child" => Ok(Stop(ctx.run_child(&self.inner, 21).await?.to_string()).emit()),
            "publish" => {
                for n in 0..3 {
                    ctx.publish(format!("item {n}"));
                }
                Ok(Stop(ctx.run_id().to_string()).emit())
            }
            "attempt" => {
                let attempt = ctx.attempt();
                match attempt.last_error {
                    None => Err(Busy.into()),
                    Some(error) => Ok(Stop(format!("{} after {error}, {:?}", attempt.number, attempt.elapsed)).emit()),
                }
            }
            "forever" => std::future::pending().await,
            _ => Ok(Try(7).emit()),
        }
    }
    #[step]
    #[blocking(io)]
    fn block(&self, ctx: &Context<Self>, Try(n): Try) -> Stop<String> {
        ctx.publish("begun".to_owned());
        while !ctx.is_cancelled() && !self.release.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        self.was_cancelled.store(ctx.is_cancelled(), Ordering::Release);
        Stop(n.to_string())
    }
    #[catch_error(steps(call))]
    async fn recover(&self, failed: StepFailed) -> Stop<String> {
        let causes = failed.error.chain().count();
        let name = failed.error.type_name().unwrap_or("?").rsplit("::").next().unwrap_or_default().to_owned();
        Stop(format!("{}: {} ({name}, {causes}) after {}", failed.step, failed.error, failed.attempts))
    }
}

/// The first call of a run.
fn first_call(kind: &str) -> (Engine<Steps>, StepCall<Steps>) {
    let mut engine = Engine::<Steps>::begin("seam", kind.to_owned(), epoch());
    let Some(Command::Execute(call)) = engine.next_command() else { panic!("a run begins with a call") };
    (engine, call)
}

#[tokio::test(start_paused = true)]
async fn retry_is_decided_by_the_type_where_it_is_known() {
    let (_, call) = first_call("busy");
    for format in Format::ALL {
        let answer = execute(&Arc::new(Steps::new()), format.carry(&call)).await;
        assert_eq!(answer.retry(), Some(RetryDecision::RetryAfter(ms(10))));
        let answer = format.carry(&answer);
        assert!(!answer.error().unwrap().is::<Busy>(), "the type is not carried");
        assert_eq!(answer.retry(), Some(RetryDecision::RetryAfter(ms(10))), "the decision is");
    }
    let (_, call) = first_call("missing");
    let answer = execute(&Arc::new(Steps::new()), call).await;
    assert_eq!(answer.retry(), Some(RetryDecision::GiveUp));
}

#[tokio::test(start_paused = true)]
async fn failures_are_retried_and_handled_as_in_memory() {
    for kind in ["busy", "missing", "child", "publish", "attempt", "panic"] {
        let steps = Steps::new();
        let attempts = Arc::clone(&steps.attempts);
        let expected = steps.run(kind.to_owned()).id("seam").await.unwrap();
        let expected_attempts = attempts.swap(0, Ordering::Relaxed);
        for format in Format::ALL {
            let steps = Steps::new();
            let attempts = Arc::clone(&steps.attempts);
            let mut driven = Loop::new(steps, kind.to_owned(), format);
            assert_eq!(driven.run(|_, _| ()).await.unwrap(), expected);
            assert_eq!(attempts.load(Ordering::Relaxed), expected_attempts, "{kind}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn panic_is_an_error_with_the_name_of_the_step() {
    let (_, call) = first_call("panic");
    let answer = execute(&Arc::new(Steps::new()), call).await;
    assert_eq!(answer.step(), "call");
    let error = answer.error().unwrap();
    assert_eq!(error.downcast_ref::<Panicked>().unwrap().0, "the step is wrong");
}

#[tokio::test(start_paused = true)]
async fn items_are_numbered_in_the_answer_or_passed_on_live() {
    let (mut engine, call) = first_call("publish");
    let answer = execute(&Arc::new(Steps::new()), call.clone()).await;
    engine.answered(answer).unwrap();
    let mut found = Vec::new();
    while let Some(command) = engine.next_command() {
        if let Command::Publish(published) = command {
            found.push((published.number, published.item));
        }
    }
    let expected: Vec<_> = (0..3).map(|n| (n, format!("item {n}"))).collect();
    assert_eq!(found, expected);

    let live = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&live);
    let answer = Execution::new(&Arc::new(Steps::new()), call)
        .on_publish(move |published| sink.lock().unwrap().push((published.number, published.item)))
        .await;
    assert_eq!(*live.lock().unwrap(), expected);
    let text = serde_json::to_string(&answer).unwrap();
    assert!(!text.contains("item"), "{text}");
}

#[tokio::test]
async fn cancelled_execution_ends_when_its_blocking_code_does() {
    let (mut engine, call) = first_call("block");
    let steps = Arc::new(Steps::new());
    engine.answered(execute(&steps, call).await).unwrap();
    let Some(Command::Execute(call)) = engine.next_command() else { panic!("a step blocks") };
    let (cancel, cancelled) = oneshot::channel::<()>();
    let mut cancel = Some(cancel);
    let execution = Execution::new(&steps, call)
        .cancelled_by(async {
            let _ = cancelled.await;
        })
        .on_publish(move |published| {
            assert_eq!(published.item, "begun");
            cancel.take();
        });
    let answer = execution.await;
    assert!(answer.is_cancelled());
    assert!(steps.was_cancelled.load(Ordering::Acquire), "the code has ended, and has seen the cancellation");
}

#[tokio::test(start_paused = true)]
async fn cancelled_execution_drops_an_async_step() {
    let (mut engine, call) = first_call("forever");
    let id = call.id();
    let answer = Execution::new(&Arc::new(Steps::new()), call).cancelled_by(sleep(ms(5))).await;
    assert!(answer.is_cancelled());
    engine.answered(answer).unwrap();
    let Some(Command::Execute(again)) = engine.next_command() else { panic!("the engine has not cancelled it") };
    assert_eq!((again.id().execution(), again.id().attempt(), again.id().call()), (id.execution(), id.attempt(), 1));
}

#[tokio::test(start_paused = true)]
async fn call_that_cannot_be_executed_fails_by_the_policy_of_its_step() {
    let (mut engine, call) = first_call("busy");
    let answer = call.failed(Busy).with_time(epoch());
    assert_eq!(answer.retry(), Some(RetryDecision::RetryAfter(ms(10))));
    assert_eq!(call.failed(Missing(std::fmt::Error)).retry(), Some(RetryDecision::GiveUp));
    engine.answered(Format::Json.carry(&answer)).unwrap();
    assert!(engine.next_command().is_none());
    assert_eq!(engine.deadline(), Some(epoch() + ms(10)));
    engine.time(epoch() + ms(10));
    let Some(Command::Execute(call)) = engine.next_command() else { panic!("it is retried") };
    assert_eq!(call.id().attempt(), 2);
    assert!(call.at() >= SystemTime::UNIX_EPOCH + ms(10));
}
