//! Nothing is left running of a step that is dropped.

use crate::common::{Isolated, in_another_process, isolated, line_after, start, watch};
use rustix::process::{Pid, Signal, kill_process};
use std::{process::Command, sync::Arc};
use workflows_runtime::{
    Executors, RunHandle, StepTimedOut,
    isolated::{IsolatedError, Registry},
    prelude::*,
};

pub(crate) fn register(registry: Registry) -> Registry {
    registry
        .workflow(Spin)
        .workflow(Race)
        .workflow(Timed)
        .workflow(Touch)
        .workflow(Spawns)
        .workflow(Finite)
        .workflow(Length)
}

/// Publishes its process, and computes for ever.
#[workflow(stream = u32)]
struct Spin;

#[workflow]
impl Spin {
    #[step]
    #[blocking(cpu, isolated)]
    fn spin(&self, ctx: &Context<Self>, Start(prints): Start<bool>) -> Stop<()> {
        if prints {
            println!("spinning {}", std::process::id());
        }
        ctx.publish(std::process::id());
        loop {
            std::hint::spin_loop();
        }
    }
}

#[workflow]
struct Finite;

#[workflow]
impl Finite {
    #[step]
    #[blocking(cpu, isolated)]
    fn finite(&self, _: Start<()>) -> Stop<u32> {
        Stop(7)
    }
}

#[workflow]
struct Length;

#[workflow]
impl Length {
    #[step]
    #[blocking(cpu, isolated)]
    fn length(&self, Start(text): Start<String>) -> Stop<usize> {
        Stop(text.len())
    }
}

async fn published<W: Workflow<Stream = u32>>(run: &RunHandle<W>) -> u32 {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::Published(id) = event {
            return id;
        }
    }
    panic!("the run has ended: {:?}", run.result().await.err())
}

async fn spinning(test: &Isolated) -> (RunHandle<Spin>, u32) {
    let run = Spin.run(false).executors(&test.executors).start();
    let process = published(&run).await;
    assert_ne!(process, std::process::id());
    (run, process)
}

#[tokio::test]
async fn cancelled_run_kills_its_process() {
    let test = isolated(1).await;
    let (run, process) = spinning(&test).await;
    let process = watch(process);
    run.cancel();
    assert!(run.result().await.is_err());
    process.ended().await;
    assert_eq!(test.metrics().killed, 1);
    test.end().await;
}

/// Creates a file, and computes for ever.
#[workflow]
struct Touch;

#[workflow]
impl Touch {
    #[step]
    #[blocking(cpu, isolated)]
    fn touch(&self, Start(file): Start<String>) -> StepResult<Stop<()>> {
        std::fs::write(file, "")?;
        loop {
            std::hint::spin_loop();
        }
    }
}

#[tokio::test]
async fn dropped_run_kills_its_process() {
    let test = isolated(1).await;
    let file = std::env::temp_dir().join(format!("workflows-touch-{}", std::process::id()));
    let mut run = Box::pin(Touch.run(file.to_string_lossy().into_owned()).executors(&test.executors).into_future());
    while !file.exists() {
        assert!(futures::poll!(&mut run).is_pending());
        tokio::task::yield_now().await;
    }
    let process = watch(test.metrics().pids[0]);
    drop(run);
    process.ended().await;
    std::fs::remove_file(file).unwrap();
    test.end().await;
}

#[tokio::test]
async fn queued_call_of_a_dropped_run_is_withdrawn() {
    let test = isolated(1).await;
    let (run, process) = spinning(&test).await;
    let process = watch(process);
    let queued = Spin.run(false).executors(&test.executors).start();
    while test.metrics().queued == 0 {
        tokio::task::yield_now().await;
    }
    queued.cancel();
    assert!(queued.result().await.is_err());
    assert_eq!((test.metrics().queued, test.metrics().running), (0, 1));
    run.cancel();
    process.ended().await;
    test.end().await;
}

#[workflow(stream = u32)]
struct Race;

#[event]
struct Slow;
#[event]
struct Fast;
#[event]
struct Done(u32);

#[workflow]
impl Race {
    #[step]
    async fn begin(&self, _: Start<()>) -> Vec<OneOf<Slow, Fast>> {
        vec![OneOf::A(Slow), OneOf::B(Fast)]
    }

    #[step]
    #[blocking(cpu, isolated)]
    fn slow(&self, ctx: &Context<Self>, _: Slow) -> Done {
        ctx.publish(std::process::id());
        loop {
            std::hint::spin_loop();
        }
    }

    #[step]
    async fn fast(&self, ctx: &Context<Self>, _: Fast) -> Done {
        // Wins once the other one computes.
        STARTED.notified().await;
        let _ = ctx;
        Done(0)
    }

    #[step]
    async fn end(&self, First([Done(number)]): First<Done, 1>) -> Stop<u32> {
        Stop(number)
    }
}

static STARTED: tokio::sync::Notify = tokio::sync::Notify::const_new();

#[tokio::test]
async fn lost_race_kills_its_process() {
    let test = isolated(1).await;
    let run = Race.run(()).executors(&test.executors).start();
    let process = watch(published(&run).await);
    STARTED.notify_one();
    assert_eq!(run.result().await.unwrap(), 0);
    process.ended().await;
    assert_eq!(test.metrics().killed, 1);
    test.end().await;
}

#[workflow(stream = u32)]
struct Timed;

#[workflow]
impl Timed {
    #[step(workers = 1, timeout = "100ms", retry = Retry::immediate().max_attempts(2))]
    #[blocking(cpu, isolated)]
    fn spin(&self, ctx: &Context<Self>, Start(lock): Start<String>) -> StepResult<Stop<u32>> {
        // Fails if the process of the attempt before still has it.
        let lock = std::fs::File::options().create(true).append(true).open(lock)?;
        lock.try_lock()?;
        if ctx.attempt().number == 2 {
            return Ok(Stop(2));
        }
        ctx.publish(std::process::id());
        loop {
            std::hint::spin_loop();
        }
    }
}

#[tokio::test]
async fn timeout_kills_the_process_before_the_retry_begins() {
    let test = isolated(2).await;
    let lock = std::env::temp_dir().join(format!("workflows-lock-{}", std::process::id()));
    let run = Timed.run(lock.to_string_lossy().into_owned()).executors(&test.executors).start();
    let process = watch(published(&run).await);
    assert_eq!(run.result().await.unwrap(), 2);
    process.ended().await;
    std::fs::remove_file(lock).unwrap();
    test.end().await;
}

#[tokio::test]
async fn timeout_of_a_step_is_its_own_error() {
    #[workflow]
    struct Outer;
    #[workflow]
    impl Outer {
        #[step(timeout = "50ms")]
        async fn outer(&self, ctx: &Context<Self>, _: Start<()>) -> StepResult<Stop<()>> {
            ctx.run_child(Arc::new(Spin), false).await?;
            Ok(Stop(()))
        }
    }
    let test = isolated(1).await;
    let error = Outer.run(()).executors(&test.executors).await.unwrap_err();
    assert!(error.downcast_ref::<StepTimedOut>().is_some(), "{error}");
    assert!(error.downcast_ref::<IsolatedError>().is_none());
    test.end().await;
}

/// Starts a process of its own, and computes for ever.
#[workflow(stream = u32)]
struct Spawns;

#[workflow]
impl Spawns {
    #[step]
    #[blocking(io, isolated)]
    fn spawn(&self, ctx: &Context<Self>, Start(aborts): Start<bool>) -> StepResult<Stop<()>> {
        let child = Command::new("sleep").arg("1000").spawn()?;
        ctx.publish(child.id());
        if aborts {
            // Dies once the test watches the other process.
            drop(std::io::read_to_string(std::fs::File::open("/proc/self/stat")?)?);
            std::process::abort();
        }
        loop {
            std::hint::spin_loop();
        }
    }
}

#[tokio::test]
async fn processes_that_it_started_are_killed_as_well() {
    let test = isolated(1).await;
    let run = Spawns.run(false).executors(&test.executors).start();
    let grandchild = watch(published(&run).await);
    run.cancel();
    grandchild.ended().await;
    test.end().await;
}

#[tokio::test]
async fn process_that_outlives_its_parent_is_not_waited_for() {
    let test = isolated(1).await;
    let error = Spawns.run(true).executors(&test.executors).await.unwrap_err();
    // The grandchild has the connection of stderr, and is killed with its parent.
    assert!(matches!(error.downcast_ref(), Some(IsolatedError::Died { .. })), "{error}");
    test.end().await;
}

#[tokio::test]
async fn dropped_executors_end_their_processes() {
    let test = isolated(1).await;
    let executors = Executors::builder().isolated_processes(1).build().unwrap();
    let run = Spin.run(false).executors(&executors).start();
    let process = watch(published(&run).await);
    run.cancel();
    assert!(run.result().await.is_err());
    drop(executors);
    process.ended().await;
    test.end().await;
}

#[tokio::test]
#[ignore = "the parent in `killed_parent_leaves_no_process`"]
async fn parent_that_is_killed() {
    crate::worker();
    let _ = Spin.run(true).await;
}

#[tokio::test]
async fn killed_parent_leaves_no_process() {
    let test = isolated(1).await;
    let (mut parent, mut lines) = start(&mut in_another_process("kills::parent_that_is_killed"));
    let process = watch(line_after(&mut lines, "spinning ").parse().unwrap());
    parent.kill().unwrap();
    parent.wait().unwrap();
    process.ended().await;
    drop(lines);
    test.end().await;
}

fn send(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(process).unwrap()).unwrap(), signal).unwrap();
}

#[tokio::test]
async fn process_that_dies_before_its_call_is_replaced() {
    let test = isolated(2).await;
    for _ in 0..20 {
        let runs = [0; 2].map(|_| Finite.run(()).executors(&test.executors).start());
        for run in runs {
            assert_eq!(run.result().await.unwrap(), 7);
        }
        // The pool has not heard of their end when it takes one.
        for process in test.metrics().pids {
            send(process, Signal::KILL);
        }
        assert_eq!(Finite.run(()).executors(&test.executors).await.unwrap(), 7);
    }
    assert_eq!(test.metrics().killed, 0);
    test.end().await;
}

#[tokio::test]
async fn process_that_dies_before_it_reads_its_call_is_replaced() {
    let test = isolated(1).await;
    for text in ["short".to_owned(), "long".repeat(1 << 20)] {
        let length = text.len();
        assert_eq!(Length.run(String::new()).executors(&test.executors).await.unwrap(), 0);
        let before = test.metrics();
        send(before.pids[0], Signal::STOP);
        let run = Length.run(text).executors(&test.executors).start();
        while test.metrics().running == 0 {
            tokio::task::yield_now().await;
        }
        // The call is in the socket, as far as it fits.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        send(before.pids[0], Signal::KILL);
        assert_eq!(run.result().await.unwrap(), length);
        let after = test.metrics();
        assert_eq!((after.started - before.started, after.completed - before.completed), (1, 1));
    }
    test.end().await;
}

#[tokio::test]
async fn process_that_dies_while_idle_is_replaced() {
    let test = isolated(1).await;
    for started in 1..4 {
        assert_eq!(Finite.run(()).executors(&test.executors).await.unwrap(), 7);
        assert_eq!(test.metrics().started, started);
        let process = i32::try_from(test.metrics().pids[0]).unwrap();
        kill_process(Pid::from_raw(process).unwrap(), Signal::KILL).unwrap();
        while test.metrics().processes > 0 {
            tokio::task::yield_now().await;
        }
    }
    test.end().await;
}
