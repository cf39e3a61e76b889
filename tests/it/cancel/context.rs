//! `Context::cancelled` and `Context::is_cancelled`.

use std::future::pending;
use tokio::time::sleep;
use workflows_runtime::{Cancelled, prelude::*};
use workflows_tests::{Attempts, Log, LogOnDrop, let_others_run, ms, published, yield_once};

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Logs `name` when the execution of `ctx` is cancelled.
fn watch<W: Workflow>(ctx: &Context<W>, log: &Log<String>, name: impl ToString) {
    let (ctx, log, name) = (ctx.clone(), log.clone(), name.to_string());
    assert!(!ctx.is_cancelled());
    tokio::spawn(async move {
        ctx.cancelled().await;
        assert!(ctx.is_cancelled());
        // It stays cancelled.
        ctx.cancelled().await;
        ctx.clone().cancelled().await;
        log.add(name);
    });
}

/// Watches a step that never finishes.
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
async fn cancelled_resolves_at_every_end_of_the_run() {
    let log = Log::default();
    let run = |name: &str| Waits { log: log.clone() }.run(name.to_owned());
    let (cancelled, stopped, failed) = (run("cancel").start(), run("stop").start(), run("fail").start());
    let timed_out = run("timeout").timeout(ms(10)).start();
    let mut in_place = run("drop").into_future();
    assert!(futures::poll!(&mut in_place).is_pending());
    let_others_run().await;
    assert!(log.take().is_empty(), "all runs are active");

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
async fn cancelled_resolves_for_race_losers() {
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
                // The first call of `cancelled` is long after the cancellation.
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
            assert_eq!(seen, ["1", "2", "3"], "all but the winner, which has returned");
            watch(ctx, &self.log, "end");
            Stop(n)
        }
    }
    #[event]
    struct Item2(u32);

    let log = Log::default();
    let run = Race { log: log.clone() }.run(4).start();
    assert_eq!(published(&run).await, [0_u32; 0], "cancelled executions cannot publish");
    assert_eq!(run.await.unwrap(), 0);
    let_others_run().await;
    let mut seen = log.take();
    seen.sort();
    assert_eq!(seen, ["0", "end"], "a returned execution is cancelled when the run ends");
}

#[tokio::test(start_paused = true)]
async fn cancelled_resolves_for_the_failed_attempt_only() {
    #[workflow]
    struct Attempts {
        log: Log<String>,
    }
    #[workflow]
    impl Attempts {
        #[step(timeout = "10ms", retry = Attempts(4, Duration::ZERO))]
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
    assert_eq!(log.take(), ["4"], "the last attempt is cancelled when the run ends");
}

#[tokio::test(start_paused = true)]
async fn cancelled_may_have_many_waiters_in_any_task() {
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
                    let _noted = LogOnDrop(log, n);
                    wait.await;
                });
            }
            for _ in 0..n {
                tokio::select! {
                    biased;
                    () = ctx.cancelled() => unreachable!("a cancelled step is dropped"),
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
async fn cancelled_resolves_in_blocking_code() {
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
    let until = async |expected: &str| {
        loop {
            match log.take().pop() {
                Some(logged) => return assert_eq!(logged, expected),
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
async fn cancelled_of_a_detached_context_never_resolves() {
    let ctx = Context::<Waits>::detached(StateMap::default());
    let mut cancelled = ctx.cancelled();
    assert!(futures::poll!(&mut cancelled).is_pending());
    assert!(futures::poll!(&mut ctx.clone().cancelled()).is_pending());
    drop(ctx);
    assert!(futures::poll!(&mut cancelled).is_pending());
}

#[tokio::test(start_paused = true)]
async fn cancelled_future_keeps_no_workflow_alive() {
    #[workflow]
    struct Held {
        _noted: LogOnDrop<&'static str>,
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
    Held { _noted: LogOnDrop(log.clone(), "gone"), cancelled: cancelled.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), ["gone"]);
    cancelled.take().remove(0).await;
}
