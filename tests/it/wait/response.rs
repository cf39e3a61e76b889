//! Waits in a running process: matching responses, timeouts, dropped waits.

use super::SECOND;
use std::future::pending;
use tokio::time::{Instant, sleep};
use workflows_runtime::{RunHandle, StepTimedOut, WaitTimedOut, prelude::*};
use workflows_tests::{Log, events_of, kinds, let_others_run, ms, yield_once};

#[event]
struct Item(u32);
#[event]
struct Done(u32);

#[event]
struct Answer {
    to: u32,
    text: String,
}

fn answer(to: u32, text: &str) -> HumanResponse<Answer> {
    HumanResponse(Answer { to, text: text.to_owned() })
}

/// Prompts for each of `n` items, with one worker, and gathers the responses.
#[workflow(state = Vec<String>)]
struct Questions;

#[workflow]
impl Questions {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn ask(&self, ctx: &Context<Self, (InputRequired<u32>, HumanResponse<Answer>)>, Item(n): Item) -> Done {
        let answer = ctx.ask_for::<Answer>(n).matching(move |answer| answer.to == n).await;
        ctx.state().update(|texts| texts.push(format!("{n} {}", answer.text)));
        Done(n)
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, all: Vec<Done>) -> Stop<(usize, Vec<String>)> {
        Stop((all.len(), ctx.state().get()))
    }
}

#[tokio::test(start_paused = true)]
async fn wait_holds_no_worker_and_takes_its_matching_response() {
    let run = Questions.run(1_000).start();
    let_others_run().await;
    for n in (0..1_000).rev() {
        run.send(answer(n, "yes")).unwrap();
        run.send(answer(5_000, "no match")).unwrap();
    }
    let (all, texts) = run.result().await.unwrap();
    assert_eq!((all, texts.len()), (1_000, 1_000), "no step has run twice");
    assert_eq!(texts[0], "999 yes");
    let prompts = kinds(&events_of(&run).await).iter().filter(|kind| *kind == "prompt").count();
    assert_eq!(prompts, 1_000, "each prompt is published once");
}

#[tokio::test(start_paused = true)]
async fn early_response_is_buffered() {
    let run = Questions.run(2).start();
    run.send(answer(1, "b")).unwrap();
    run.send(answer(0, "a")).unwrap();
    assert_eq!(run.await.unwrap().1, ["0 a", "1 b"]);
}

#[tokio::test(start_paused = true)]
async fn unanswerable_wait_stalls_the_run() {
    let error = Questions.run(1).await.unwrap_err();
    assert!(error.to_string().contains("`ask` waits for a response that can no longer be sent"), "{error}");
}

/// Prompts with the output of one step, and takes the response as the input of another.
#[workflow(state = u32)]
struct Form;

#[workflow]
impl Form {
    #[step]
    async fn ask(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> InputRequired<u32> {
        ctx.state().set(n);
        InputRequired(n)
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, HumanResponse(n): HumanResponse<u32>) -> Stop<u32> {
        Stop(ctx.state().get() + n)
    }
}

/// Returns the prompt of a run that waits for its first response.
async fn first_prompt<W: Workflow<Prompt = u32>>(run: &RunHandle<W>) -> u32 {
    let mut events = run.events();
    let Some(RunEvent::InputRequired { prompt: n, .. }) = events.next().await else { panic!("the run prompts first") };
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    n
}

#[tokio::test(start_paused = true)]
async fn hundred_thousand_runs_wait_concurrently() {
    let forms: Vec<_> = (0..80_000).map(|n| Form.run(n).start()).collect();
    let questions: Vec<_> = (0..20_000).map(|_| Questions.run(1).start()).collect();
    for (n, run) in (0..).zip(&forms) {
        assert_eq!(first_prompt(run).await, n);
    }
    for run in &questions {
        assert_eq!(first_prompt(run).await, 0);
    }
    // All runs wait; the last one receives its response first.
    for (n, run) in (0_u32..20_000).zip(&questions).rev() {
        assert!(!run.is_finished());
        run.send(answer(0, &format!("{n}"))).unwrap();
    }
    for run in forms.iter().rev() {
        assert!(!run.is_finished());
        run.send(HumanResponse(100_000)).unwrap();
    }
    for (n, run) in (0..).zip(forms) {
        assert_eq!(run.await.unwrap(), n + 100_000);
    }
    for (n, run) in (0..).zip(questions) {
        assert_eq!(run.await.unwrap(), (1, vec![format!("0 {n}")]));
    }
}

/// Waits twice for the same type, the second time for 50 ms at most.
#[workflow]
struct Twice {
    log: Log<u32>,
}

#[workflow]
impl Twice {
    #[step]
    async fn wait(
        &self,
        ctx: &Context<Self, (HumanResponse<u32>,)>,
        Start(catches): Start<bool>,
    ) -> StepResult<Stop<u32>> {
        self.log.add(0);
        let first = ctx.wait_for::<u32>().await;
        self.log.add(first);
        match ctx.wait_for::<u32>().timeout(ms(50)).await {
            Ok(second) => Ok(Stop(first * 10 + second)),
            Err(_) if catches => Ok(Stop(first)),
            Err(error) => Err(error.into()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sequential_waits_take_one_response_each() {
    let log = Log::default();
    let run = Twice { log: log.clone() }.run(false).start();
    run.send(HumanResponse(1)).unwrap();
    sleep(ms(40)).await;
    run.send(HumanResponse(2)).unwrap();
    assert_eq!(run.await.unwrap(), 12);
    assert_eq!(log.take(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn timed_out_wait_is_caught_or_fails_the_step() {
    // Without a timeout, a wait lasts forever.
    let run = Twice { log: Log::default() }.run(true).start();
    sleep(ms(10_000_000)).await;
    run.send(HumanResponse(1)).unwrap();
    let began = Instant::now();
    assert_eq!(run.await.unwrap(), 1);
    assert_eq!(began.elapsed(), ms(50));

    let run = Twice { log: Log::default() }.run(false).start();
    run.send(HumanResponse(1)).unwrap();
    let RunError::Failed { step: "wait", source, .. } = run.result().await.unwrap_err() else { panic!() };
    assert!(source.is::<WaitTimedOut>());
}

#[tokio::test(start_paused = true)]
async fn dropped_wait_leaves_its_response_to_the_next() {
    #[workflow]
    struct Select;
    #[workflow]
    impl Select {
        #[step]
        async fn wait(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, _start: Start<()>) -> Stop<u32> {
            tokio::select! {
                answer = ctx.wait_for::<u32>() => Stop(answer),
                () = sleep(ms(10)) => Stop(ctx.wait_for::<u32>().await + 100),
            }
        }
    }
    let run = Select.run(()).start();
    sleep(ms(20)).await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.await.unwrap(), 107);
}

// One of two responses lets the step continue; the run is idle only once the step is suspended again.
#[tokio::test(start_paused = true)]
async fn partially_answered_step_runs_before_the_run_is_idle() {
    #[event]
    struct Left(u32);
    #[event]
    struct Right(u32);

    #[workflow(stream = u32)]
    struct Both;
    #[workflow]
    impl Both {
        #[step]
        async fn both(
            &self,
            ctx: &Context<Self, (HumanResponse<Left>, HumanResponse<Right>)>,
            _start: Start<()>,
        ) -> Stop<u32> {
            let left = async {
                let Left(n) = ctx.wait_for::<Left>().await;
                ctx.publish(n);
                n
            };
            let right = async { ctx.wait_for::<Right>().await.0 };
            let (left, right) = futures::join!(left, right);
            Stop(left + right)
        }
    }
    let run = Both.run(()).start();
    let mut events = run.events();
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    run.send(HumanResponse(Left(1))).unwrap();
    assert!(matches!(events.next().await, Some(RunEvent::Published(1))));
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    run.send(HumanResponse(Right(2))).unwrap();
    assert_eq!(run.await.unwrap(), 3);
}

// A response that a step waits for does not start the same step again; other steps that take it
// receive it as well.
#[tokio::test(start_paused = true)]
async fn response_to_a_wait_does_not_start_the_same_step_again() {
    #[workflow]
    struct Both {
        log: Log<String>,
    }
    #[workflow]
    impl Both {
        #[step]
        async fn both(
            &self,
            ctx: &Context<Self, (HumanResponse<u32>,)>,
            first: OneOf<Start<()>, HumanResponse<u32>>,
        ) -> Stop<u32> {
            self.log.add(if matches!(first, OneOf::A(_)) { "started" } else { "answered" }.to_owned());
            let answer = ctx.wait_for::<u32>().await;
            yield_once().await;
            Stop(answer)
        }
        #[step]
        async fn other(&self, HumanResponse(n): HumanResponse<u32>) {
            self.log.add(format!("other {n}"));
        }
    }
    let log = Log::<String>::default();
    let run = Both { log: log.clone() }.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(7)).unwrap();
    assert_eq!(run.await.unwrap(), 7);
    assert_eq!(log.take(), ["started", "other 7"]);
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
async fn step_timeout_continues_once_its_wait_is_dropped() {
    let started = Instant::now();
    let run = Slow.run(()).start();
    let Err(RunError::Failed { source, .. }) = run.result().await else { panic!() };
    assert_eq!(started.elapsed(), 105 * SECOND);
    let StepTimedOut { after, .. } = source.downcast_ref().unwrap();
    assert_eq!(*after, 5 * SECOND, "the error has the configured timeout, not the rest of it");
}

#[tokio::test(start_paused = true)]
#[should_panic(
    expected = "a detached context receives no responses; to test a wait, start a run and send the response"
)]
async fn wait_on_a_detached_context_panics() {
    #[workflow]
    struct Questions;
    #[workflow]
    impl Questions {
        #[step]
        async fn ask(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, _start: Start<()>) -> Stop<bool> {
            Stop(ctx.wait_for::<bool>().timeout(Duration::from_secs(1)).await.unwrap_or(false))
        }
    }
    Questions.ask(&Context::detached(StateMap::default()), Start(())).await;
}
