//! Blocking work whose result is no longer needed: withdrawn, or abandoned.

use super::{Gate, executors};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use workflows_runtime::prelude::*;
use workflows_tests::{events_of, failure, kinds, let_others_run};

/// A blocking step that waits for its test, and a step that ends the run on a response.
#[workflow(stream = u32, state = bool)]
struct Stay {
    gate: Gate,
    ended: UnboundedSender<bool>,
}

#[workflow]
impl Stay {
    #[step]
    #[blocking(io)]
    fn stay(&self, ctx: &Context<Self>, Start(n): Start<u32>) {
        self.gate.pass(n);
        ctx.publish(n);
        self.ended.send(ctx.is_cancelled()).unwrap();
    }
    #[step]
    async fn end(&self, _end: HumanResponse<()>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn abandoned_work_is_reported_and_its_output_discarded() {
    let (gate, mut control) = Gate::new();
    let (ended, mut has_ended) = unbounded_channel();
    let run = Stay { gate, ended }.run(1).step_events(true).executors(&executors(1, 1)).start();
    assert_eq!(control.started.recv().await, Some(1));
    run.send(HumanResponse(())).unwrap();
    run.result().await.unwrap();
    let seen = kinds(&events_of(&run).await);
    assert_eq!(seen, ["stay running", "end running", "end done", "stay abandoned", "completed"]);

    control.open.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(true), "the step sees that it was cancelled");
    assert_eq!(kinds(&events_of(&run).await), seen, "its output is discarded");
}

#[tokio::test]
async fn abandoned_work_is_hidden_without_step_events() {
    let (gate, mut control) = Gate::new();
    let (ended, _has_ended) = unbounded_channel();
    let run = Stay { gate, ended }.run(1).executors(&executors(1, 1)).start();
    control.started.recv().await.unwrap();
    run.cancel();
    assert_eq!(kinds(&events_of(&run).await), ["failed: cancelled"]);
    control.open.send(()).unwrap();
}

#[tokio::test]
async fn abandoned_work_occupies_its_thread_until_it_ends() {
    let executors = executors(1, 1);
    let (gate, mut control) = Gate::new();
    let (ended, mut has_ended) = unbounded_channel();
    let workflow = Arc::new(Stay { gate, ended });
    let first = workflow.clone().run(1).executors(&executors).start();
    assert_eq!(control.started.recv().await, Some(1));
    first.cancel();
    assert!(matches!(first.result().await, Err(RunError::Cancelled)), "the run does not wait for the thread");

    let second = workflow.run(2).executors(&executors).start();
    let_others_run().await;
    assert!(control.started.try_recv().is_err(), "no thread is free");
    control.open.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(true));
    assert_eq!(control.started.recv().await, Some(2));
    control.open.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(false));
    second.cancel();
}

#[tokio::test]
async fn unstarted_work_is_withdrawn() {
    #[workflow]
    struct Queue {
        gate: Gate,
    }
    #[workflow]
    impl Queue {
        #[step]
        #[blocking(cpu)]
        fn work(&self, Start(n): Start<u32>) -> Stop<u32> {
            self.gate.pass(n);
            Stop(n)
        }
    }
    let executors = executors(1, 1);
    let (gate, mut control) = Gate::new();
    let workflow = Arc::new(Queue { gate });
    let runs: Vec<_> =
        (0..3).map(|n| workflow.clone().run(n).step_events(true).executors(&executors).start()).collect();
    assert_eq!(control.started.recv().await, Some(0));
    let_others_run().await;
    runs[1].cancel();
    assert_eq!(kinds(&events_of(&runs[1]).await), ["work running", "failed: cancelled"], "the step is not abandoned");
    control.open.send(()).unwrap();
    assert_eq!(control.started.recv().await, Some(2), "the second run never starts its step");
    control.open.send(()).unwrap();
    assert_eq!(runs[2].result().await.unwrap(), 2);
}

#[tokio::test]
async fn blocking_race_loser_is_cancelled_and_abandoned() {
    #[event]
    struct Try(u32);
    #[event]
    struct Won(u32);

    #[workflow(stream = u32)]
    struct Race {
        gate: Gate,
    }
    #[workflow]
    impl Race {
        #[step]
        async fn fan(&self, _start: Start<()>) -> Vec<Try> {
            vec![Try(1), Try(2)]
        }
        #[step]
        #[blocking(io)]
        fn run(&self, ctx: &Context<Self>, Try(n): Try) -> Won {
            if n == 1 {
                self.gate.pass(n);
            }
            assert_eq!(ctx.is_cancelled(), n == 1);
            ctx.publish(n);
            // Reports that the execution has finished.
            self.gate.started.send(n).unwrap();
            Won(n)
        }
        #[step]
        async fn won(&self, First([Won(n)]): First<Won, 1>) -> InputRequired<u32> {
            InputRequired(n)
        }
        #[step]
        async fn end(&self, _end: HumanResponse<()>) -> Stop<()> {
            Stop(())
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Race { gate }.run(()).step_events(true).executors(&executors(2, 1)).start();
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::InputRequired { prompt: winner, .. } = event {
            assert_eq!(winner, 2);
            break;
        }
    }
    control.open.send(()).unwrap();
    let mut finished = vec![control.started.recv().await, control.started.recv().await, control.started.recv().await];
    finished.sort_unstable();
    assert_eq!(finished, [Some(1), Some(1), Some(2)]);
    run.send(HumanResponse(())).unwrap();
    let all = events_of(&run).await;
    let published: Vec<_> = all.iter().filter(|event| matches!(event, RunEvent::Published(_))).collect();
    assert!(matches!(published[..], [RunEvent::Published(2)]), "{published:?}");
    let phases: Vec<_> = kinds(&all).into_iter().filter(|kind| kind.starts_with("run ")).collect();
    assert_eq!(phases[2..], ["run done", "run dropped", "run abandoned"]);
}

#[tokio::test(start_paused = true)]
async fn timed_out_blocking_step_is_abandoned() {
    #[workflow]
    struct Slow {
        gate: Gate,
    }
    #[workflow]
    impl Slow {
        #[step(timeout = "1h")]
        #[blocking(cpu)]
        fn slow(&self, Start(n): Start<u32>) -> Stop<u32> {
            self.gate.pass(n);
            Stop(n)
        }
    }
    let (gate, mut control) = Gate::new();
    let run = Slow { gate }.run(1).step_events(true).executors(&executors(1, 1)).start();
    control.started.recv().await.unwrap();
    // The run learns that the code has begun, and starts its timeout.
    let_others_run().await;
    tokio::time::advance(Duration::from_hours(2)).await;
    assert_eq!(failure(run.result().await.unwrap_err()), ("slow", "took longer than 3600s".to_owned()));
    let seen = kinds(&events_of(&run).await);
    assert_eq!(seen[..3], ["slow running", "slow abandoned", "slow failed"]);
    control.open.send(()).unwrap();
}

#[tokio::test]
async fn dropped_in_place_run_abandons_its_blocking_work() {
    let (gate, mut control) = Gate::new();
    let (ended, mut has_ended) = unbounded_channel();
    let mut run = Stay { gate, ended }.run(1).executors(&executors(1, 1)).into_future();
    tokio::select! {
        _ = &mut run => panic!("the run waits for its step"),
        started = control.started.recv() => assert_eq!(started, Some(1)),
    }
    drop(run);
    control.open.send(()).unwrap();
    assert_eq!(has_ended.recv().await, Some(true));
}

#[test]
fn runtime_shutdown_cancels_runs_with_blocking_work() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (gate, mut control) = Gate::new();
    let (ended, mut has_ended) = unbounded_channel();
    let run = {
        let _on = runtime.enter();
        Stay { gate, ended }.run(1).start()
    };
    assert_eq!(control.started.blocking_recv(), Some(1));
    runtime.shutdown_background();
    assert!(matches!(futures::executor::block_on(run.into_future()), Err(RunError::Cancelled)));
    control.open.send(()).unwrap();
    assert_eq!(has_ended.blocking_recv(), Some(true));
}
