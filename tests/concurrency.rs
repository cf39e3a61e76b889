//! How much goes on at once: workers, queues, and runs of one instance.

#![allow(clippy::unused_async, clippy::unused_self, reason = "small steps")]

use std::{future::pending, sync::Arc};
use tokio::{sync::Notify, time::sleep};
use workflows::{Log, let_others_run};
use workflows_runtime::{RunHandle, prelude::*};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Notes the most that went on at once.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Gauge {
    now: usize,
    most: usize,
}

impl Gauge {
    fn up(&mut self) {
        self.now += 1;
        self.most = self.most.max(self.now);
    }

    fn down(&mut self) {
        self.now -= 1;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_runs_four_times_at_once_by_default() {
    // CO-01
    #[workflow(state = Gauge)]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..10).map(Item).collect()
        }
        #[step]
        async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
            ctx.state().update(Gauge::up);
            sleep(ms(10)).await;
            ctx.state().update(Gauge::down);
            Done(n)
        }
        #[step]
        async fn gather(&self, ctx: &Context<Self>, _all: Vec<Done>) -> Stop<usize> {
            Stop(ctx.state().read(|gauge| gauge.most))
        }
    }
    assert_eq!(Fan.run(()).await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_step_runs_as_often_at_once_as_it_has_workers() {
    // CO-01: each run for itself, each step for itself.
    #[workflow(state = (Gauge, Gauge))]
    struct Fan;
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..20).map(Item).collect()
        }
        #[step(workers = 7)]
        async fn seven(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
            ctx.state().update(|(seven, _)| seven.up());
            sleep(ms(10)).await;
            ctx.state().update(|(seven, _)| seven.down());
            Done(n)
        }
        #[step(workers = 1)]
        async fn one(&self, ctx: &Context<Self>, Item(_): Item) {
            ctx.state().update(|(_, one)| one.up());
            sleep(ms(1)).await;
            ctx.state().update(|(_, one)| one.down());
        }
        #[step]
        async fn gather(&self, ctx: &Context<Self>, _all: Vec<Done>) -> Stop<(usize, usize)> {
            Stop(ctx.state().read(|(seven, one)| (seven.most, one.most)))
        }
    }
    let workflow = Arc::new(Fan);
    let (a, b) = (workflow.clone().run(()).start(), workflow.run(()).start());
    assert_eq!(a.await.unwrap(), (7, 1));
    assert_eq!(b.await.unwrap(), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_first_in_first_out() {
    // CO-02
    #[workflow]
    struct Fan {
        log: Log<u32>,
    }
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..8).map(Item).collect()
        }
        #[step(workers = 2)]
        async fn work(&self, Item(n): Item) -> Done {
            self.log.add(n);
            // The workers do not end by turns.
            sleep(ms(if n == 0 { 35 } else { 10 })).await;
            Done(n)
        }
        #[step]
        async fn gather(&self, all: Vec<Done>) -> Stop<Vec<u32>> {
            Stop(all.into_iter().map(|done| done.0).collect())
        }
    }
    let log = Log::default();
    let result = Fan { log: log.clone() }.run(()).await.unwrap();
    assert_eq!(log.take(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(result, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn no_update_of_the_state_is_lost() {
    // CX-13
    #[workflow(state = u64)]
    struct Sum;
    #[workflow]
    impl Sum {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..1000).map(Item).collect()
        }
        #[step(workers = 10)]
        async fn add(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
            tokio::task::yield_now().await;
            ctx.state().update(|sum| *sum += u64::from(n));
            Done(n)
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, _all: Vec<Done>) -> Stop<u64> {
            Stop(ctx.state().get())
        }
    }
    assert_eq!(Sum.run(()).await.unwrap(), 499_500);
    assert_eq!(Sum.run(()).state(1).await.unwrap(), 499_501);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_at_once() {
    #[workflow]
    struct Fan {
        go: Arc<Notify>,
    }
    #[workflow]
    impl Fan {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..10_000).map(Item).collect()
        }
        #[step(workers = 10_000)]
        async fn work(&self, Item(n): Item) -> Done {
            self.go.notified().await;
            Done(n)
        }
        #[step]
        async fn gather(&self, all: Vec<Done>) -> Stop<usize> {
            Stop(all.len())
        }
    }
    let go = Arc::new(Notify::new());
    let run = Fan { go: Arc::clone(&go) }.run(()).start();
    let_others_run().await;
    go.notify_waiters();
    assert_eq!(run.await.unwrap(), 10_000);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_cancelled_at_once() {
    #[workflow]
    struct Race;
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Item> {
            (0..10_000).map(Item).collect()
        }
        #[step(workers = 10_000)]
        async fn work(&self, Item(n): Item) -> Done {
            if n != 7777 {
                pending::<()>().await;
            }
            Done(n)
        }
        #[step]
        async fn first(&self, First([Done(n)]): First<Done, 1>) -> Stop<u32> {
            sleep(ms(1)).await;
            Stop(n)
        }
    }
    assert_eq!(Race.run(()).await.unwrap(), 7777);
}

// ---- runs of one instance ----

/// Notes when its step begins, and ends when it is told to.
#[workflow(max_runs = 2, timeout = "150ms")]
struct Two {
    log: Log<u32>,
    go: Arc<Notify>,
}

#[workflow]
impl Two {
    #[step]
    async fn work(&self, Start(n): Start<u32>) -> Stop<u32> {
        self.log.add(n);
        self.go.notified().await;
        Stop(n)
    }
}

impl Two {
    fn new() -> (Arc<Self>, Arc<Notify>, Log<u32>) {
        let (go, log) = (Arc::new(Notify::new()), Log::default());
        (Arc::new(Self { log: log.clone(), go: Arc::clone(&go) }), go, log)
    }
}

fn start(workflow: &Arc<Two>, runs: std::ops::Range<u32>) -> Vec<RunHandle<Two>> {
    runs.map(|n| workflow.clone().run(n).start()).collect()
}

#[tokio::test(start_paused = true)]
async fn runs_of_a_shared_instance_wait_for_their_turn() {
    // CO-08: first come, first served; the handles are there at once.
    let (workflow, go, log) = Two::new();
    let runs = start(&workflow, 0..5);
    let_others_run().await;
    assert_eq!(log.take(), [0, 1]);
    go.notify_one();
    let_others_run().await;
    assert_eq!(log.take(), [2]);
    assert_eq!(runs.iter().filter(|run| run.is_finished()).count(), 1);
    for run in runs {
        go.notify_one();
        run.await.unwrap();
    }
    assert_eq!(log.take(), [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_turn_does_not_count_as_running() {
    // CO-09, TC-04: five runs of 100 ms, two at once, and each may take 150 ms.
    #[workflow(max_runs = 2, timeout = "150ms")]
    struct Slow;
    #[workflow]
    impl Slow {
        #[step]
        async fn work(&self, _start: Start<()>) -> Stop<()> {
            sleep(ms(100)).await;
            Stop(())
        }
    }
    let (workflow, begun) = (Arc::new(Slow), tokio::time::Instant::now());
    let runs: Vec<_> = (0..5).map(|_| workflow.clone().run(()).start()).collect();
    for run in runs {
        run.await.unwrap();
    }
    // Virtual time: it passes only when all wait.
    assert_eq!(begun.elapsed(), ms(300));
}

#[tokio::test(start_paused = true)]
async fn runs_in_place_wait_for_their_turn_too() {
    let (workflow, go, log) = Two::new();
    let runs = start(&workflow, 0..2);
    let_others_run().await;
    let mut third = workflow.clone().run(2).into_future();
    assert!(futures::poll!(&mut third).is_pending());
    assert_eq!(log.take(), [0, 1]);
    go.notify_one();
    runs.into_iter().next().unwrap().await.unwrap();
    assert!(futures::poll!(&mut third).is_pending());
    assert_eq!(log.take(), [2]);
    // A run that is dropped gives its turn back.
    drop(third);
    let fourth = workflow.run(3).start();
    let_others_run().await;
    assert_eq!(log.take(), [3]);
    fourth.cancel();
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_cancelled_while_it_waits_for_its_turn() {
    let (workflow, _, log) = Two::new();
    let runs = start(&workflow, 0..4);
    let_others_run().await;
    assert_eq!(log.take(), [0, 1]);
    runs[2].cancel();
    assert!(matches!(runs[2].result().await, Err(RunError::Cancelled)), "at once");
    runs[0].cancel();
    let_others_run().await;
    assert_eq!(log.take(), [3], "and the third never begins");
}

#[tokio::test(start_paused = true)]
async fn instances_do_not_wait_for_each_other() {
    let (one, _, log_one) = Two::new();
    let (two, _, log_two) = Two::new();
    let _runs = (start(&one, 0..3), start(&two, 0..3));
    let_others_run().await;
    assert_eq!((log_one.take(), log_two.take()), (vec![0, 1], vec![0, 1]));
    // Given by value, each run has an instance of its own.
    let log = Log::default();
    let by_value = || Two { log: log.clone(), go: Arc::default() };
    let _runs: Vec<_> = (0..5).map(|n| by_value().run(n).start()).collect();
    let_others_run().await;
    assert_eq!(log.take(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_run_of_the_last_owner_still_counts_the_runs_before_it() {
    let (workflow, _, log) = Two::new();
    let _runs = start(&workflow, 0..2);
    let _last = workflow.run(2).start();
    let_others_run().await;
    assert_eq!(log.take(), [0, 1]);
}

#[test]
fn a_run_that_waits_for_its_turn_ends_with_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (workflow, _, _) = Two::new();
    let mut runs = runtime.block_on(async {
        let runs: Vec<_> = (0..3).map(|n| workflow.clone().run(n).timeout(ms(1)).start()).collect();
        runs
    });
    drop(runtime);
    let last = runs.pop().unwrap();
    assert!(matches!(futures::executor::block_on(last.into_future()), Err(RunError::Cancelled)));
}
