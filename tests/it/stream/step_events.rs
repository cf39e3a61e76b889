//! Step events: hidden by default, and their order.

use tokio::time::sleep;
use workflows_runtime::{Panicked, StepPhase, StepTimedOut, prelude::*};
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

#[tokio::test(start_paused = true)]
async fn step_events_carry_the_error_of_their_attempt() {
    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("busy {0}")]
    struct Busy(u32);

    #[event]
    struct Fetched;

    #[workflow]
    struct Fetch;
    #[workflow]
    impl Fetch {
        #[step(retry = Retry::fixed(ms(10)).max_attempts(4), timeout = "1s")]
        async fn fetch(&self, ctx: &Context<Self>, Start(()): Start<()>) -> anyhow::Result<Fetched> {
            match ctx.attempt().number {
                1 => Err(Busy(1).into()),
                2 => std::future::pending().await,
                3 => panic!("it broke"),
                _ => Ok(Fetched),
            }
        }
        #[step]
        async fn store(&self, _: Fetched) -> Result<Stop<()>, Busy> {
            Err(Busy(5))
        }
        #[catch_error]
        async fn explain(&self, failed: StepFailed) -> Stop<()> {
            assert_eq!(failed.error.find(), Some(&Busy(5)));
            Stop(())
        }
    }
    let run = Fetch.run(()).step_events(true).start();
    let mut errors = Vec::new();
    for event in events_of(&run).await {
        let RunEvent::Step(StepEvent { step, attempt, phase, error, .. }) = event else { continue };
        let fails = matches!(phase, StepPhase::Retrying { .. } | StepPhase::Failed);
        assert_eq!(error.is_some(), fails, "{phase:?}");
        errors.extend(error.map(|error| (step, attempt, error)));
    }
    let texts: Vec<_> = errors.iter().map(|(step, attempt, error)| format!("{step} {attempt}: {error}")).collect();
    assert_eq!(
        texts,
        ["fetch 1: busy 1", "fetch 2: took longer than 1s", "fetch 3: panicked: it broke", "store 1: busy 5"]
    );
    assert_eq!(errors[0].2.downcast_ref(), Some(&Busy(1)));
    assert!(errors[1].2.is::<StepTimedOut>() && errors[2].2.is::<Panicked>() && errors[3].2.is::<Busy>());
}

#[tokio::test(start_paused = true)]
async fn step_events_are_compared_with_their_errors() {
    #[workflow]
    struct Fail;
    #[workflow]
    impl Fail {
        #[step]
        async fn fail(&self, Start(text): Start<String>) -> Result<Stop<()>, String> {
            Err(text)
        }
    }
    let events = async |text: &str| {
        let run = Fail.run(text.to_owned()).step_events(true).start();
        let mut steps = events_of(&run).await;
        steps.retain(|event| matches!(event, RunEvent::Step(_)));
        let step = |event| if let RunEvent::Step(step) = event { Some(step) } else { None };
        steps.into_iter().map(step).collect::<Vec<_>>()
    };
    let first = events("no route").await;
    assert_eq!(first.len(), 2);
    assert_eq!(first, events("no route").await);
    let other = events("busy").await;
    assert_eq!(first[0], other[0]);
    assert_ne!(first[1], other[1]);
}
