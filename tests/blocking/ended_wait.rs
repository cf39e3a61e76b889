//! Waits of blocking code and of spawned tasks end with their attempt.

use super::executors;
use std::{
    pin::pin,
    sync::{Arc, Mutex},
    thread,
};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};
use workflows_runtime::{Executors, prelude::*};
use workflows_tests::{let_others_run, ms};

type Asking = Context<Gone, (InputRequired<String>, HumanResponse<u32>)>;

/// How blocking code waits for a response.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    WaitFor,
    AskFor,
    Matching,
    OtherExecutor,
    Both,
}

const WAYS: [Way; 5] = [Way::WaitFor, Way::AskFor, Way::Matching, Way::OtherExecutor, Way::Both];

/// Reports its drop, as a guard that blocking code holds while it waits.
struct Guard(mpsc::UnboundedSender<&'static str>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.send("dropped").unwrap();
    }
}

fn wait(ctx: &Asking, way: Way) -> u32 {
    match way {
        Way::WaitFor => Handle::current().block_on(ctx.wait_for::<u32>()),
        Way::AskFor => Handle::current().block_on(ctx.ask_for::<u32>("how many?".to_owned())),
        Way::Matching => Handle::current().block_on(ctx.wait_for::<u32>().matching(|n| *n > 3)),
        Way::OtherExecutor => futures::executor::block_on(ctx.wait_for::<u32>()),
        Way::Both => Handle::current().block_on(async { tokio::join!(ctx.wait_for::<u32>(), ctx.wait_for::<u32>()) }).0,
    }
}

#[blocking(io)]
fn wait_on_io(ctx: Asking, way: Way, guard: Guard) -> u32 {
    let _guard = guard;
    wait(&ctx, way)
}

#[blocking(cpu)]
fn wait_on_cpu(ctx: Asking, way: Way, guard: Guard) -> u32 {
    let _guard = guard;
    wait(&ctx, way)
}

/// Where the blocking code is.
#[derive(Debug, Clone, Copy)]
enum Code {
    IoStep,
    CpuStep,
    IoFunction,
    CpuFunction,
    Statement,
}

const CODES: [Code; 5] = [Code::IoStep, Code::CpuStep, Code::IoFunction, Code::CpuFunction, Code::Statement];

#[event]
struct OnIo;
#[event]
struct OnCpu;
#[event]
struct Async;

#[workflow(timeout = "10m")]
struct Gone {
    code: Code,
    way: Way,
    reports: mpsc::UnboundedSender<&'static str>,
}

impl Gone {
    fn guard(&self) -> Guard {
        self.reports.send("began").unwrap();
        Guard(self.reports.clone())
    }
}

#[workflow]
impl Gone {
    #[step]
    async fn start(&self, _: Start<()>) -> OneOf<OnIo, OnCpu, Async> {
        match self.code {
            Code::IoStep => OnIo.emit(),
            Code::CpuStep => OnCpu.emit(),
            _ => Async.emit(),
        }
    }

    #[step]
    #[blocking(io)]
    fn io(&self, ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>, _: OnIo) -> Stop<u32> {
        let _guard = self.guard();
        Stop(wait(ctx, self.way))
    }

    #[step]
    #[blocking(cpu)]
    fn cpu(&self, ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>, _: OnCpu) -> Stop<u32> {
        let _guard = self.guard();
        Stop(wait(ctx, self.way))
    }

    #[step]
    async fn others(&self, ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>, _: Async) -> Stop<u32> {
        let (ctx, guard) = (ctx.clone(), self.guard());
        let way = self.way;
        if matches!(self.code, Code::IoFunction) {
            return Stop(wait_on_io(ctx, way, guard).await);
        }
        if matches!(self.code, Code::CpuFunction) {
            return Stop(wait_on_cpu(ctx, way, guard).await);
        }
        #[blocking(io)]
        let n = {
            let _guard = guard;
            wait(&ctx, way)
        };
        Stop(n)
    }
}

/// Starts a run whose blocking code waits, on executors with one thread each.
async fn waiting(
    code: Code,
    way: Way,
    executors: &Executors,
) -> (RunHandle<Gone>, mpsc::UnboundedReceiver<&'static str>) {
    let (reports, mut received) = mpsc::unbounded_channel();
    let run = Gone { code, way, reports }.run(()).executors(executors).start();
    assert_eq!(received.recv().await, Some("began"));
    while executors.metrics().iter().all(|pool| pool.waiting == 0) {
        tokio::task::yield_now().await;
    }
    (run, received)
}

async fn waits_end_with_a_cancelled_run() {
    for code in CODES {
        for way in WAYS {
            let executors = executors(1, 1);
            let (run, mut reports) = waiting(code, way, &executors).await;
            run.cancel();
            assert!(matches!(run.result().await, Err(RunError::Cancelled)));
            assert_eq!(reports.recv().await, Some("dropped"), "{code:?} {way:?}");
            executors.drain().await;
        }
    }
}

#[tokio::test]
async fn blocked_wait_ends_with_a_cancelled_run() {
    waits_end_with_a_cancelled_run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocked_wait_ends_with_a_cancelled_run_on_many_threads() {
    waits_end_with_a_cancelled_run().await;
}

#[tokio::test]
async fn blocked_wait_still_receives_its_response() {
    for code in CODES {
        for way in WAYS {
            let executors = executors(1, 1);
            let (run, mut reports) = waiting(code, way, &executors).await;
            run.send(HumanResponse(5)).unwrap();
            if way == Way::Both {
                run.send(HumanResponse(6)).unwrap();
            }
            assert_eq!(run.await.unwrap(), 5, "{code:?} {way:?}");
            assert_eq!(reports.recv().await, Some("dropped"));
        }
    }
}

#[tokio::test]
async fn blocked_wait_ends_with_a_dropped_run() {
    for code in CODES {
        let executors = executors(1, 1);
        let (reports, mut received) = mpsc::unbounded_channel();
        {
            let end = StopOnResponse { reports, inner: code };
            let run = end.run(()).executors(&executors).start();
            assert_eq!(received.recv().await, Some("began"));
            run.send(HumanResponse(())).unwrap();
            run.await.unwrap();
        }
        assert_eq!(received.recv().await, Some("dropped"), "{code:?}");
        executors.drain().await;
    }
}

/// A run that completes while its other step waits in a child.
#[workflow]
struct StopOnResponse {
    reports: mpsc::UnboundedSender<&'static str>,
    inner: Code,
}

#[workflow]
impl StopOnResponse {
    #[step]
    #[blocking(io)]
    fn block(&self, ctx: &Context<Self>, _: Start<()>) {
        let gone = Gone { code: self.inner, way: Way::WaitFor, reports: self.reports.clone() };
        let child = Handle::current().block_on(async { ctx.run_child(gone, ()).start() });
        let _ = Handle::current().block_on(child.result());
    }

    #[step]
    async fn end(&self, _: HumanResponse<()>) -> Stop<()> {
        Stop(())
    }
}

#[tokio::test]
async fn cancelled_in_a_select_comes_before_the_end_of_a_wait() {
    #[workflow(stream = u32)]
    struct Handled {
        handled: mpsc::UnboundedSender<&'static str>,
    }
    #[workflow]
    impl Handled {
        #[step]
        #[blocking(io)]
        fn work(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, biased: Start<bool>) -> Stop<u32> {
            self.handled.send("began").unwrap();
            let n = Handle::current().block_on(async {
                if biased.0 {
                    tokio::select! {
                        biased;
                        n = ctx.wait_for::<u32>() => n,
                        () = ctx.cancelled() => 0,
                    }
                } else {
                    futures::future::select(pin!(ctx.cancelled()), pin!(ctx.wait_for::<u32>())).await;
                    0
                }
            });
            assert_eq!(n, 0);
            self.handled.send("handled").unwrap();
            Stop(n)
        }
    }
    for biased in [true, false] {
        let executors = executors(1, 1);
        let (handled, mut received) = mpsc::unbounded_channel();
        let run = Handled { handled }.run(biased).executors(&executors).start();
        assert_eq!(received.recv().await, Some("began"));
        while executors.metrics()[0].waiting == 0 {
            tokio::task::yield_now().await;
        }
        run.cancel();
        assert_eq!(received.recv().await, Some("handled"));
        executors.drain().await;
    }
}

/// Hands out clones of its context.
#[workflow]
struct Lends {
    contexts: mpsc::UnboundedSender<Context<Lends, (HumanResponse<u32>,)>>,
}

#[workflow]
impl Lends {
    #[step]
    async fn lend(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, Start(stays): Start<bool>) -> InputRequired<u32> {
        self.contexts.send(ctx.clone()).unwrap();
        if stays {
            std::future::pending::<()>().await;
        }
        InputRequired(1)
    }
    #[step]
    async fn end(&self, _: HumanResponse<()>) -> Stop<()> {
        Stop(())
    }
}

async fn lent(stays: bool) -> (RunHandle<Lends>, Context<Lends, (HumanResponse<u32>,)>) {
    let (contexts, mut lent) = mpsc::unbounded_channel();
    let run = Lends { contexts }.run(stays).start();
    let ctx = lent.recv().await.unwrap();
    (run, ctx)
}

async fn message_of(task: JoinHandle<u32>) -> String {
    task.await.unwrap_err().to_string()
}

const MESSAGE: &str = "a wait for a response was cancelled: the attempt of its step has ended";

#[tokio::test]
async fn wait_of_a_task_ends_with_its_attempt() {
    for stays in [true, false] {
        let (run, ctx) = lent(stays).await;
        let other = ctx.clone();
        let task = tokio::spawn(async move { ctx.wait_for::<u32>().await });
        let blocking = tokio::task::spawn_blocking(move || Handle::current().block_on(other.wait_for::<u32>()));
        let_others_run().await;
        assert!(!task.is_finished() && !blocking.is_finished());
        run.cancel();
        assert!(message_of(task).await.ends_with(&format!("panicked with message \"{MESSAGE}\"")));
        assert!(message_of(blocking).await.ends_with(&format!("panicked with message \"{MESSAGE}\"")));
    }
}

#[tokio::test]
async fn wait_of_a_thread_ends_with_its_attempt() {
    let (run, ctx) = lent(true).await;
    let thread = thread::spawn(move || futures::executor::block_on(ctx.wait_for::<u32>()));
    let_others_run().await;
    run.cancel();
    let payload = tokio::task::spawn_blocking(move || thread.join().unwrap_err()).await.unwrap();
    assert_eq!(*payload.downcast::<String>().unwrap(), MESSAGE);
}

#[tokio::test]
async fn wait_that_begins_after_the_end_ends_as_well() {
    for cancel in [true, false] {
        let (run, ctx) = lent(!cancel).await;
        if cancel {
            run.cancel();
        } else {
            run.send(HumanResponse(())).unwrap();
        }
        let _ = run.result().await;
        let task = tokio::spawn(async move { ctx.wait_for::<u32>().await });
        assert!(message_of(task).await.contains(MESSAGE));
    }
}

#[tokio::test(start_paused = true)]
async fn task_of_a_returned_step_continues_until_the_run_ends() {
    let (run, ctx) = lent(false).await;
    let (ticks, mut received) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = ctx.wait_for::<u32>() => panic!("the step has returned"),
                () = ctx.cancelled() => break,
                () = tokio::time::sleep(ms(10)) => ticks.send(()).unwrap(),
            }
        }
    });
    for _ in 0..3 {
        received.recv().await.unwrap();
    }
    run.send(HumanResponse(())).unwrap();
    run.await.unwrap();
    task.await.unwrap();
}

#[tokio::test]
async fn dropped_wait_of_an_old_attempt_leaves_those_of_the_next() {
    #[workflow]
    struct Retried {
        old: mpsc::UnboundedSender<JoinHandle<()>>,
        drop: Arc<tokio::sync::Notify>,
        fail: Arc<tokio::sync::Notify>,
    }
    #[workflow]
    impl Retried {
        #[step(retry = Retry::immediate())]
        async fn work(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, _: Start<()>) -> StepResult<Stop<u32>> {
            if ctx.attempt().number > 1 {
                return Ok(Stop(ctx.wait_for::<u32>().await));
            }
            let (ctx, drop) = (ctx.clone(), Arc::clone(&self.drop));
            let task = tokio::spawn(async move {
                // Never polled again, but dropped while the next attempt waits.
                let mut wait = pin!(ctx.wait_for::<u32>());
                assert!(futures::poll!(&mut wait).is_pending());
                drop.notified().await;
            });
            self.old.send(task).unwrap();
            self.fail.notified().await;
            Err(StepError::msg("again"))
        }
    }
    let (old, mut received) = mpsc::unbounded_channel();
    let (drop, fail) = (Arc::default(), Arc::default());
    let run = Retried { old, drop: Arc::clone(&drop), fail: Arc::clone(&fail) }.run(()).start();
    let task = received.recv().await.unwrap();
    let_others_run().await;
    fail.notify_one();
    let_others_run().await;
    drop.notify_one();
    task.await.unwrap();
    run.send(HumanResponse(4)).unwrap();
    assert_eq!(run.await.unwrap(), 4);
}

#[tokio::test]
async fn hundred_blocked_waits_occupy_no_thread() {
    let executors = executors(1, 1);
    let mut runs = Vec::new();
    for code in [Code::IoStep, Code::CpuStep].repeat(50) {
        runs.push(waiting(code, Way::AskFor, &executors).await);
    }
    for (run, _) in &runs {
        run.send(HumanResponse(1)).unwrap();
    }
    for (run, _) in runs {
        assert_eq!(run.await.unwrap(), 1);
    }
    executors.drain().await;
}

#[tokio::test(start_paused = true)]
async fn blocked_wait_ends_with_its_timed_out_run() {
    for code in CODES {
        let executors = executors(1, 1);
        let (run, mut received) = waiting(code, Way::WaitFor, &executors).await;
        tokio::time::advance(Duration::from_hours(1)).await;
        let result = run.result().await;
        assert!(matches!(result, Err(RunError::TimedOut { .. })), "{result:?}");
        assert_eq!(received.recv().await, Some("dropped"));
        executors.drain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn blocked_wait_of_a_timed_out_attempt_ends() {
    #[workflow]
    struct Late {
        go: Mutex<std::sync::mpsc::Receiver<()>>,
        reports: mpsc::UnboundedSender<&'static str>,
    }
    #[workflow]
    impl Late {
        #[step(timeout = "1h", retry = Retry::immediate().max_attempts(2))]
        #[blocking(cpu)]
        fn work(&self, ctx: &Context<Self, (HumanResponse<u32>,)>, _: Start<()>) -> Stop<u32> {
            if ctx.attempt().number == 2 {
                return Stop(2);
            }
            let _guard = Guard(self.reports.clone());
            self.reports.send("began").unwrap();
            // The attempt times out before its wait begins.
            self.go.lock().unwrap().recv().unwrap();
            Stop(Handle::current().block_on(ctx.wait_for::<u32>()))
        }
    }
    let executors = executors(1, 1);
    let (go, waits) = std::sync::mpsc::channel();
    let (reports, mut received) = mpsc::unbounded_channel();
    let run = Late { go: Mutex::new(waits), reports }.run(()).executors(&executors).start();
    assert_eq!(received.recv().await, Some("began"));
    let_others_run().await;
    tokio::time::advance(Duration::from_hours(2)).await;
    let_others_run().await;
    go.send(()).unwrap();
    assert_eq!(received.recv().await, Some("dropped"));
    assert_eq!(run.await.unwrap(), 2, "the worker and the thread are free again");
}
