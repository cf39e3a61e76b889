//! How what goes on beside a step learns that the step does not count any more.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::future::pending;
use tokio::time::sleep;
use workflows::{Log, Noted, let_others_run, published, yield_once};
use workflows_runtime::{Cancelled, FailedAttempt, RetryPolicy, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Notes when what `ctx` belongs to is cancelled.
fn watch<W: Workflow>(ctx: &Context<W>, log: &Log<String>, name: impl ToString) {
    let (ctx, log, name) = (ctx.clone(), log.clone(), name.to_string());
    assert!(!ctx.is_cancelled());
    tokio::spawn(async move {
        ctx.cancelled().await;
        assert!(ctx.is_cancelled());
        // It is so for good.
        ctx.cancelled().await;
        ctx.clone().cancelled().await;
        log.add(name);
    });
}

/// Its step is watched, and waits.
#[workflow]
struct Waits {
    log: Log<String>,
}

#[workflow]
impl Waits {
    #[step]
    async fn wait(&self, ctx: &Context<Self>, Start(name): Start<String>) {
        watch(ctx, &self.log, name);
        pending::<()>().await;
    }
    #[step]
    async fn end(&self, HumanResponse(n): HumanResponse<u32>) -> StepResult<Stop<u32>> {
        if n == 0 { Err(StepError::msg("no")) } else { Ok(Stop(n)) }
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_told_of_every_end_of_the_run() {
    // TC-08
    let log = Log::default();
    let run = |name: &str| Waits { log: log.clone() }.run(name.to_owned());
    let (cancelled, stopped, failed) = (run("cancel").start(), run("stop").start(), run("fail").start());
    let timed_out = run("timeout").timeout(ms(10)).start();
    let mut in_place = run("drop").into_future();
    assert!(futures::poll!(&mut in_place).is_pending());
    let_others_run().await;
    assert!(log.take().is_empty(), "all go on");

    cancelled.cancel();
    let_others_run().await;
    assert_eq!(log.take(), ["cancel"]);
    stopped.send(HumanResponse(1)).unwrap();
    let_others_run().await;
    assert_eq!(log.take(), ["stop"]);
    failed.send(HumanResponse(0)).unwrap();
    let_others_run().await;
    assert_eq!(log.take(), ["fail"]);
    drop(in_place);
    let_others_run().await;
    assert_eq!(log.take(), ["drop"]);
    assert!(matches!(timed_out.await, Err(RunError::TimedOut { .. })));
    let_others_run().await;
    assert_eq!(log.take(), ["timeout"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_race_drops_learns_of_it_while_the_run_goes_on() {
    #[workflow(stream = u32)]
    struct Race {
        log: Log<String>,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn start(&self, Start(n): Start<u32>) -> Vec<Item> {
            (0..n).map(Item).collect()
        }
        #[step(workers = 10)]
        async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
            watch(ctx, &self.log, n);
            let late = ctx.clone();
            tokio::spawn(async move {
                sleep(ms(100)).await;
                // It asks for the first time when it is long over.
                late.cancelled().await;
                late.publish(n);
            });
            sleep(ms(u64::from(n) * 10 + 10)).await;
            Done(n)
        }
        #[step]
        async fn first(&self, First([Done(n)]): First<Done, 1>) -> Item2 {
            Item2(n)
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, Item2(n): Item2) -> Stop<u32> {
            sleep(ms(1_000)).await;
            let mut seen = self.log.take();
            seen.sort();
            assert_eq!(seen, ["1", "2", "3"], "all but the one that has won, which has returned");
            watch(ctx, &self.log, "end");
            Stop(n)
        }
    }
    #[event]
    struct Item2(u32);

    let log = Log::default();
    let run = Race { log: log.clone() }.run(4).start();
    assert_eq!(published(&run).await, [0_u32; 0], "nothing is seen of them");
    assert_eq!(run.await.unwrap(), 0);
    let_others_run().await;
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["0", "end"], "what has returned goes on until the run ends");
}

/// So many attempts in all, at once.
struct Tries(u32);

impl RetryPolicy for Tries {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        (failure.attempts < self.0).then_some(Duration::ZERO)
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_panics_or_takes_too_long_is_cancelled_and_the_next_one_is_not() {
    #[workflow]
    struct Attempts {
        log: Log<String>,
    }
    #[workflow]
    impl Attempts {
        #[step(timeout = "10ms", retry = Tries(4))]
        async fn work(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
            let attempt = ctx.attempt().number;
            watch(ctx, &self.log, attempt);
            yield_once().await;
            match attempt {
                1 => return Err(StepError::msg("no")),
                2 => pending().await,
                3 => panic!("on purpose"),
                _ => sleep(ms(5)).await,
            }
            assert_eq!(self.log.take(), ["1", "2", "3"]);
            Ok(Stop(n))
        }
    }
    let log = Log::default();
    assert_eq!(Attempts { log: log.clone() }.run(5).await.unwrap(), 5);
    let_others_run().await;
    assert_eq!(log.take(), ["4"], "with the run");
}

#[tokio::test(start_paused = true)]
async fn it_can_be_waited_for_anywhere_by_many_and_given_up() {
    fn anywhere<T: Send + Unpin + 'static>(_: &T) {}

    #[workflow]
    struct Many {
        log: Log<u32>,
    }
    #[workflow]
    impl Many {
        #[step]
        async fn work(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Stop<u32> {
            let waits: Vec<Cancelled<Self>> = (0..n).map(|_| ctx.cancelled()).collect();
            waits.iter().for_each(anywhere);
            for (n, wait) in (0..).zip(waits) {
                let log = self.log.clone();
                tokio::spawn(async move {
                    let _noted = Noted(log, n);
                    wait.await;
                });
            }
            for _ in 0..n {
                tokio::select! {
                    biased;
                    () = ctx.cancelled() => unreachable!("it would have been dropped"),
                    () = sleep(ms(1)) => {}
                }
            }
            assert_eq!(self.log.take().len(), 0);
            Stop(n)
        }
    }
    let log = Log::default();
    let run = Many { log: log.clone() }.run(1_000).start();
    assert_eq!(run.await.unwrap(), 1_000);
    let_others_run().await;
    assert_eq!(log.take().len(), 1_000);
}

#[tokio::test]
async fn blocking_code_waits_for_it_too() {
    #[workflow]
    struct Blocks {
        log: Log<&'static str>,
    }
    #[workflow]
    impl Blocks {
        #[step]
        #[blocking(io)]
        fn block(&self, ctx: &Context<Self>, _start: Start<()>) {
            assert!(!ctx.is_cancelled());
            self.log.add("begun");
            futures::executor::block_on(ctx.cancelled());
            assert!(ctx.is_cancelled());
            self.log.add("cancelled");
        }
        #[step]
        async fn end(&self, _end: HumanResponse<()>) -> Stop<()> {
            Stop(())
        }
    }
    let log = Log::default();
    let run = Blocks { log: log.clone() }.run(()).start();
    let until = async |what: &str| {
        loop {
            match log.take().pop() {
                Some(said) => return assert_eq!(said, what),
                None => tokio::task::yield_now().await,
            }
        }
    };
    until("begun").await;
    run.send(HumanResponse(())).unwrap();
    run.await.unwrap();
    until("cancelled").await;
}

#[tokio::test(start_paused = true)]
async fn of_a_detached_context_it_is_never_ready() {
    // CX-20
    let ctx = Context::<Waits>::detached(StateMap::default());
    let mut cancelled = ctx.cancelled();
    assert!(futures::poll!(&mut cancelled).is_pending());
    assert!(futures::poll!(&mut ctx.clone().cancelled()).is_pending());
    drop(ctx);
    assert!(futures::poll!(&mut cancelled).is_pending());
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a detached context receives no responses; to test a wait, start a run and send the response")]
async fn a_wait_of_a_detached_context_panics_rather_than_hangs() {
    // CX-20
    #[workflow]
    struct Asks;
    #[workflow]
    impl Asks {
        #[step]
        async fn ask(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, _start: Start<()>) -> Stop<bool> {
            Stop(ctx.wait_for::<bool>().timeout(Duration::from_secs(1)).await.unwrap_or(false))
        }
    }
    Asks.ask(&Context::detached(StateMap::default()), Start(())).await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_it_keeps_no_workflow_alive() {
    #[workflow]
    struct Held {
        _noted: Noted<&'static str>,
        cancelled: Log<Cancelled<Held>>,
    }
    #[workflow]
    impl Held {
        #[step]
        async fn work(&self, ctx: &Context<Self>, _start: Start<()>) -> Stop<()> {
            self.cancelled.add(ctx.cancelled());
            Stop(())
        }
    }
    let (log, cancelled) = (Log::default(), Log::default());
    Held { _noted: Noted(log.clone(), "gone"), cancelled: cancelled.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["gone"]);
    cancelled.take().remove(0).await;
}
