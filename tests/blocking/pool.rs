//! The threads and queues of the executors.

use super::{Gate, executors, thread_name};
use std::{
    future::{Future, poll_fn},
    panic::{catch_unwind, panic_any},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context as Task, Poll, Waker},
    thread,
};
use tokio::{
    runtime::{Builder, Handle},
    sync::mpsc::unbounded_channel,
};
use workflows_runtime::{BlockingJob, ExecutorError, Executors, PoolMetrics, Retry, Run, prelude::*};
use workflows_tests::let_others_run;

/// Runs closures on the executors, from a step that is async.
#[workflow]
struct Hops;

type Job = Arc<dyn Fn() + Send + Sync>;

#[workflow]
impl Hops {
    #[step]
    async fn hop(&self, Start(Shared(job, kind)): Start<Shared>) -> Stop<()> {
        match kind {
            Kind::Io => io(job).await,
            Kind::Cpu => cpu(job).await,
        }
        Stop(())
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Io,
    Cpu,
}

/// A job that a snapshot cannot hold.
#[derive(Clone)]
struct Shared(Job, Kind);

impl serde::Serialize for Shared {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("a job"))
    }
}

impl<'de> serde::Deserialize<'de> for Shared {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("a job"))
    }
}

#[blocking(io)]
fn io(job: Job) {
    job();
}

#[blocking(cpu)]
fn cpu(job: Job) {
    job();
}

fn hop(kind: Kind, executors: &Executors, job: impl Fn() + Send + Sync + 'static) -> Run<Hops> {
    Hops.run(Shared(Arc::new(job), kind)).executors(executors)
}

fn metrics(executors: &Executors, name: &str) -> PoolMetrics {
    executors.metrics().into_iter().find(|pool| pool.name == name).unwrap()
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

/// Polls a future once.
fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Task::from_waker(Waker::noop()))
}

#[tokio::test]
async fn queued_call_that_is_not_polled_stops_no_other() {
    for kind in [Kind::Io, Kind::Cpu] {
        let executors = executors(1, 1);
        let (gate, mut control) = Gate::new();
        let first = hop(kind, &executors, move || gate.pass(1)).start();
        assert_eq!(control.started.recv().await, Some(1));
        // Queued by its only poll.
        let ran = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ran);
        let mut idle = pin!(hop(kind, &executors, move || _ = count.fetch_add(1, Ordering::SeqCst)).into_future());
        assert!(poll_once(idle.as_mut()).is_pending());
        let last = hop(kind, &executors, || ()).start();
        control.open.send(()).unwrap();
        first.await.unwrap();
        last.await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 1, "the thread runs it although nothing polls it");
        idle.await.unwrap();
    }
}

/// Panics when it is dropped, unless the thread panics already.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        assert!(thread::panicking(), "dropped");
    }
}

#[blocking(cpu)]
fn returns_a_bomb(gate: Gate, bomb: Bomb) -> Bomb {
    gate.pass(1);
    bomb
}

#[blocking(io)]
fn keeps_a_bomb(gate: Gate, _bomb: Bomb) {
    gate.pass(1);
}

#[blocking(cpu)]
fn throws_a_bomb(gate: Gate, bomb: Bomb) {
    gate.pass(1);
    panic_any(bomb);
}

#[tokio::test]
async fn destructors_that_panic_end_no_thread() {
    async fn abandon<F: Future + Send + 'static>(call: impl FnOnce(Gate, Bomb) -> F)
    where
        F::Output: Send,
    {
        let dropped = Arc::new(AtomicUsize::new(0));
        let (gate, mut control) = Gate::new();
        let task = tokio::spawn(call(gate, Bomb(Arc::clone(&dropped))));
        control.started.recv().await.unwrap();
        task.abort();
        drop(task.await);
        control.open.send(()).unwrap();
        until(|| dropped.load(Ordering::SeqCst) == 1).await;
    }
    abandon(returns_a_bomb).await;
    abandon(keeps_a_bomb).await;
    abandon(throws_a_bomb).await;
    cpu(Arc::new(|| ())).await;
    io(Arc::new(|| ())).await;
}

#[tokio::test]
async fn withdrawn_work_is_dropped_at_once() {
    for kind in [Kind::Io, Kind::Cpu] {
        let executors = executors(1, 1);
        let (gate, mut control) = Gate::new();
        let busy = hop(kind, &executors, move || gate.pass(1)).start();
        assert_eq!(control.started.recv().await, Some(1));
        let data = Arc::new(vec![0_u8; 1000]);
        for _ in 0..500 {
            let data = Arc::clone(&data);
            let mut queued = pin!(hop(kind, &executors, move || assert!(data.is_empty())).into_future());
            assert!(poll_once(queued.as_mut()).is_pending());
        }
        assert_eq!(Arc::strong_count(&data), 1);
        let pool = metrics(&executors, if matches!(kind, Kind::Io) { "io" } else { "cpu" });
        assert_eq!((pool.queued, pool.running), (0, 1));
        control.open.send(()).unwrap();
        busy.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_waits_for_its_own_pool_is_replaced() {
    for kind in [Kind::Io, Kind::Cpu] {
        let executors = executors(1, 1);
        let inner = executors.clone();
        let run = hop(kind, &executors, move || {
            // The first job waits for a second, and that for a third, of a pool with one thread.
            let third = inner.clone();
            let second = hop(kind, &inner, move || {
                Handle::current().block_on(hop(kind, &third, || ()).into_future()).unwrap();
            });
            Handle::current().block_on(second.into_future()).unwrap();
        });
        run.await.unwrap();
        executors.drain().await;
        let pool = metrics(&executors, if matches!(kind, Kind::Io) { "io" } else { "cpu" });
        assert_eq!((pool.running, pool.waiting, pool.completed, pool.limit), (0, 0, 3, 1));
    }
}

/// Waits for itself on the other executor, and on its own.
#[blocking(cpu)]
fn nested_cpu(depth: u32) -> u32 {
    if depth == 0 { 0 } else { Handle::current().block_on(nested_io(depth - 1)) + 1 }
}

#[blocking(io)]
fn nested_io(depth: u32) -> u32 {
    if depth == 0 {
        return 0;
    }
    let both = async { tokio::join!(nested_cpu(depth - 1), nested_io(depth / 2)) };
    let (cpu, io) = futures::executor::block_on(both);
    cpu.max(io) + 1
}

#[workflow]
struct Nested;

#[workflow]
impl Nested {
    #[step]
    #[blocking(cpu)]
    fn nested(&self, Start(depth): Start<u32>) -> Stop<u32> {
        Stop(Handle::current().block_on(nested_cpu(depth)))
    }
}

#[tokio::test]
async fn waits_cross_pools_of_one_in_both_directions() {
    let executors = executors(1, 1);
    let runs: Vec<_> = (0..20).map(|_| Nested.run(6).executors(&executors).start()).collect();
    for run in runs {
        assert_eq!(run.await.unwrap(), 6);
    }
}

#[tokio::test]
async fn a_thread_that_waits_for_a_started_run_is_replaced() {
    for by_value in [true, false] {
        let executors = executors(1, 1);
        let inner = executors.clone();
        let run = hop(Kind::Cpu, &executors, move || {
            let child = hop(Kind::Cpu, &inner, || ()).start();
            if by_value {
                futures::executor::block_on(child.into_future()).unwrap();
            } else {
                futures::executor::block_on(child.result()).unwrap();
            }
        });
        run.start().await.unwrap();
    }
}

#[tokio::test]
async fn a_hundred_parents_wait_for_their_children() {
    let executors = Executors::builder().build().unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let runs: Vec<_> = (0..100)
        .map(|_| {
            let (inner, done) = (executors.clone(), Arc::clone(&done));
            hop(Kind::Io, &executors, move || {
                let done = Arc::clone(&done);
                let child = hop(Kind::Io, &inner, move || _ = done.fetch_add(1, Ordering::SeqCst));
                futures::executor::block_on(child.into_future()).unwrap();
            })
            .start()
        })
        .collect();
    for run in runs {
        run.await.unwrap();
    }
    assert_eq!(done.load(Ordering::SeqCst), 100);
}

#[blocking(cpu, pool = "embed")]
fn on_the_named_pool() -> String {
    thread_name()
}

#[tokio::test]
async fn executors_and_runtime_of_the_run_cross_the_hop() {
    let executors = executors(1, 1);
    for kind in [Kind::Io, Kind::Cpu] {
        let found = Arc::new(Mutex::new(String::new()));
        let name = Arc::clone(&found);
        let run = hop(kind, &executors, move || {
            let spawned = Handle::current().spawn(async { 3 });
            assert_eq!(Handle::current().block_on(spawned).unwrap(), 3);
            *name.lock().unwrap() = Handle::current().block_on(on_the_named_pool());
        });
        run.start().await.unwrap();
        assert_eq!(*found.lock().unwrap(), "wf-embed-0");
    }
}

tokio::task_local! {
    static TENANT: u32;
}

#[tokio::test]
async fn hook_carries_a_task_local() {
    let executors = Executors::builder()
        .carry(|| {
            let tenant = TENANT.get();
            move |job: BlockingJob<'_>| TENANT.sync_scope(tenant + 1, || job.run())
        })
        .build()
        .unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let tenant = Arc::clone(&seen);
    let run = hop(Kind::Cpu, &executors, move || tenant.store(TENANT.get() as usize, Ordering::SeqCst));
    TENANT.scope(7, run.into_future()).await.unwrap();
    assert_eq!(seen.load(Ordering::SeqCst), 8);
    // Its panic is that of the step.
    let error = hop(Kind::Cpu, &executors, || ()).await.unwrap_err();
    assert!(error.report().to_string().contains("`hop`"), "{error}");
}

#[tokio::test]
async fn hook_that_does_not_run_the_job_fails_the_step() {
    let executors = Executors::builder().carry(|| |job: BlockingJob<'_>| drop(job)).build().unwrap();
    let error = hop(Kind::Io, &executors, || ()).await.unwrap_err();
    assert!(error.to_string().contains("did not run the job"), "{error}");
}

#[tokio::test]
async fn payload_of_a_panic_crosses_unchanged() {
    let call = tokio::spawn(cpu(Arc::new(|| panic_any(42_u8))));
    assert_eq!(call.await.unwrap_err().into_panic().downcast_ref(), Some(&42_u8));
    let call = tokio::spawn(io(Arc::new(|| panic!("no {}", "luck"))));
    assert!(call.await.unwrap_err().to_string().contains("no luck"));
}

#[tokio::test]
#[should_panic(expected = "no luck")]
async fn panic_of_a_call_has_its_message() {
    cpu(Arc::new(|| panic!("no luck"))).await;
}

#[blocking(cpu, pool = "absent")]
fn on_an_absent_pool() {}

#[test]
fn refusal_outside_of_a_run_reaches_the_panic_hook() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let texts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&texts);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.location().is_some_and(|location| location.file().ends_with("hop.rs")) {
            seen.lock().unwrap().push(info.to_string());
        }
    }));
    let result = catch_unwind(|| runtime.block_on(on_an_absent_pool()));
    std::panic::set_hook(hook);
    assert!(result.is_err());
    let texts = texts.lock().unwrap();
    assert!(texts.len() == 1 && texts[0].contains("no pool `absent`"), "{texts:?}");
}

#[event]
struct Part(u32);
#[workflow]
struct Many {
    order: Arc<Mutex<Vec<u32>>>,
}
#[workflow]
impl Many {
    #[step]
    async fn cut(&self, Start((from, parts)): Start<(u32, u32)>) -> Vec<Part> {
        (0..parts).map(|n| Part(from + n)).collect()
    }
    #[step(workers = 100)]
    #[blocking(cpu)]
    fn part(&self, Part(n): Part) -> Part2 {
        self.order.lock().unwrap().push(n);
        Part2(n)
    }
    #[step]
    async fn end(&self, parts: Vec<Part2>) -> Stop<usize> {
        Stop(parts.len())
    }
}
#[event]
struct Part2(u32);

#[tokio::test]
async fn runs_take_turns_in_the_queue() {
    let executors = executors(1, 1);
    let (gate, mut control) = Gate::new();
    let busy = hop(Kind::Cpu, &executors, move || gate.pass(1)).start();
    assert_eq!(control.started.recv().await, Some(1));
    let order = Arc::new(Mutex::new(Vec::new()));

    let many = |range| Many { order: Arc::clone(&order) }.run(range).executors(&executors).start();
    let large = many((0, 50));
    until(|| metrics(&executors, "cpu").queued == 50).await;
    let small = many((100, 2));
    until(|| metrics(&executors, "cpu").queued == 52).await;
    control.open.send(()).unwrap();
    assert_eq!((large.await.unwrap(), small.await.unwrap()), (50, 2));
    busy.await.unwrap();
    let order = order.lock().unwrap();
    assert_eq!(order[..5], [0, 100, 1, 101, 2]);
    let of_large: Vec<_> = order.iter().filter(|n| **n < 100).copied().collect();
    assert_eq!(of_large, (0..50).collect::<Vec<_>>(), "a run's own jobs stay in order");
}

#[tokio::test]
async fn full_queue_refuses_a_call() {
    let executors = Executors::builder().cpu_threads(1).queue_limit(1).build().unwrap();
    let (gate, mut control) = Gate::new();
    let busy = hop(Kind::Cpu, &executors, move || gate.pass(1)).start();
    assert_eq!(control.started.recv().await, Some(1));
    let mut queued = Box::pin(hop(Kind::Cpu, &executors, || ()).into_future());
    assert!(poll_once(queued.as_mut()).is_pending());
    let error = hop(Kind::Cpu, &executors, || ()).await.unwrap_err();
    assert!(matches!(error.find(), Some(ExecutorError::QueueFull { limit: 1, .. })), "{error}");
    assert_eq!(error.to_string(), "step `hop` failed: executor `cpu` has 1 queued jobs, its limit");
    // Withdrawn work makes room.
    drop(queued);
    let next = hop(Kind::Cpu, &executors, || ()).start();
    control.open.send(()).unwrap();
    next.await.unwrap();
    busy.await.unwrap();
}

#[tokio::test]
async fn metrics_count_jobs_and_threads() {
    let executors = executors(2, 1);
    let (gate, mut control) = Gate::new();
    let gate = Arc::new(gate);
    let pass = |n| {
        let gate = Arc::clone(&gate);
        hop(Kind::Cpu, &executors, move || gate.pass(n)).start()
    };
    let first = pass(1);
    assert_eq!(control.started.recv().await, Some(1));
    let second = pass(2);
    until(|| metrics(&executors, "cpu").queued == 1).await;
    let pool = metrics(&executors, "cpu");
    assert_eq!((pool.limit, pool.threads, pool.running, pool.completed), (1, 1, 1, 0));
    assert!(pool.oldest_queued.is_some());
    first.cancel();
    drop(first.result().await);
    assert_eq!(metrics(&executors, "cpu").abandoned, 1);
    control.open.send(()).unwrap();
    assert_eq!(control.started.recv().await, Some(2));
    assert_eq!(metrics(&executors, "cpu").abandoned, 0);
    control.open.send(()).unwrap();
    second.await.unwrap();
    until(|| metrics(&executors, "cpu").running == 0).await;
    let pool = metrics(&executors, "cpu");
    assert_eq!((pool.queued, pool.completed, pool.oldest_queued), (0, 2, None));
}

#[tokio::test]
async fn drain_waits_for_abandoned_jobs() {
    let executors = executors(1, 1);
    let (gate, mut control) = Gate::new();
    let run = hop(Kind::Io, &executors, move || gate.pass(1)).start();
    assert_eq!(control.started.recv().await, Some(1));
    run.cancel();
    drop(run.result().await);
    let mut drained = pin!(executors.drain());
    assert!(poll_once(drained.as_mut()).is_pending());
    control.open.send(()).unwrap();
    drained.await;
    assert_eq!(metrics(&executors, "io").running, 0);
}

#[tokio::test]
async fn thread_names_fit_into_15_bytes() {
    #[blocking(cpu, pool = "embeddings-größe")]
    fn name() -> String {
        thread_name()
    }
    #[workflow]
    struct Name;
    #[workflow]
    impl Name {
        #[step]
        async fn name(&self, _: Start<()>) -> Stop<String> {
            Stop(name().await)
        }
    }
    let executors = Executors::builder().pool("embeddings-größe", 1).build().unwrap();
    assert_eq!(Name.run(()).executors(&executors).await.unwrap(), "wf-embeddings-0");
}

/// Uses a lot of stack.
fn deep(n: u32) -> u32 {
    let room = std::hint::black_box([n; 2048]);
    if n == 0 { room[0] } else { deep(n - 1) + room[7] - n }
}

#[tokio::test]
async fn stack_size_is_that_of_the_builder() {
    let executors = Executors::builder().stack_size(64 << 20).build().unwrap();
    hop(Kind::Cpu, &executors, || assert_eq!(deep(2000), 0)).await.unwrap();
}

#[tokio::test]
async fn full_queue_can_be_retried() {
    #[workflow]
    struct Retried;
    #[workflow]
    impl Retried {
        #[step(retry = Retry::fixed(Duration::ZERO).max_attempts(1_000_000).when(StepError::is::<ExecutorError>))]
        #[blocking(cpu)]
        fn count(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
            Stop(ctx.attempt().number)
        }
    }
    let executors = Executors::builder().cpu_threads(1).queue_limit(0).build().unwrap();
    let error = Retried.run(()).executors(&executors).timeout(Duration::from_millis(1)).await.unwrap_err();
    assert!(!matches!(error, RunError::Failed { .. }), "{error}");
}

#[tokio::test]
async fn hop_yields_to_other_tasks() {
    let (sender, mut receiver) = unbounded_channel();
    let (open, opened) = mpsc::channel::<()>();
    let opened = Mutex::new(opened);
    let mut call = pin!(io(Arc::new(move || _ = opened.lock().unwrap().recv())));
    let polls = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending())).await;
    assert!(polls);
    tokio::spawn(async move { sender.send(()) });
    let_others_run().await;
    receiver.recv().await.unwrap();
    open.send(()).unwrap();
    call.await;
}
