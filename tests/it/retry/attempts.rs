//! Attempts of a step: when a failed step runs again, and when it does not.

use tokio::time::{Instant, sleep};
use workflows_runtime::{FailedAttempt, RetryPolicy, prelude::*};
use workflows_tests::{Attempts, Log, events_of, failure, kinds, let_others_run, ms};

fn no<T>() -> StepResult<T> {
    Err(StepError::msg("no"))
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Fails `n` times; it has three attempts, 20 ms apart.
#[workflow]
struct Flaky {
    log: Log<(u32, Duration, Option<String>)>,
}

#[workflow]
impl Flaky {
    #[step(retry = Attempts(3, Duration::from_millis(20)))]
    async fn work(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let attempt = ctx.attempt();
        self.log.add((attempt.number, attempt.elapsed, attempt.last_error.map(|error| error.to_string())));
        sleep(ms(5)).await;
        if attempt.number <= n { Err(StepError::msg(format!("no {}", attempt.number))) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn failed_step_is_retried_after_its_delay() {
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
async fn exhausted_retries_fail_the_run() {
    let error = Flaky { log: Log::default() }.run(9).await.unwrap_err();
    assert!(matches!(error, RunError::Failed { attempts: 3, elapsed, .. } if elapsed == ms(55)), "{error}");
    assert_eq!(failure(error), ("work", "no 3".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn cancelled_step_is_not_retried() {
    let log = Log::default();
    let run = Flaky { log: log.clone() }.run(9).start();
    sleep(ms(1)).await;
    run.cancel();
    assert!(matches!(run.await, Err(RunError::Cancelled)));
    sleep(ms(100)).await;
    assert_eq!(log.take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn simultaneous_failures_are_all_retried() {
    #[workflow]
    struct Together {
        log: Log<(u32, u32)>,
    }
    #[workflow]
    impl Together {
        #[step]
        async fn start(&self, _start: Start<()>) -> Vec<Item> {
            vec![Item(0), Item(1)]
        }
        #[step(retry = Retry::fixed(Duration::from_millis(20)))]
        async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
            let attempt = ctx.attempt().number;
            self.log.add((n, attempt));
            if attempt == 1 { no() } else { Ok(Done(n)) }
        }
        #[step]
        async fn end(&self, all: Vec<Done>) -> Stop<usize> {
            Stop(all.len())
        }
    }
    let (log, began) = (Log::default(), Instant::now());
    let run = Together { log: log.clone() }.run(()).start();
    let_others_run().await;
    assert_eq!(log.take(), [(0, 1), (1, 1)]);
    assert_eq!(run.await.unwrap(), 2);
    assert_eq!((log.take(), began.elapsed()), (vec![(0, 2), (1, 2)], ms(20)));
}

#[tokio::test(start_paused = true)]
async fn retry_next_to_another_branch_knows_its_last_error() {
    #[workflow]
    struct Branches {
        log: Log<(u32, u32, Option<String>)>,
    }
    #[workflow]
    impl Branches {
        #[step]
        async fn start(&self, _start: Start<()>) -> Vec<Item> {
            (0..4).map(Item).collect()
        }
        #[step(workers = 2, retry = Attempts(2, Duration::ZERO))]
        async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> StepResult<Done> {
            let attempt = ctx.attempt();
            self.log.add((n, attempt.number, attempt.last_error.map(|error| error.to_string())));
            sleep(ms(1)).await;
            if attempt.number == 1 && n % 2 == 0 { Err(StepError::msg(format!("no {n}"))) } else { Ok(Done(n)) }
        }
        #[step]
        async fn end(&self, all: Vec<Done>) -> Stop<usize> {
            Stop(all.len())
        }
    }
    let log = Log::default();
    assert_eq!(Branches { log: log.clone() }.run(()).await.unwrap(), 4);
    let no = |n: u32| Some(format!("no {n}"));
    // Item 0 has failed and item 1 has returned before the driver starts anything.
    assert_eq!(log.take(), [(0, 1, None), (1, 1, None), (0, 2, no(0)), (2, 1, None), (3, 1, None), (2, 2, no(2))]);
}

#[tokio::test(start_paused = true)]
async fn panicking_policy_fails_its_own_step() {
    struct Torn;
    impl RetryPolicy for Torn {
        fn next(&self, _: &FailedAttempt<'_>) -> Option<Duration> {
            panic!("torn")
        }
    }

    #[workflow]
    struct Policies;
    #[workflow]
    impl Policies {
        #[step(retry = Torn)]
        async fn one(&self, Start(panics): Start<bool>) -> StepResult<Stop<u32>> {
            sleep(ms(1)).await;
            assert!(!panics, "no error at all");
            Err(StepError::msg("an error"))
        }
        #[step]
        async fn other(&self, _start: Start<bool>) {
            sleep(ms(5)).await;
        }
    }
    for panics in [false, true] {
        let error = Policies.run(panics).await.unwrap_err();
        assert_eq!(failure(error), ("one", "panicked: torn".to_owned()));
    }
}
