//! Concurrency: workers, queues, and several runs of one instance.

use std::{future::pending, sync::Arc};
use tokio::{sync::Notify, time::sleep};
use workflows_runtime::{RunHandle, prelude::*};
use workflows_tests::{Log, let_others_run, ms};

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// Measures the highest number of concurrent executions.
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
async fn step_has_four_workers_by_default() {
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
async fn workers_bound_concurrent_executions_per_run() {
    // The limit is per step and per run.
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
async fn queue_is_first_in_first_out() {
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
            // The workers do not finish in turns.
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
async fn ten_thousand_executions_run_concurrently() {
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
async fn ten_thousand_executions_are_cancelled_at_once() {
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

#[tokio::test(start_paused = true)]
async fn runs_of_one_instance_share_no_data() {
    #[event]
    struct More(u32);

    #[workflow(state = Vec<u32>, stream = u32)]
    struct Collect;
    #[workflow]
    impl Collect {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> More {
            More(n)
        }
        #[step]
        async fn more(&self, ctx: &Context<Self>, More(n): More) -> OneOf<More, Stop<Vec<u32>>> {
            sleep(ms(1)).await;
            ctx.publish(n);
            ctx.state().update(|seen| seen.push(n));
            if n % 10 == 0 { Stop(ctx.state().get()).emit() } else { More(n - 1).emit() }
        }
    }
    let workflow = Arc::new(Collect);
    let (a, b) = (workflow.clone().run(12).start(), workflow.clone().run(22).start());
    assert_eq!(a.result().await.unwrap(), [12, 11, 10]);
    assert_eq!(b.result().await.unwrap(), [22, 21, 20]);
    assert_eq!(workflows_tests::published(&b).await, [22, 21, 20]);
    assert_eq!(workflow.run(31).await.unwrap(), [31, 30]);
}

/// Logs when its step starts, and ends on `go`.
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
async fn max_runs_queues_further_runs_in_order() {
    // Queued runs start in order; their handles are available at once.
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
async fn run_timeout_excludes_waiting_for_max_runs() {
    // Five runs of 100 ms, two at a time, each with a timeout of 150 ms.
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
    // The clock is paused: time passes only while all tasks wait.
    assert_eq!(begun.elapsed(), ms(300));
}

#[tokio::test(start_paused = true)]
async fn max_runs_applies_to_in_place_runs() {
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
    // A dropped run frees its turn.
    drop(third);
    let fourth = workflow.run(3).start();
    let_others_run().await;
    assert_eq!(log.take(), [3]);
    fourth.cancel();
}

#[tokio::test(start_paused = true)]
async fn run_cancelled_while_queued_never_starts() {
    let (workflow, _, log) = Two::new();
    let runs = start(&workflow, 0..4);
    let_others_run().await;
    assert_eq!(log.take(), [0, 1]);
    runs[2].cancel();
    assert!(matches!(runs[2].result().await, Err(RunError::Cancelled)), "the queued run ends at once");
    runs[0].cancel();
    let_others_run().await;
    assert_eq!(log.take(), [3], "the third run never starts");
}

#[tokio::test(start_paused = true)]
async fn max_runs_is_per_instance() {
    let (one, _, log_one) = Two::new();
    let (two, _, log_two) = Two::new();
    let _runs = (start(&one, 0..3), start(&two, 0..3));
    let_others_run().await;
    assert_eq!((log_one.take(), log_two.take()), (vec![0, 1], vec![0, 1]));
    // Passed by value, each run has its own instance.
    let log = Log::default();
    let by_value = || Two { log: log.clone(), go: Arc::default() };
    let _runs: Vec<_> = (0..5).map(|n| by_value().run(n).start()).collect();
    let_others_run().await;
    assert_eq!(log.take(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn run_by_the_last_owner_counts_earlier_runs() {
    let (workflow, _, log) = Two::new();
    let _runs = start(&workflow, 0..2);
    let _last = workflow.run(2).start();
    let_others_run().await;
    assert_eq!(log.take(), [0, 1]);
}

#[test]
fn queued_run_is_cancelled_with_its_runtime() {
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
