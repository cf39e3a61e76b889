//! Parents that wait for children that wait: parked with them, if the host parks parents.

use crate::{family::*, logged::Logged};
use core::time::Duration;
use std::sync::{Arc, Mutex};
use tokio::{runtime::Handle, sync::Semaphore, time::sleep};
use workflows_durable::{
    Filter, Host, HostBuilder, MemoryStore, ResultError, RunStatus, Store,
    store::{self, Applied, Change, ChangeKind, OwnerId, StoreFuture, StoredRun},
};
use workflows_runtime::{RunId, prelude::*};

const IDLE: Duration = Duration::from_mins(1);

fn parking(store: &(impl Store + Clone), parent: Parent) -> HostBuilder {
    let parent = Arc::new(parent);
    let (child, top) = (Arc::clone(&parent.child), Grandparent { parent: Arc::clone(&parent) });
    Host::on(store.clone()).workflow(top).workflow(parent).workflow(child).idle_after(IDLE).park_parents(true)
}

async fn host_on(store: &(impl Store + Clone), done: &Log) -> Host {
    parking(store, parent(done, 1_000)).start().await.unwrap()
}

/// Waits until a run is parked.
async fn parked(host: &Host, id: &str) {
    let found = until(host, id, |run| run.is_parked).await;
    assert_eq!((found.status, found.owner), (RunStatus::Running, None));
}

#[tokio::test(start_paused = true)]
async fn parent_is_parked_with_its_child_and_comes_back_with_it() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let host = host_on(&store, &done).await;
    let run = start(&host, "a", 5).await;
    parked(&host, "a").await;
    parked(&host, "a/1/1").await;
    sleep(Duration::from_secs(2)).await;
    assert_eq!((host.health().running, host.health().parked), (0, 2));

    answer(&host, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    // Its step has begun again and has found its child, whose first step has not.
    assert_eq!((count(&done, "work"), count(&done, "begin 5"), count(&done, "answered 5")), (2, 1, 1));
    assert_eq!(listed(&host, children_of("a")).await, ["a/1/1"]);
    sleep(Duration::from_secs(2)).await;
    assert_eq!((host.health().running, host.health().parked), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn grandparent_is_parked_with_its_family() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let host = host_on(&store, &done).await;
    let run = host.run::<Grandparent>(5).id("a").start().await.unwrap();
    for id in ["a", "a/1/1", "a/1/1/1/1"] {
        parked(&host, id).await;
    }
    assert_eq!(host.health().running, 0);
    answer(&host, "a/1/1/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!(count(&done, "begin 5"), 1);
}

#[tokio::test(start_paused = true)]
async fn cancelled_parked_parent_ends_its_child() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let host = host_on(&store, &done).await;
    let run = start(&host, "a", 5).await;
    parked(&host, "a").await;
    host.cancel("a").await.unwrap();
    assert!(run.result().await.is_err());
    for id in ["a", "a/1/1"] {
        assert_eq!(find(&host, id).await.status, RunStatus::Cancelled);
    }
    sleep(Duration::from_secs(2)).await;
    assert_eq!(host.health().parked, 0);
}

#[tokio::test(start_paused = true)]
async fn cancelled_parked_child_ends_the_wait_of_its_parent() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let host = host_on(&store, &done).await;
    let run = start(&host, "a", 5).await;
    parked(&host, "a").await;
    host.cancel("a/1/1").await.unwrap();
    // The second attempt has a child of its own.
    answer(&host, "a/1.2/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!(find(&host, "a/1/1").await.status, RunStatus::Cancelled);
}

/// A store that remembers who has claimed runs.
#[derive(Clone, Default)]
struct Claimed {
    store: MemoryStore,
    by: Arc<Mutex<Vec<OwnerId>>>,
}

impl store::StoreWrapper for Claimed {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        self.by.lock().unwrap().push(owner.clone());
        self.inner().claim(owner, runs)
    }
}

#[tokio::test(start_paused = true)]
async fn parked_family_is_taken_back_by_the_host_of_the_message() {
    let (store, done) = (Claimed::default(), Log::default());
    let one = host_on(&store, &done).await;
    let run = start(&one, "a", 5).await;
    parked(&one, "a").await;
    let two = host_on(&store, &done).await;
    assert!(two.recovered().resumed.is_empty());
    answer(&two, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!(*store.by.lock().unwrap(), [two.owner().clone()]);
    assert!(two.recovered().resumed.is_empty(), "no run has lost its owner");
    one.stop().await;
    two.stop().await;
}

#[tokio::test(start_paused = true)]
async fn stopped_host_leaves_a_parked_family_to_the_next_one() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = host_on(&store, &done).await;
    start(&first, "a", 5).await;
    parked(&first, "a").await;
    first.stop().await;
    let second = host_on(&store, &done).await;
    assert!(second.recovered().resumed.is_empty() && second.health().parked == 2);
    answer(&second, "a/1/1", 7).await;
    let found = until(&second, "a", |run| run.ended.is_some()).await;
    assert_eq!(found.result.as_deref(), Some("13"));
}

/// In real time: the time that a run was away is measured by the clock of the system.
#[tokio::test]
async fn timeouts_of_parked_parents_and_children_elapse() {
    #[workflow(timeout = "1s")]
    struct Hasty;
    #[workflow]
    impl Hasty {
        #[step]
        async fn ask(&self, Start(()): Start<()>) -> InputRequired<u32> {
            InputRequired(1)
        }
        #[step]
        async fn end(&self, HumanResponse(answer): HumanResponse<u32>) -> Stop<u32> {
            Stop(answer)
        }
    }
    #[workflow]
    struct Patient;
    #[workflow]
    impl Patient {
        #[step]
        async fn delegate(&self, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<bool> {
            Stop(ctx.run_child(Arc::new(Hasty), ()).await.is_err())
        }
    }
    #[workflow(timeout = "1s")]
    struct Limited {
        child: Arc<Child>,
    }
    #[workflow]
    impl Limited {
        #[step]
        async fn delegate(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
            Ok(Stop(ctx.run_child(&self.child, number).await?))
        }
    }

    let child = Arc::new(Child { log: Log::default() });
    let limited = Limited { child: Arc::clone(&child) };
    let host = Host::on(MemoryStore::new()).workflow(Hasty).workflow(Patient).workflow(limited).workflow(child);
    let host = host.idle_after(Duration::from_millis(20)).park_parents(true).start().await.unwrap();
    let patient = host.run::<Patient>(()).id("patient").start().await.unwrap();
    let limited = host.run::<Limited>(5).id("limited").start().await.unwrap();
    for id in ["patient", "limited"] {
        while !find(&host, id).await.is_parked {
            assert!(find(&host, id).await.ended.is_none(), "it has a second");
            sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(patient.result().await.unwrap(), "its child has timed out");
    assert_eq!(find(&host, "patient/1/1").await.status, RunStatus::TimedOut);
    let error = limited.result().await.unwrap_err();
    let is_timeout = matches!(&error, ResultError::Ended { status: RunStatus::TimedOut, .. })
        || matches!(&error, ResultError::Run(RunError::TimedOut { .. }));
    assert!(is_timeout, "{error:?}");
    assert_eq!(find(&host, "limited/1/1").await.status, RunStatus::Cancelled);
}

/// How a step is busy while its child waits.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
enum Way {
    DoesNotAwait,
    DoesNotAwaitAnyMore,
    ReadsEvents,
    Blocks,
    IsPolled,
    HasTimeout,
    Joins,
    SelectsTheHandle,
}

#[event]
struct Timed(Way);

#[workflow]
struct Busy {
    child: Arc<Child>,
    go: Arc<Semaphore>,
}

impl Busy {
    async fn delegate(&self, ctx: &Context<Self>, way: Way) -> StepResult<u32> {
        let mut child = ctx.run_child(&self.child, 5).start();
        match way {
            Way::DoesNotAwait => drop(self.go.acquire().await?),
            Way::DoesNotAwaitAnyMore => {
                tokio::select! {
                    biased;
                    _ = child.result() => {}
                    () = sleep(Duration::from_millis(1)) => {}
                }
                drop(self.go.acquire().await?);
            }
            Way::ReadsEvents => {
                let mut events = child.events();
                while events.next().await.is_some() {}
            }
            Way::IsPolled => tokio::select! {
                _ = child.result() => {}
                () = async { loop { sleep(IDLE / 2).await } } => {}
            },
            Way::Joins => return Ok(tokio::join!(child, self.go.acquire()).0?),
            Way::SelectsTheHandle => {
                tokio::select! {
                    biased;
                    _ = &mut child => {}
                    () = sleep(Duration::from_millis(1)) => {}
                }
                drop(self.go.acquire().await?);
            }
            Way::Blocks | Way::HasTimeout => {}
        }
        Ok(child.await?)
    }
}

#[blocking(io)]
fn block(ctx: Context<Busy>, child: Arc<Child>) -> Result<u32, RunError> {
    Handle::current().block_on(ctx.run_child(child, 5))
}

#[workflow]
impl Busy {
    #[step]
    async fn work(&self, ctx: &Context<Self>, Start(way): Start<Way>) -> StepResult<OneOf<Timed, Stop<u32>>> {
        Ok(match way {
            Way::HasTimeout => Timed(way).emit(),
            Way::Blocks => Stop(block(ctx.clone(), Arc::clone(&self.child)).await?).emit(),
            way => Stop(self.delegate(ctx, way).await?).emit(),
        })
    }

    #[step(timeout = "1h")]
    async fn timed(&self, ctx: &Context<Self>, Timed(way): Timed) -> StepResult<Stop<u32>> {
        Ok(Stop(self.delegate(ctx, way).await?))
    }
}

async fn busy(way: Way, parks: bool) {
    let (done, go) = (Log::default(), Arc::new(Semaphore::new(0)));
    let child = Arc::new(Child { log: Arc::clone(&done) });
    let busy = Busy { child: Arc::clone(&child), go: Arc::clone(&go) };
    let host = Host::on(MemoryStore::new()).workflow(busy).workflow(child).idle_after(IDLE).park_parents(true);
    let host = host.start().await.unwrap();
    let run = host.run::<Busy>(way).id("a").start().await.unwrap();
    let child = if way == Way::HasTimeout { "a/2/1" } else { "a/1/1" };
    prompt(&host, child).await;
    sleep(10 * IDLE).await;
    assert_eq!(find(&host, child).await.is_parked, parks, "{way:?}");
    answer(&host, child, 7).await;
    until(&host, child, |run| run.ended.is_some()).await;
    go.add_permits(1);
    assert_eq!(run.result().await.unwrap(), 12);
    assert_eq!(find(&host, "a").await.epoch, if parks { 2 } else { 1 }, "{way:?}");
    assert_eq!(count(&done, "begin 5"), 1);
}

#[tokio::test(start_paused = true)]
async fn step_that_does_something_keeps_its_family_in_memory() {
    for way in [Way::DoesNotAwait, Way::DoesNotAwaitAnyMore, Way::ReadsEvents, Way::IsPolled, Way::HasTimeout] {
        busy(way, false).await;
    }
}

#[tokio::test]
async fn blocking_code_that_waits_for_a_child_keeps_its_family_in_memory() {
    let child = Arc::new(Child { log: Log::default() });
    let busy = Busy { child: Arc::clone(&child), go: Arc::new(Semaphore::new(0)) };
    let idle = Duration::from_millis(1);
    let host = Host::on(MemoryStore::new()).workflow(busy).workflow(child).idle_after(idle).park_parents(true);
    let host = host.start().await.unwrap();
    let run = host.run::<Busy>(Way::Blocks).id("a").start().await.unwrap();
    prompt(&host, "a/1/1").await;
    for _ in 0..20 {
        sleep(idle).await;
        assert_eq!(host.health().running, 2);
    }
    answer(&host, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 12);
    assert_eq!(find(&host, "a").await.epoch, 1);
}

#[tokio::test(start_paused = true)]
async fn step_that_awaits_a_child_and_something_else_is_parked() {
    for way in [Way::Joins, Way::SelectsTheHandle] {
        busy(way, true).await;
    }
}

/// Answers come at any time: before, while and after a family is parked or taken back.
#[tokio::test(start_paused = true)]
async fn answer_to_a_child_at_any_time_counts_once() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let host = parking(&store, parent(&done, 1_000)).idle_after(Duration::from_millis(40)).start().await.unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let mut runs = Vec::new();
    for number in 1..=200_u32 {
        let (host, after) = (host.clone(), random.u64(0..120));
        runs.push(tokio::spawn(async move {
            let run = start(&host, &format!("run-{number}"), number).await;
            let child = format!("run-{number}/1/1");
            prompt(&host, &child).await;
            sleep(Duration::from_millis(after)).await;
            for _ in 0..2 {
                host.send::<Child, u32>(&*child, HumanResponse(7)).key("answer").await.unwrap();
            }
            assert_eq!(run.result().await.unwrap(), number + 8);
            find(&host, &format!("run-{number}")).await.epoch
        }));
    }
    let mut lives = 0;
    for run in runs {
        lives += run.await.unwrap();
    }
    assert!(lives > 250, "{lives} lives of 200 runs");
    for number in 1..=200 {
        let counts = [format!("begin {number}"), format!("answered {number}")].map(|what| count(&done, &what));
        assert_eq!(counts, [1, 1], "{number}");
    }
    let mut running = Filter::default();
    running.status = Some(RunStatus::Running);
    assert!(listed(&host, running).await.is_empty());
}

/// A store that holds the starts of some children back.
#[derive(Clone)]
struct Held {
    store: MemoryStore,
    permits: Arc<Semaphore>,
}

impl store::StoreWrapper for Held {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        let is_second = |change: &Change| change.run == *"a/1/2" && matches!(change.kind, ChangeKind::Start { .. });
        Box::pin(async move {
            if changes.iter().any(is_second) {
                let _permit = self.permits.acquire().await.unwrap();
            }
            self.inner().commit(changes).await
        })
    }
}

/// Runs two children at once.
#[workflow]
struct Twice {
    child: Arc<Child>,
}

#[workflow]
impl Twice {
    #[step]
    async fn both(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        let first = ctx.run_child(&self.child, number).start();
        sleep(Duration::from_secs(1)).await;
        let (first, second) = tokio::join!(first, ctx.run_child(&self.child, number + 1));
        Ok(Stop(first? + second?))
    }
}

/// A child that is neither in memory nor in the store must not be forgotten.
#[tokio::test(start_paused = true)]
async fn child_that_is_being_started_keeps_its_family_in_memory() {
    let store = Held { store: MemoryStore::new(), permits: Arc::new(Semaphore::new(0)) };
    let child = Arc::new(Child { log: Log::default() });
    let twice = Twice { child: Arc::clone(&child) };
    let host = Host::on(store.clone()).workflow(twice).workflow(child).idle_after(IDLE).park_parents(true);
    let host = host.start().await.unwrap();
    let run = host.run::<Twice>(5).id("a").start().await.unwrap();
    prompt(&host, "a/1/1").await;
    sleep(10 * IDLE).await;
    assert_eq!(host.health().running, 2);
    store.permits.add_permits(1_000);
    for id in ["a", "a/1/1", "a/1/2"] {
        parked(&host, id).await;
    }
    for id in ["a/1/1", "a/1/2"] {
        answer(&host, id, 7).await;
        until(&host, id, |run| run.ended.is_some()).await;
    }
    assert_eq!(run.result().await.unwrap(), 25);
}

/// What a host commits, when it is cut off before and after each commit of a family that is parked.
#[tokio::test(start_paused = true)]
async fn crash_at_any_commit_of_a_parked_family_loses_nothing() {
    let (store, done) = (Logged::default(), Log::default());
    let host = host_on(&store, &done).await;
    let run = start(&host, "a", 5).await;
    parked(&host, "a").await;
    answer(&host, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    host.stop().await;
    let commits = store.commits.lock().unwrap().len();
    assert!(commits > 6, "{commits}");
    for count in 1..=commits {
        let store = store.after(count).await;
        let host = host_on(&store, &done).await;
        if until(&host, "a", |run| run.ended.is_some() || run.is_parked).await.is_parked {
            answer(&host, "a/1/1", 7).await;
        }
        let found = until(&host, "a", |run| run.ended.is_some()).await;
        assert_eq!(found.result.as_deref(), Some("13"), "after {count} of {commits} commits");
        host.stop().await;
    }
}
