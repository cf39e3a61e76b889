//! A run that is interrupted at any poll has the same result after a resume.

use super::{through_bytes, through_json};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::time::sleep;
use workflows_runtime::{RunHandle, Snapshot, SnapshotError, prelude::*};
use workflows_tests::{Attempts, ms, yield_once};

#[event]
struct Item(u32);

type Request<W> = futures::future::BoxFuture<'static, Result<Snapshot<W>, SnapshotError>>;

/// Requests snapshots of its own run while a step is being polled.
pub(crate) struct Tap<W: Workflow> {
    run: OnceLock<Arc<RunHandle<W>>>,
    requests: Mutex<Vec<Request<W>>>,
}

impl<W: Workflow> Tap<W> {
    fn new() -> Arc<Self> {
        Arc::new(Self { run: OnceLock::new(), requests: Mutex::default() })
    }

    fn request(&self) {
        let Some(run) = self.run.get().cloned() else { return };
        let mut request: Request<W> = Box::pin(async move { run.snapshot().await });
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(request.as_mut().poll(&mut cx).is_pending());
        self.requests.lock().unwrap().push(request);
    }

    /// All snapshots that have been taken.
    async fn all(&self) -> Vec<Snapshot<W>> {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        futures::future::join_all(requests).await.into_iter().flatten().collect()
    }
}

#[event]
struct Group(u32);
#[event]
struct Cell(u32, u32);
#[event]
struct Tried(u32, u32);
#[event]
struct Row(u32);
#[event]
struct Extra(u32);
#[event]
struct Fast(u32);
#[event]
struct Left(u32);
#[event]
struct Right(u32);
#[event]
struct Round(u32, u32);

/// Combines nested fan-outs, a race, a join, a loop, sends, collected sets, retries, recoveries and
/// waits.
#[workflow(state = Vec<u32>, timeout = "24h")]
pub(crate) struct Everything {
    pub(crate) tap: Option<Arc<Tap<Self>>>,
}

impl Everything {
    async fn suspend(&self, time: u64) {
        self.tap.iter().for_each(|tap| tap.request());
        yield_once().await;
        self.tap.iter().for_each(|tap| tap.request());
        if time > 0 {
            sleep(ms(time)).await;
            self.tap.iter().for_each(|tap| tap.request());
        }
    }
}

#[workflow]
impl Everything {
    #[step]
    async fn start(&self, Start(n): Start<u32>) -> Vec<Group> {
        self.suspend(1).await;
        (0..n).map(Group).collect()
    }
    #[step(workers = 2)]
    async fn spread(&self, Group(of): Group) -> Vec<Cell> {
        self.suspend(2).await;
        (0..4).map(|n| Cell(of, n)).collect()
    }
    #[step(workers = 3, retry = Attempts(3, Duration::from_millis(20)))]
    async fn flaky(&self, ctx: &Context<Self, (Extra,)>, Cell(of, n): Cell) -> StepResult<Tried> {
        if ctx.attempt().number == 1 {
            ctx.send(Extra(n));
        }
        self.suspend(3).await;
        if n == 1 && ctx.attempt().number < 3 || n == 3 {
            return Err(StepError::msg("not yet"));
        }
        ctx.state().update(|seen| seen.push(of * 10 + n));
        Ok(Tried(of, n))
    }
    #[catch_error(steps(flaky))]
    async fn recover(&self, failed: StepFailed) -> Tried {
        self.suspend(1).await;
        let Some(Cell(of, n)) = failed.input() else { return Tried(0, 0) };
        Tried(of, n + 100 * failed.attempts)
    }
    #[step]
    async fn extra(&self, ctx: &Context<Self>, extra: Extra) {
        self.suspend(1).await;
        if let Some(set) = ctx.collect_as("extra", extra, 3) {
            self.suspend(1).await;
            ctx.state().update(|seen| seen.push(1_000 + u32::try_from(set.len()).unwrap_or_default()));
        }
    }
    #[step]
    async fn row(&self, all: Vec<Tried>) -> Row {
        self.suspend(1).await;
        Row(all.iter().map(|Tried(_, n)| n).sum())
    }
    #[step]
    async fn rows(&self, all: Vec<Row>) -> Vec<Fast> {
        self.suspend(1).await;
        let sum = all.iter().map(|Row(n)| n).sum();
        vec![Fast(sum), Fast(sum + 1)]
    }
    #[step]
    async fn race(&self, Fast(n): Fast) -> Item {
        self.suspend(1 + u64::from(n % 2) * 500).await;
        Item(n)
    }
    #[step]
    async fn first(&self, First([Item(n)]): First<Item, 1>) -> (Left, Right) {
        self.suspend(0).await;
        (Left(n), Right(n))
    }
    #[step]
    async fn pair(&self, Left(a): Left, Right(b): Right) -> Round {
        self.suspend(1).await;
        Round(a + b, 3)
    }
    #[step]
    async fn round(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>, HumanResponse<char>)>,
        Round(sum, left): Round,
    ) -> OneOf<Round, Stop<u32>> {
        self.suspend(1).await;
        let yes = ctx.ask_for::<bool>(left).await;
        self.suspend(1).await;
        let unanswered = ctx.wait_for::<char>().timeout(Duration::from_millis(50)).await.is_err();
        self.suspend(1).await;
        ctx.state().update(|seen| seen.push(2_000 + left));
        let sum = sum + u32::from(yes) + 10 * u32::from(unanswered);
        if left == 0 { Stop(sum).emit() } else { Round(sum, left - 1).emit() }
    }
}

/// Responds with `true` each time the run is idle, until it ends; returns its result and state.
pub(crate) async fn respond(run: &RunHandle<Everything>) -> (u32, Vec<u32>) {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        if let RunEvent::Idle = event {
            // A response without a wait is buffered, and the run becomes idle once more.
            sleep(ms(1)).await;
            run.send(HumanResponse(true)).unwrap();
        }
    }
    let mut seen = run.state().get();
    seen.sort_unstable();
    (run.result().await.unwrap(), seen)
}

#[tokio::test(start_paused = true)]
async fn crash_at_any_poll_does_not_change_the_result() {
    let uninterrupted = Everything { tap: None }.run(2).start();
    let expected = respond(&uninterrupted).await;

    let tap = Tap::new();
    let run = Arc::new(Everything { tap: Some(Arc::clone(&tap)) }.run(2).start());
    assert!(tap.run.set(Arc::clone(&run)).is_ok());
    assert_eq!(respond(&run).await, expected, "snapshots do not affect the run");
    let snapshots = tap.all().await;
    assert!(snapshots.len() > 100, "{}", snapshots.len());

    for (at, snapshot) in snapshots.iter().enumerate() {
        let resumed = Everything { tap: None }.resume(through_bytes(snapshot)).start();
        assert_eq!(respond(&resumed).await, expected, "resumed from snapshot {at}");
    }
    // And at several polls of one run: each resumed run is interrupted at a later snapshot.
    for step in [5, 20] {
        let mut snapshot = snapshots[0].clone();
        for _ in 0..15 {
            let tap = Tap::new();
            let run = Arc::new(Everything { tap: Some(Arc::clone(&tap)) }.resume(through_json(&snapshot)).start());
            assert!(tap.run.set(Arc::clone(&run)).is_ok());
            let outcome = respond(&run).await;
            assert_eq!(outcome, expected, "after several resumes");
            let mut later = tap.all().await;
            if later.len() <= step * 3 {
                break;
            }
            snapshot = later.swap_remove(step * 3);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn step_and_its_state_update_are_snapshotted_together() {
    #[workflow(state = u32)]
    struct Last {
        tap: Option<Arc<Tap<Last>>>,
    }
    #[workflow]
    impl Last {
        #[step]
        async fn count(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Item {
            yield_once().await;
            ctx.state().update(|sum| *sum += n);
            self.tap.iter().for_each(|tap| tap.request());
            Item(n)
        }
        #[step]
        async fn end(&self, ctx: &Context<Self>, Item(n): Item) -> Stop<u32> {
            yield_once().await;
            Stop(ctx.state().get() + n)
        }
    }
    let tap = Tap::new();
    let run = Arc::new(Last { tap: Some(Arc::clone(&tap)) }.run(5).start());
    assert!(tap.run.set(Arc::clone(&run)).is_ok());
    assert_eq!(run.result().await.unwrap(), 10);
    let snapshots = tap.all().await;
    assert_eq!(snapshots.len(), 1);
    assert_eq!(Last { tap: None }.resume(snapshots[0].clone()).await.unwrap(), 10);
}
