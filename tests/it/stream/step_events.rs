//! Step events: hidden by default, and their order.

use tokio::time::sleep;
use workflows_runtime::{StepPhase, prelude::*};
use workflows_tests::{events_of, kinds, ms};

#[event]
struct Item(u32);
#[event]
struct Done(u32);

/// A fan-out with one worker, and a gathering step.
#[workflow(stream = u32)]
struct Fan;

#[workflow]
impl Fan {
    #[step]
    async fn fan(&self, Start(n): Start<u32>) -> Vec<Item> {
        (1..=n).map(Item).collect()
    }
    #[step(workers = 1)]
    async fn work(&self, ctx: &Context<Self>, Item(n): Item) -> Done {
        ctx.publish(n);
        sleep(ms(1)).await;
        Done(n)
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test(start_paused = true)]
async fn step_events_are_hidden_by_default() {
    let run = Fan.run(2).start();
    assert_eq!(kinds(&events_of(&run).await), ["published", "published", "completed"]);
}

#[tokio::test(start_paused = true)]
async fn step_events_arrive_in_order() {
    let run = Fan.run(2).step_events(true).start();
    let events = events_of(&run).await;
    assert_eq!(
        kinds(&events),
        [
            "fan running",
            "fan done",
            "work running",
            "published",
            "work done",
            "work running",
            "published",
            "work done",
            "gather running",
            "gather done",
            "completed",
        ]
    );
    let executions: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            RunEvent::Step(step) if step.phase == StepPhase::Running => Some((step.execution, step.attempt)),
            _ => None,
        })
        .collect();
    assert_eq!(executions, [(1, 1), (2, 1), (3, 1), (4, 1)]);
}

#[tokio::test(start_paused = true)]
async fn step_events_report_failures_and_race_losers() {
    #[event]
    struct Try(u64);
    #[event]
    struct Won(u64);

    #[workflow]
    struct Race;
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Try> {
            vec![Try(1), Try(2)]
        }
        #[step]
        async fn run(&self, Try(n): Try) -> Won {
            sleep(ms(n)).await;
            Won(n)
        }
        #[step]
        async fn won(&self, First([_won]): First<Won, 1>) -> StepResult<Stop<()>> {
            Err(StepError::msg("a tie"))
        }
    }
    let run = Race.run(()).step_events(true).start();
    let mut seen = kinds(&events_of(&run).await);
    assert!(seen.pop().unwrap().contains("a tie"));
    assert_eq!(
        seen,
        [
            "fan running",
            "fan done",
            "run running",
            "run running",
            "run done",
            "run dropped",
            "won running",
            "won failed"
        ]
    );
}
