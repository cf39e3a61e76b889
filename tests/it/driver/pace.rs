//! Runs that suspend and continue many times, and their snapshots.

use std::sync::Arc;
use tokio::sync::Semaphore;
use workflows_runtime::prelude::*;
use workflows_tests::{events_of, let_others_run};

/// Adds up its responses until one is 0.
#[workflow(state = u32)]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn ask(&self, _start: Start<()>) -> InputRequired<u32> {
        InputRequired(0)
    }
    #[step]
    async fn add(
        &self,
        ctx: &Context<Self>,
        HumanResponse(n): HumanResponse<u32>,
    ) -> OneOf<InputRequired<u32>, Stop<u32>> {
        let sum = ctx.state().get() + n;
        ctx.state().set(sum);
        if n == 0 { Stop(sum).emit() } else { InputRequired(sum).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn run_waits_and_continues_3_000_times() {
    let run = Sum.run(()).start();
    let mut events = run.events();
    for sum in 0..3000 {
        assert!(matches!(events.next().await, Some(RunEvent::InputRequired { prompt: n, .. }) if n == sum));
        assert!(matches!(events.next().await, Some(RunEvent::Idle)));
        run.send(HumanResponse(1)).unwrap();
    }
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(run.await.unwrap(), 3000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_from_many_threads_are_all_taken() {
    for _ in 0..100 {
        let run = Arc::new(Sum.run(()).start());
        let send = || {
            let run = Arc::clone(&run);
            std::thread::spawn(move || (0..25).for_each(|_| run.send(HumanResponse(1)).unwrap()))
        };
        let threads = [(); 4].map(|()| send());
        for thread in threads {
            thread.join().unwrap();
        }
        run.send(HumanResponse(0)).unwrap();
        assert_eq!(run.result().await.unwrap(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent_snapshots_can_all_be_resumed() {
    let run = Sum.run(()).start();
    let_others_run().await;
    run.send(HumanResponse(3)).unwrap();
    let_others_run().await;
    let (one, two) = tokio::join!(run.snapshot(), run.snapshot());
    run.send(HumanResponse(0)).unwrap();
    assert_eq!(run.await.unwrap(), 3);
    for snapshot in [one.unwrap(), two.unwrap()] {
        let run = Sum.resume(snapshot).start();
        let_others_run().await;
        run.send(HumanResponse(4)).unwrap();
        let_others_run().await;
        let again = run.snapshot().await.unwrap();
        run.send(HumanResponse(0)).unwrap();
        assert_eq!(run.await.unwrap(), 7);

        let run = Sum.resume(again).step_events(true).start();
        run.send(HumanResponse(0)).unwrap();
        let executions: Vec<_> = events_of(&run).await.iter().filter_map(number).collect();
        assert_eq!(executions, [4, 4], "execution numbers continue after a resume");
    }
}

/// The execution number of a step event.
fn number<W: Workflow>(event: &RunEvent<W>) -> Option<u64> {
    match event {
        RunEvent::Step(step) => Some(step.execution),
        _ => None,
    }
}

#[event]
struct Turn(u32);

/// A loop that suspends in every other iteration.
#[workflow(state = u32)]
struct Chain {
    gate: Arc<Semaphore>,
}

#[workflow]
impl Chain {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> Turn {
        Turn(n)
    }
    #[step]
    async fn turn(&self, ctx: &Context<Self>, Turn(n): Turn) -> OneOf<Turn, Stop<u32>> {
        if n.is_multiple_of(2) {
            self.gate.acquire().await.unwrap().forget();
        }
        let turns = ctx.state().get() + 1;
        ctx.state().set(turns);
        if n == 0 { Stop(turns).emit() } else { Turn(n - 1).emit() }
    }
}

#[tokio::test(start_paused = true)]
async fn loop_can_be_resumed_from_each_iteration() {
    let gate = Arc::new(Semaphore::new(0));
    let run = Chain { gate: Arc::clone(&gate) }.run(30).start();
    let mut snapshots = Vec::new();
    for _ in 0..16 {
        let_others_run().await;
        snapshots.push(run.snapshot().await.unwrap());
        gate.add_permits(1);
    }
    assert_eq!(run.await.unwrap(), 31);
    for snapshot in snapshots {
        let run = Chain { gate: Arc::new(Semaphore::new(16)) }.resume(snapshot).step_events(true).start();
        assert_eq!(events_of(&run).await.iter().filter_map(number).max(), Some(32));
        assert_eq!(run.await.unwrap(), 31);
    }
}
