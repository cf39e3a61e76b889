//! Children that are moved out of their step, or that blocking code waits for.

use super::Child;
use std::{future::pending, sync::Arc, thread};
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc},
    time::sleep,
};
use workflows_runtime::{Run, prelude::*};
use workflows_tests::{Log, ms};

/// Where the child is awaited.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Task,
    TaskOfHandle,
    Thread,
    BlockingStep,
    BlockingStatement,
    TaskOfBlockingStep,
}

const PLACES: [Place; 6] = [
    Place::Task,
    Place::TaskOfHandle,
    Place::Thread,
    Place::BlockingStep,
    Place::BlockingStatement,
    Place::TaskOfBlockingStep,
];

/// Never ends by itself.
#[workflow]
struct Endless {
    reports: mpsc::UnboundedSender<&'static str>,
}

#[workflow]
impl Endless {
    #[step]
    async fn work(&self, _: Start<()>) -> Stop<()> {
        let _guard = Guard(self.reports.clone());
        self.reports.send("began").unwrap();
        pending().await
    }
}

struct Guard(mpsc::UnboundedSender<&'static str>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.send("dropped").unwrap();
    }
}

type ChildResult = Result<(), RunError>;

#[event]
struct Blocking;
#[event]
struct Async;
#[event]
struct Moved;

/// Moves a child, without a clone of the context.
#[workflow]
struct Moves {
    child: Arc<Endless>,
    place: Place,
    /// The step returns while the child runs.
    returns: Arc<Notify>,
    ended: mpsc::UnboundedSender<ChildResult>,
}

impl Moves {
    fn run_of(&self, ctx: &Context<Self>) -> impl Future<Output = ChildResult> + Send + 'static {
        ctx.run_child(&self.child, ()).into_future()
    }
}

#[workflow]
impl Moves {
    #[step]
    async fn start(&self, _: Start<()>) -> OneOf<Blocking, Async> {
        if matches!(self.place, Place::BlockingStep | Place::TaskOfBlockingStep) {
            return Blocking.emit();
        }
        Async.emit()
    }

    #[step]
    async fn work(&self, ctx: &Context<Self>, _: Async) -> Moved {
        let (child, ended) = (self.run_of(ctx), self.ended.clone());
        match self.place {
            Place::Task => drop(tokio::spawn(async move { ended.send(child.await) })),
            Place::TaskOfHandle => {
                let child = ctx.run_child(&self.child, ()).start();
                tokio::spawn(async move { ended.send(child.await) });
            }
            Place::Thread => {
                let runtime = Handle::current();
                thread::spawn(move || ended.send(runtime.block_on(child)));
            }
            _ => {
                #[blocking(cpu)]
                ended.send(Handle::current().block_on(child)).unwrap();
            }
        }
        self.returns.notified().await;
        Moved
    }

    #[step]
    #[blocking(io)]
    fn block(&self, ctx: &Context<Self>, _: Blocking) -> Moved {
        let (child, ended) = (self.run_of(ctx), self.ended.clone());
        if self.place == Place::TaskOfBlockingStep {
            tokio::spawn(async move { ended.send(child.await) });
            Handle::current().block_on(async {
                tokio::select! {
                    () = ctx.cancelled() => {}
                    () = self.returns.notified() => {}
                }
            });
            return Moved;
        }
        ended.send(Handle::current().block_on(child)).unwrap();
        Moved
    }

    #[step]
    async fn stay(&self, _: Moved) -> InputRequired<()> {
        InputRequired(())
    }

    #[step]
    async fn stop(&self, _: HumanResponse<()>) -> Stop<()> {
        Stop(())
    }
}

async fn children_end(end: fn(&RunHandle<Moves>, &Notify), places: &[Place]) {
    for &place in places {
        let (ended, mut received) = mpsc::unbounded_channel();
        let (reports, mut reported) = mpsc::unbounded_channel();
        let returns = Arc::new(Notify::new());
        let child = Arc::new(Endless { reports });
        let run = Moves { child, place, returns: Arc::clone(&returns), ended }.run(()).start();
        assert_eq!(reported.recv().await, Some("began"));
        end(&run, &returns);
        assert_eq!(reported.recv().await, Some("dropped"), "{place:?}");
        let result = received.recv().await.unwrap();
        assert!(matches!(result, Err(RunError::Cancelled)), "{place:?}: {result:?}");
    }
}

const CANCEL: fn(&RunHandle<Moves>, &Notify) = |run, _| run.cancel();
const STOP: fn(&RunHandle<Moves>, &Notify) = |run, _| run.send(HumanResponse(())).unwrap();
const RETURN: fn(&RunHandle<Moves>, &Notify) = |_, returns| returns.notify_one();

#[tokio::test]
async fn moved_child_ends_with_a_cancelled_run() {
    children_end(CANCEL, &PLACES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moved_child_ends_with_a_cancelled_run_on_many_threads() {
    children_end(CANCEL, &PLACES).await;
}

#[tokio::test]
async fn moved_child_ends_with_a_completed_run() {
    children_end(STOP, &PLACES).await;
}

#[tokio::test]
async fn moved_child_ends_when_its_step_returns() {
    let places = [Place::Task, Place::TaskOfHandle, Place::Thread, Place::TaskOfBlockingStep];
    children_end(RETURN, &places).await;
}

/// Hands a child out that has not started.
#[workflow]
struct Lends {
    child: Arc<Child>,
    runs: mpsc::UnboundedSender<Run<Child>>,
}

#[workflow]
impl Lends {
    #[step]
    async fn lend(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<()> {
        for _ in 0..3 {
            self.runs.send(ctx.run_child(&self.child, 0)).unwrap();
        }
        Stop(())
    }
}

#[tokio::test]
async fn child_that_starts_after_its_step_is_refused() {
    let (runs, mut received) = mpsc::unbounded_channel();
    let log = Log::default();
    Lends { child: Arc::new(Child { log: log.clone() }), runs }.run(()).await.unwrap();
    let mut next = || received.try_recv().unwrap();
    assert!(matches!(next().await, Err(RunError::Cancelled)));
    assert!(matches!(next().start().await, Err(RunError::Cancelled)));
    let (handle, mut events) = next().start_with_events();
    assert!(matches!(events.next().await, Some(RunEvent::Ended(RunOutcome::Failed(RunError::Cancelled)))));
    assert!(matches!(handle.await, Err(RunError::Cancelled)));
    assert_eq!(log.take(), [""; 0], "no step is executed");
}

#[tokio::test(start_paused = true)]
async fn child_in_its_step_completes() {
    #[workflow]
    struct Both {
        child: Arc<Child>,
    }
    #[workflow]
    impl Both {
        #[step]
        async fn work(&self, ctx: &Context<Self>, _: Start<()>) -> StepResult<Stop<u64>> {
            let started = ctx.run_child(&self.child, 5).start();
            let (_, first) = ctx.run_child(&self.child, 2).await?;
            let moved = tokio::spawn(ctx.run_child(&self.child, 3).into_future());
            sleep(ms(1)).await;
            Ok(Stop(first + started.await?.1 + moved.await??.1))
        }
    }
    let log = Log::default();
    assert_eq!(Both { child: Arc::new(Child { log: log.clone() }) }.run(()).await.unwrap(), 10);
    let mut ended = log.take();
    ended.sort_unstable();
    assert_eq!(ended, ["over 2", "over 3", "over 5"]);
}
