//! Timeouts of runs and of executions. All time is virtual.

use std::{future::pending, sync::Arc};
use tokio::time::{Instant, advance, sleep};
use workflows_runtime::{StepTimedOut, prelude::*};
use workflows_tests::{Log, LogOnDrop, events_of, failure, kinds, let_others_run, ms};

fn timed_out(error: RunError) -> (Duration, Vec<&'static str>) {
    match error {
        RunError::TimedOut { after, active_steps, .. } => (after, active_steps),
        other => panic!("not timed out: {other}"),
    }
}

#[event]
struct Item(u32);

/// Takes as many milliseconds as its input.
#[workflow(timeout = "100ms")]
struct Sleep {
    log: Log<&'static str>,
}

#[workflow]
impl Sleep {
    #[step]
    async fn sleep(&self, Start(n): Start<u64>) -> Stop<u64> {
        let _dropped = LogOnDrop(self.log.clone(), "over");
        sleep(ms(n)).await;
        self.log.add("slept");
        Stop(n)
    }
}

#[tokio::test(start_paused = true)]
async fn timed_out_run_names_its_active_steps() {
    // The active step is dropped.
    let log = Log::default();
    let workflow = Arc::new(Sleep { log: log.clone() });
    let begun = Instant::now();
    let error = workflow.clone().run(1000).await.unwrap_err();
    assert_eq!(begun.elapsed(), ms(100));
    assert_eq!(error.to_string(), "timed out after 100ms, while active: sleep");
    assert_eq!(timed_out(error), (ms(100), vec!["sleep"]));
    assert_eq!(log.take(), ["over"]);

    assert_eq!(workflow.run(99).await.unwrap(), 99);
}

#[tokio::test(start_paused = true)]
async fn timeout_is_reported_on_the_stream() {
    let run = Sleep { log: Log::default() }.run(1000).start();
    assert_eq!(kinds(&events_of(&run).await), ["failed: timed out after 100ms, while active: sleep"]);
    assert!(run.is_finished());
    assert!(matches!(run.await, Err(RunError::TimedOut { .. })));
}

#[tokio::test(start_paused = true)]
async fn run_timeout_overrides_that_of_the_workflow() {
    let workflow = Arc::new(Sleep { log: Log::default() });
    assert_eq!(workflow.clone().run(1000).timeout(ms(1001)).await.unwrap(), 1000);
    assert_eq!(timed_out(workflow.clone().run(50).timeout(ms(10)).await.unwrap_err()).0, ms(10));
    // The longest timeout is as good as none.
    assert_eq!(workflow.run(100_000_000).timeout(Duration::MAX).await.unwrap(), 100_000_000);
}

#[tokio::test(start_paused = true)]
async fn run_has_no_timeout_by_default() {
    #[workflow]
    struct Year;
    #[workflow]
    impl Year {
        #[step]
        async fn year(&self, _start: Start<()>) -> Stop<()> {
            sleep(Duration::from_hours(365 * 24)).await;
            Stop(())
        }
    }
    Year.run(()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn timeout_names_running_steps_only() {
    // Each step is named once, in declaration order; steps with queued events only are not named.
    #[workflow]
    struct Several;
    #[workflow]
    impl Several {
        #[step]
        async fn fan(&self, _start: Start<()>) -> (Vec<Item>, Other) {
            ((0..10).map(Item).collect(), Other)
        }
        #[step]
        async fn done(&self, _start: Start<()>) {}
        #[step(workers = 2)]
        async fn work(&self, _item: Item) {
            pending::<()>().await;
        }
        #[step]
        async fn other(&self, _other: Other) -> Stop<()> {
            pending().await
        }
    }
    #[event]
    struct Other;
    let error = Several.run(()).timeout(ms(5)).await.unwrap_err();
    assert_eq!(timed_out(error).1, ["work", "other"]);
}

#[tokio::test(start_paused = true)]
async fn run_timeout_includes_waiting_for_a_response() {
    #[workflow(timeout = "1m")]
    struct Ask;
    #[workflow]
    impl Ask {
        #[step]
        async fn ask(&self, _start: Start<()>) -> InputRequired<()> {
            InputRequired(())
        }
        #[step]
        async fn answer(&self, _answer: HumanResponse<()>) -> Stop<()> {
            Stop(())
        }
    }
    let run = Ask.run(()).start();
    let error = run.result().await.unwrap_err();
    assert_eq!(error.to_string(), "timed out after 60s, with no step active");
    assert_eq!(kinds(&events_of(&run).await)[..2], ["prompt", "idle"]);
}

#[tokio::test(start_paused = true)]
async fn run_that_never_suspends_completes_in_zero_time() {
    #[workflow]
    struct Quick;
    #[workflow]
    impl Quick {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Item {
            Item(n)
        }
        #[step]
        async fn end(&self, Item(n): Item) -> Stop<u32> {
            Stop(n)
        }
    }
    assert_eq!(Quick.run(7).timeout(Duration::ZERO).await.unwrap(), 7);
    assert_eq!(Quick.run(7).timeout(Duration::ZERO).start().await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn loop_without_suspension_times_out() {
    #[workflow]
    struct Forever;
    #[workflow]
    impl Forever {
        #[step]
        async fn begin(&self, _start: Start<()>) -> Item {
            Item(0)
        }
        #[step]
        async fn again(&self, Item(n): Item) -> OneOf<Item, Stop<()>> {
            Item(n.wrapping_add(1)).emit()
        }
    }
    let run = Forever.run(()).timeout(ms(100)).start();
    let_others_run().await;
    assert!(!run.is_finished());
    advance(ms(101)).await;
    assert_eq!(timed_out(run.await.unwrap_err()).0, ms(100));
}

#[tokio::test(start_paused = true)]
async fn self_waking_step_times_out() {
    #[workflow]
    struct Spin;
    #[workflow]
    impl Spin {
        #[step]
        async fn one(&self, _start: Start<()>) {
            pending::<()>().await;
        }
        #[step]
        async fn spin(&self, _start: Start<()>) -> Stop<()> {
            loop {
                workflows_tests::yield_once().await;
            }
        }
    }
    let run = Spin.run(()).timeout(ms(100)).start();
    let_others_run().await;
    advance(ms(101)).await;
    assert_eq!(timed_out(run.await.unwrap_err()).1, ["one", "spin"]);
}

#[tokio::test(start_paused = true)]
async fn completion_precedes_a_simultaneous_timeout() {
    // Completion and timeout are due at the same instant.
    let workflow = Arc::new(Sleep { log: Log::default() });
    assert_eq!(workflow.clone().run(100).await.unwrap(), 100);
    assert_eq!(workflow.run(100).start().await.unwrap(), 100);
}

#[tokio::test(start_paused = true)]
async fn run_timeout_counts_from_its_start() {
    let workflow = Arc::new(Sleep { log: Log::default() });
    for _ in 0..3 {
        assert_eq!(workflow.clone().run(90).await.unwrap(), 90);
    }
    let run = workflow.run(90);
    sleep(ms(1000)).await;
    assert_eq!(run.await.unwrap(), 90, "the clock starts with the run");
}

/// Each item takes that many milliseconds; the step's timeout is 20 ms.
#[workflow]
struct Items {
    log: Log<&'static str>,
}

#[workflow]
impl Items {
    #[step]
    async fn fan(&self, Start(items): Start<Vec<u32>>) -> Vec<Item> {
        items.into_iter().map(Item).collect()
    }
    #[step(timeout = "20ms", workers = 1)]
    async fn work(&self, Item(n): Item) -> Done {
        let _dropped = LogOnDrop(self.log.clone(), "over");
        sleep(ms(n.into())).await;
        self.log.add("worked");
        Done
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[event]
struct Done;

#[tokio::test(start_paused = true)]
async fn timed_out_execution_fails_its_step() {
    let log = Log::default();
    let workflow = Arc::new(Items { log: log.clone() });
    let begun = Instant::now();
    let error = workflow.clone().run(vec![10, 50]).await.unwrap_err();
    assert_eq!(begun.elapsed(), ms(30), "each execution has its own clock");
    let RunError::Failed { source, attempts: 1, elapsed, .. } = &error else { panic!("{error}") };
    assert_eq!(source.downcast_ref::<StepTimedOut>().unwrap().after, ms(20));
    assert_eq!(*elapsed, ms(20));
    assert_eq!(failure(error), ("work", "took longer than 20ms".to_owned()));
    assert_eq!(log.take(), ["worked", "over", "over"]);
}

#[tokio::test(start_paused = true)]
async fn step_timeout_excludes_time_in_the_queue() {
    let workflow = Items { log: Log::default() };
    assert_eq!(workflow.run(vec![15; 10]).await.unwrap(), 10);
}

#[tokio::test(start_paused = true)]
async fn earlier_timeout_wins() {
    let workflow = Arc::new(Items { log: Log::default() });
    let error = workflow.clone().run(vec![50]).timeout(ms(19)).await.unwrap_err();
    assert_eq!(timed_out(error), (ms(19), vec!["work"]));
    let error = workflow.clone().run(vec![50]).timeout(ms(21)).await.unwrap_err();
    assert_eq!(failure(error).0, "work");
    // Both are due at once: the run's timeout was set first.
    let error = workflow.run(vec![50]).timeout(ms(20)).await.unwrap_err();
    assert!(matches!(error, RunError::TimedOut { .. }), "{error}");
}
