//! Waits in the next attempt of a step: recorded responses are replayed.

use super::{HOUR, SECOND};
use futures::future::{Either, select};
use std::future::pending;
use tokio::time::{Instant, sleep};
use workflows_runtime::{WaitTimedOut, prelude::*};
use workflows_tests::{Log, let_others_run};

#[event]
struct Task {
    number: u32,
}

#[event]
struct Answered {
    answer: u32,
}

/// Has two executions, so neither is polled without being woken.
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
    ) -> StepResult<Answered> {
        let breaks = async || if ctx.attempt().number == 1 { sleep(SECOND).await } else { pending().await };
        tokio::select! {
            biased;
            answer = ctx.ask_for(format!("{number}?")).matching(move |answer| answer % 10 == number) => {
                Ok(Answered { answer })
            }
            () = breaks() => Err(StepError::msg("the connection is lost")),
        }
    }

    #[step]
    async fn end(&self, all: Vec<Answered>) -> Stop<Vec<u32>> {
        Stop(all.into_iter().map(|one| one.answer).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn retried_step_waits_again_without_a_new_prompt() {
    let run = Flaky.run(()).start();
    let mut events = run.events();
    sleep(10 * SECOND).await;
    run.send(HumanResponse(12)).unwrap();
    run.send(HumanResponse(11)).unwrap();
    assert_eq!(tokio::time::timeout(SECOND, run.result()).await.unwrap().unwrap(), [11, 12]);
    drop(run);
    let mut prompts = 0;
    while let Some(event) = events.next().await {
        prompts += u32::from(matches!(event, RunEvent::InputRequired { .. }));
    }
    assert_eq!(prompts, 2);
}

/// Waits for a text or a number; once it has received a number, for a text only.
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
async fn replay_that_takes_another_path_receives_its_response() {
    let run = Changes { fails: true }.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    sleep(10 * SECOND).await;
    run.send(HumanResponse("found".to_owned())).unwrap();
    assert_eq!(run.await.unwrap(), "found");

    // The same in a run without a handle: it does not stall before the step has replayed.
    let run = Changes { fails: false }.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(1)).unwrap();
    let_others_run().await;
    run.send(HumanResponse("kept".to_owned())).unwrap();
    let_others_run().await;
    let snapshot = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();
    let resumed = Changes { fails: false }.resume(serde_json::from_str(&snapshot).unwrap());
    assert_eq!(resumed.await.unwrap(), "kept");
}

#[event]
struct Item(u32);

/// Two steps that wait for the same type; `then` decides how the first one continues.
#[workflow(state = Vec<u32>)]
struct Twice {
    then: fn(u32) -> StepResult<()>,
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
        (self.then)(attempt)?;
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

#[tokio::test(start_paused = true)]
async fn timed_out_wait_times_out_at_once_in_the_next_attempt() {
    let began = Instant::now();
    let run = Twice { then: |_| Ok(()) }.run(false).start();
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

#[tokio::test(start_paused = true)]
async fn response_is_replayed_to_each_attempt_of_its_step() {
    let run = Twice { then: |attempt| if attempt < 3 { Err(StepError::msg("not yet")) } else { Ok(()) } };
    let run = run.run(false).start();
    run.send(HumanResponse(5)).unwrap();
    sleep(10 * SECOND).await;
    assert_eq!(run.state().get(), [1, 5, 2, 5, 3, 5]);
    // Another step takes another response.
    assert!(!run.is_finished());
    run.send(HumanResponse(6)).unwrap();
    assert_eq!(run.await.unwrap(), (5, 6));
}

#[tokio::test(start_paused = true)]
async fn waits_of_a_failed_step_are_never_woken() {
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
                Err::<u32, _>(StepError::msg("failed during the wait"))
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

#[tokio::test(start_paused = true)]
async fn waiting_does_not_reset_the_attempt_count() {
    let began = Instant::now();
    let run = Twice { then: |_| Err(StepError::msg("never")) }.run(true).start();
    sleep(10 * SECOND).await;
    run.send(HumanResponse(5)).unwrap();
    sleep(10 * SECOND).await;
    run.send(HumanResponse(6)).unwrap();
    assert_eq!(run.result().await.unwrap(), (1_004, 6), "the handler receives the total number of attempts");
    assert_eq!(run.state().get(), [2, 5, 3, 5, 4, 5]);
    assert_eq!(began.elapsed(), 20 * SECOND);
}
