//! The work of the steps of a run, as its handle reports it.

use std::sync::{
    Arc, Mutex,
    mpsc::{Receiver, Sender, channel},
};
use tokio::time::sleep;
use workflows_runtime::{Executors, StepLoad, prelude::*};

#[event]
struct Part(u64);

#[event]
struct Done;

/// `work` takes its number of seconds, and fails at first for each third part.
#[workflow]
struct Busy;

#[workflow]
impl Busy {
    #[step]
    async fn split(&self, Start(parts): Start<u64>) -> Vec<Part> {
        (1..=parts).map(Part).collect()
    }

    #[step(workers = 2, retry = Retry::fixed(Duration::from_mins(1)).max_attempts(2))]
    async fn work(&self, ctx: &Context<Self>, Part(number): Part) -> StepResult<Done> {
        sleep(Duration::from_secs(number)).await;
        if number % 3 == 0 && ctx.attempt().number == 1 { Err("refused".into()) } else { Ok(Done) }
    }

    #[step]
    async fn approve(&self, ctx: &Context<Self, (InputRequired<u64>, HumanResponse<bool>)>, Start(parts): Start<u64>) {
        ctx.ask_for::<bool>(parts).await;
    }

    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// Queued, in the queue of an executor, running, waiting, retrying.
type Counts = [usize; 5];

fn counts(load: &StepLoad) -> (&'static str, Counts) {
    (load.step, [load.queued, load.executor_queue, load.running, load.waiting, load.retrying])
}

async fn loads<W: Workflow>(run: &RunHandle<W>) -> Vec<(&'static str, Counts)> {
    run.step_loads().await.iter().map(counts).collect()
}

#[tokio::test(start_paused = true)]
async fn step_loads_count_each_execution_once() {
    let run = Busy.run(6).start();
    sleep(Duration::from_millis(500)).await;
    let expected =
        |work: Counts, approve: Counts| vec![("split", [0; 5]), ("work", work), ("approve", approve), ("end", [0; 5])];
    assert_eq!(loads(&run).await, expected([4, 0, 2, 0, 0], [0, 0, 0, 1, 0]));
    // Part 1 ends at 1 s, 2 at 2 s, 3 fails at 4 s, 4 ends at 6 s.
    sleep(Duration::from_secs(3)).await;
    assert_eq!(loads(&run).await, expected([2, 0, 2, 0, 0], [0, 0, 0, 1, 0]));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(loads(&run).await, expected([1, 0, 2, 0, 1], [0, 0, 0, 1, 0]));
    run.send(HumanResponse(true)).unwrap();
    // It has its response and a worker.
    assert_eq!(loads(&run).await, expected([1, 0, 2, 0, 1], [0, 0, 1, 0, 0]));
    assert_eq!(run.result().await.unwrap(), 6);
    assert_eq!(loads(&run).await, expected([0; 5], [0; 5]));
}

#[tokio::test(start_paused = true)]
async fn single_execution_is_running() {
    let run = Busy.run(1).start();
    assert_eq!(loads(&run).await.len(), 4);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(loads(&run).await[1], ("work", [0, 0, 1, 0, 0]));
}

/// Blocks until the test allows each part to end.
#[workflow]
struct Slow {
    began: Sender<u64>,
    gate: Arc<Mutex<Receiver<()>>>,
}

#[workflow]
impl Slow {
    #[step]
    async fn split(&self, Start(parts): Start<u64>) -> Vec<Part> {
        (1..=parts).map(Part).collect()
    }

    #[step(workers = 3)]
    #[blocking(cpu)]
    fn work(&self, Part(number): Part) -> Done {
        self.began.send(number).unwrap();
        self.gate.lock().unwrap().recv().unwrap();
        Done
    }

    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

#[tokio::test]
async fn calls_that_wait_for_a_thread_are_not_running() {
    let (began, parts) = channel();
    let (open, gate) = channel();
    let executors = Executors::builder().cpu_threads(1).build().unwrap();
    let slow = Slow { began, gate: Arc::new(Mutex::new(gate)) };
    let run = slow.run(5).executors(&executors).step_events(true).start();
    for (ended, expected) in
        [[2, 2, 1, 0, 0], [1, 2, 1, 0, 0], [0, 2, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0]].into_iter().enumerate()
    {
        // The run makes the next call after it has received the result of the last one.
        while loads(&run).await[1].1 != expected || parts.try_recv() != Ok(ended as u64 + 1) {
            tokio::task::yield_now().await;
        }
        open.send(()).unwrap();
    }
    assert_eq!(run.result().await.unwrap(), 5);
    assert_eq!(loads(&run).await[1], ("work", [0; 5]));
}

#[workflow(max_runs = 1)]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u64>, HumanResponse<bool>)>,
        Start(n): Start<u64>,
    ) -> Stop<bool> {
        Stop(ctx.ask_for(n).await)
    }
}

#[tokio::test(start_paused = true)]
async fn run_without_a_permit_has_no_load() {
    let workflow = Arc::new(Ask);
    let first = workflow.clone().run(1).start();
    first.events().next().await;
    let second = workflow.run(2).start();
    assert_eq!(loads(&first).await, [("ask", [0, 0, 0, 1, 0])]);
    assert_eq!(loads(&second).await, [("ask", [0; 5])]);
    first.cancel();
    assert!(first.result().await.is_err());
    second.events().next().await;
    assert_eq!(loads(&second).await, [("ask", [0, 0, 0, 1, 0])]);
}

#[tokio::test(start_paused = true)]
async fn request_for_loads_does_not_repeat_idle() {
    let (run, mut events) = Ask.run(1).start_with_events();
    for _ in 0..3 {
        sleep(Duration::from_millis(1)).await;
        assert_eq!(loads(&run).await.len(), 1);
    }
    run.send(HumanResponse(true)).unwrap();
    let mut idle = 0;
    while let Some(event) = events.next().await {
        idle += usize::from(matches!(event, RunEvent::Idle));
    }
    assert_eq!(idle, 1);
}

#[tokio::test]
async fn executors_of_a_run_are_its_own() {
    let executors = Executors::builder().cpu_threads(3).build().unwrap();
    let run = Ask.run(1).executors(&executors).start();
    assert_eq!(run.executors().unwrap().metrics()[1].limit, 3);
}
