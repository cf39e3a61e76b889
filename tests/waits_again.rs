//! Waits that a body has dropped: what becomes of them when it runs again, and of its step's time.

use std::{future::pending, sync::Arc};
use tokio::time::{Instant, sleep};
use workflows_runtime::{StepTimedOut, prelude::*};

const SECOND: Duration = Duration::from_secs(1);

#[event]
struct Task {
    number: u32,
}

#[event]
struct Told {
    answer: u32,
}

/// Two executions, so that neither is polled by chance.
#[workflow]
struct Flaky;

#[workflow]
impl Flaky {
    #[step]
    async fn start(&self, Start(()): Start<()>) -> Vec<Task> {
        vec![Task { number: 1 }, Task { number: 2 }]
    }

    #[step(retry = Retry::fixed(SECOND))]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
        Task { number }: Task,
    ) -> StepResult<Told> {
        let breaks = async || if ctx.attempt().number == 1 { sleep(SECOND).await } else { pending().await };
        tokio::select! {
            biased;
            answer = ctx.ask_for(format!("{number}?")).matching(move |answer| answer % 10 == number) => {
                Ok(Told { answer })
            }
            () = breaks() => Err(StepError::msg("the connection is lost")),
        }
    }

    #[step]
    async fn end(&self, told: Vec<Told>) -> Stop<Vec<u32>> {
        Stop(told.into_iter().map(|told| told.answer).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_a_failed_attempt_has_dropped_is_waited_for_anew() {
    let run = Flaky.run(()).start();
    let mut events = run.events();
    sleep(10 * SECOND).await;
    run.send(HumanResponse(12)).unwrap();
    run.send(HumanResponse(11)).unwrap();
    assert_eq!(tokio::time::timeout(SECOND, run.result()).await.unwrap().unwrap(), [11, 12]);
    drop(run);
    let mut prompts = 0;
    while let Some(event) = events.next().await {
        prompts += u32::from(matches!(event, RunEvent::InputRequired(_)));
    }
    assert_eq!(prompts, 2);
}

/// The first answer wins; then it waits for another one.
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
async fn a_wait_that_has_lost_to_another_one_loses_again() {
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

#[workflow]
struct Slow;

#[workflow]
impl Slow {
    #[step(timeout = "5s")]
    async fn slow(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<u32> {
        sleep(SECOND).await;
        tokio::select! {
            biased;
            answer = ctx.wait_for::<u32>() => return Stop(answer),
            () = sleep(100 * SECOND) => {}
        }
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_steps_time_goes_on_once_its_wait_is_dropped() {
    let started = Instant::now();
    let run = Slow.run(()).start();
    let Err(RunError::Failed { source, .. }) = run.result().await else { panic!() };
    assert_eq!(started.elapsed(), 105 * SECOND);
    let StepTimedOut(after) = source.downcast_ref().unwrap();
    assert_eq!(*after, 5 * SECOND, "the step's own timeout, and not the rest of it");
}

#[workflow(max_runs = 1)]
struct One;

#[workflow]
impl One {
    #[step]
    async fn one(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(()): Start<()>) -> Stop<u32> {
        Stop(ctx.wait_for::<u32>().await)
    }
}
