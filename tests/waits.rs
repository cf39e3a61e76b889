//! Bodies that wait for people, tried-again steps and error handlers, through the public API.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]
#![allow(clippy::type_complexity, reason = "the lists of contexts")]

use tokio::time::{Instant, sleep};
use workflows::{Log, events_of, failure, kinds, let_others_run};
use workflows_runtime::{FailedAttempt, RetryPolicy, RunHandle, WaitTimedOut, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

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

/// Asks about each of `n` items, with one worker, and gathers the answers.
#[workflow(state = Vec<String>)]
struct Asks;

#[workflow]
impl Asks {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
        (0..n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn ask(&self, ctx: &Context<Self, (InputRequired<u32>, HumanResponse<Answer>)>, Item(n): Item) -> Done {
        let answer = ctx.ask_for::<Answer>(n).matching(move |answer| answer.to == n).await;
        ctx.state().update(|said| said.push(format!("{n} {}", answer.text)));
        Done(n)
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, all: Vec<Done>) -> Stop<(usize, Vec<String>)> {
        Stop((all.len(), ctx.state().get()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_holds_no_worker_and_each_answer_wakes_the_one_it_matches() {
    // WE-01, WE-02, WE-04, WE-05, WE-08, WE-13
    let run = Asks.run(1_000).start();
    let_others_run().await;
    for n in (0..1_000).rev() {
        run.send(answer(n, "yes")).unwrap();
        run.send(answer(5_000, "nobody")).unwrap();
    }
    let (all, said) = run.result().await.unwrap();
    assert_eq!((all, said.len()), (1_000, 1_000), "no body has run twice");
    assert_eq!(said[0], "999 yes");
    let prompts = kinds(&events_of(&run).await).iter().filter(|kind| *kind == "prompt").count();
    assert_eq!(prompts, 1_000, "each is asked once");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_too_soon_is_kept() {
    // WE-10, SE-08: decided otherwise
    let run = Asks.run(2).start();
    run.send(answer(1, "b")).unwrap();
    run.send(answer(0, "a")).unwrap();
    assert_eq!(run.await.unwrap().1, ["0 a", "1 b"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_what_nobody_can_answer_has_stalled() {
    let error = Asks.run(1).await.unwrap_err();
    assert!(error.to_string().contains("`ask` waits for a response that can no longer be sent"), "{error}");
}

/// Asks by what a step returns, and has the answer by what a step takes.
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

/// The first prompt of a run that waits for its answer.
async fn asked<W: Workflow<Prompt = u32>>(run: &RunHandle<W>) -> u32 {
    let mut events = run.events();
    let Some(RunEvent::InputRequired(n)) = events.next().await else { panic!("it asks first") };
    assert!(matches!(events.next().await, Some(RunEvent::Idle)));
    n
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_runs_wait_at_once() {
    let forms: Vec<_> = (0..80_000).map(|n| Form.run(n).start()).collect();
    let asks: Vec<_> = (0..20_000).map(|_| Asks.run(1).start()).collect();
    for (n, run) in (0..).zip(&forms) {
        assert_eq!(asked(run).await, n);
    }
    for run in &asks {
        assert_eq!(asked(run).await, 0);
    }
    // All of them wait; the last one is answered first.
    for (n, run) in (0_u32..20_000).zip(&asks).rev() {
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
    for (n, run) in (0..).zip(asks) {
        assert_eq!(run.await.unwrap(), (1, vec![format!("0 {n}")]));
    }
}

/// Waits twice in a row for the same type, the second time not for long.
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
async fn two_waits_get_two_answers_and_the_body_runs_once() {
    // WE-03, WE-07, WE-09, WE-17: decided otherwise
    let log = Log::default();
    let run = Twice { log: log.clone() }.run(false).start();
    run.send(HumanResponse(1)).unwrap();
    sleep(ms(40)).await;
    run.send(HumanResponse(2)).unwrap();
    assert_eq!(run.await.unwrap(), 12);
    assert_eq!(log.take(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_takes_too_long_is_caught_or_fails_its_step() {
    // WE-14, WE-15: by default it waits for ever
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
async fn a_wait_that_is_given_up_gives_its_answer_to_the_next() {
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

/// So many attempts in all, with a delay between them.
struct Tries(u32, Duration);

impl RetryPolicy for Tries {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (failure.attempts < self.0).then_some(self.1)
    }
}

/// Fails `Start(n)` times; three attempts, 20 ms apart.
#[workflow]
struct Flaky {
    log: Log<(u32, Duration, Option<String>)>,
}

#[workflow]
impl Flaky {
    #[step(retry = Tries(3, Duration::from_millis(20)))]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt();
        self.log.add((attempt.number, attempt.elapsed, attempt.last_error.map(|error| error.to_string())));
        sleep(ms(5)).await;
        if attempt.number <= n { Err(StepError::msg(format!("no {}", attempt.number))) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_is_tried_again_after_the_delay() {
    // RT-03, RT-05, RT-26, RT-28, SM-12
    let log = Log::default();
    let run = Flaky { log: log.clone() }.run(2).step_events(true).start();
    assert_eq!(run.result().await.unwrap(), 2);
    let no = |n: u32| Some(format!("no {n}"));
    assert_eq!(log.take(), [(1, ms(0), None), (2, ms(25), no(1)), (3, ms(50), no(2))]);
    let kinds = kinds(&events_of(&run).await);
    assert!(!kinds.contains(&"idle".to_owned()), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "work running").count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_gives_up_fails_the_run_and_a_cancelled_one_is_not_tried_again() {
    // RT-29, CA-09, TC-09
    let error = Flaky { log: Log::default() }.run(9).await.unwrap_err();
    assert!(matches!(error, RunError::Failed { attempts: 3, elapsed, .. } if elapsed == ms(55)), "{error}");
    assert_eq!(failure(error), ("work", "no 3".to_owned()));

    let log = Log::default();
    let run = Flaky { log: log.clone() }.run(9).start();
    sleep(ms(1)).await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
    sleep(ms(100)).await;
    assert_eq!(log.take().len(), 1);
}

/// Fails always; its handler begins anew with one less, as often as it may.
#[workflow(state = u32, timeout = "1s")]
struct Recovers;

#[workflow]
impl Recovers {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Item {
        Item(n)
    }
    #[step]
    async fn work(&self, Item(n): Item) -> StepResult<Stop<u32>> {
        match n {
            0 => Ok(Stop(0)),
            99 => std::future::pending().await,
            n => Err(StepError::msg(format!("failed at {n}"))),
        }
    }
    #[catch_error(steps(work), max_recoveries = 2)]
    async fn again(&self, ctx: &Context<Self>, failed: StepFailed) -> StepResult<Item> {
        ctx.state().update(|n| *n += 1);
        let Some(Item(n)) = failed.input() else { return Err(StepError::msg("no input")) };
        if n == 50 { Err(StepError::msg("its own")) } else { Ok(Item(n - 1)) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_recovers_as_often_as_its_budget_says() {
    // CA-01, CA-03, CA-04, CA-10, CA-15, EV-13
    assert_eq!(Recovers.run(2).await.unwrap(), 0);
    let run = Recovers.run(3).start();
    assert_eq!(failure(run.result().await.unwrap_err()), ("work", "failed at 1".to_owned()));
    assert_eq!(run.state().get(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_handlers_own_failure_fails_the_run_and_a_timeout_is_not_handled() {
    // CA-02, CA-05, CA-07, TC-03
    assert_eq!(failure(Recovers.run(50).await.unwrap_err()), ("again", "its own".to_owned()));
    let run = Recovers.run(99).start();
    assert!(matches!(run.result().await, Err(RunError::TimedOut { .. })));
    assert_eq!(run.state().get(), 0);
}

// SM-12: one of two answers lets the body go on, and the run is idle only once it has.
#[tokio::test(start_paused = true)]
async fn a_body_that_has_one_of_two_answers_goes_on_before_the_run_is_idle() {
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
