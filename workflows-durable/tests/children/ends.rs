//! Children end with their attempt and their parent, and belong to its owner.

use crate::family::*;
use core::time::Duration;
use std::sync::{Arc, Mutex};
use tokio::time::sleep;
use workflows_durable::{Filter, Host, HostError, MemoryStore, RunStatus, Store};
use workflows_runtime::prelude::*;

#[tokio::test(start_paused = true)]
async fn cancelled_parent_cancels_its_children() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let host = host(&store, parent(&done, 1)).await;
    let run = start(&host, "a", 5).await;
    prompt(&host, "a/1/1").await;
    host.cancel("a").await.unwrap();
    assert!(run.result().await.is_err());
    until(&host, "a/1/1", |child| child.status == RunStatus::Cancelled).await;
    while host.health().running > 0 {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(find(&host, "a").await.status, RunStatus::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn child_that_is_cancelled_by_its_id_is_found_as_cancelled() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = host(&store, parent(&done, 0)).await;
    let _run = start(&first, "a", 5).await;
    prompt(&first, "a/1/1").await;
    first.cancel("a/1/1").await.unwrap();
    while count(&done, "had the child") == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    first.stop().await;
    let second = host(&store, parent(&done, 1)).await;
    let run = second.handle::<Parent>("a").unwrap();
    // The first attempt fails at once, and the second one has a child of its own.
    answer(&second, "a/1.2/1", 1).await;
    assert_eq!(run.result().await.unwrap(), 7);
    assert_eq!(find(&second, "a/1/1").await.status, RunStatus::Cancelled);
}

#[event]
struct Next;

/// Leaves its children behind in each way.
#[workflow]
struct Leaving {
    child: Arc<Child>,
    way: &'static str,
}

#[workflow]
impl Leaving {
    #[step(timeout = "10s", retry = Retry::immediate().max_attempts(2))]
    async fn start(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Next> {
        let child = ctx.run_child(&self.child, 5).start();
        sleep(Duration::from_secs(1)).await;
        match self.way {
            "drop" => {
                drop(child);
                sleep(Duration::from_secs(5)).await;
            }
            "cancel" => {
                child.cancel();
                assert!(matches!(child.await, Err(RunError::Cancelled)));
                sleep(Duration::from_secs(5)).await;
            }
            "timeout" if ctx.attempt().number == 1 => sleep(Duration::from_secs(100)).await,
            "fail" if ctx.attempt().number == 1 => return Err(StepError::msg("not yet")),
            _ => {}
        }
        Ok(Next)
    }

    #[step]
    async fn end(&self, _: Next) -> Stop<()> {
        sleep(Duration::from_secs(100)).await;
        Stop(())
    }
}

async fn leaving(store: &MemoryStore, done: &Log, way: &'static str) -> Host {
    let child = Arc::new(Child { log: Arc::clone(done) });
    let leaving = Leaving { child: Arc::clone(&child), way };
    Host::on(store.clone()).workflow(leaving).workflow(child).start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn child_ends_with_the_attempt_that_has_started_it() {
    for way in ["return", "drop", "cancel", "timeout", "fail"] {
        let (store, done) = (MemoryStore::new(), Log::default());
        let host = leaving(&store, &done, way).await;
        let run = host.run::<Leaving>(()).id("a").start().await.unwrap();
        let child = until(&host, "a/1/1", |child| child.ended.is_some()).await;
        assert_eq!(child.status, RunStatus::Cancelled, "{way}");
        assert!(child.error.unwrap().contains("the step that has started it is over"), "{way}");
        assert!(!run.is_finished());
        if matches!(way, "timeout" | "fail") {
            let second = until(&host, "a/1.2/1", |child| child.ended.is_some()).await;
            assert_eq!(second.status, RunStatus::Cancelled, "{way}");
        }
        run.result().await.unwrap();
        assert_eq!(host.health().running, 0, "{way}");
    }
}

/// A step that begins again makes its decisions again: it does not find a child that it has dropped.
#[tokio::test(start_paused = true)]
async fn dropped_child_is_not_found_again() {
    for way in ["drop", "cancel"] {
        let (store, done) = (MemoryStore::new(), Log::default());
        let first = leaving(&store, &done, way).await;
        let _run = first.run::<Leaving>(()).id("a").start().await.unwrap();
        until(&first, "a/1/1", |child| child.ended.is_some()).await;
        first.stop().await;
        let second = leaving(&store, &done, way).await;
        second.handle::<Leaving>("a").unwrap().result().await.unwrap();
        assert_eq!(count(&done, "begin 5"), 2, "{way}");
        assert_eq!(listed(&second, children_of("a")).await, ["a/1/1"], "{way}: it is replaced");
    }
}

#[tokio::test(start_paused = true)]
async fn child_stays_as_long_as_its_parent() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let parent = parent(&done, 0);
    let child = Arc::clone(&parent.child);
    let last = Arc::clone(&parent.last);
    let host = Host::on(store).workflow(parent).workflow(child).keep_ended(Duration::ZERO).start().await.unwrap();
    let run = start(&host, "a", 5).await;
    answer(&host, "a/1/1", 7).await;
    until(&host, "a/1/1", |child| child.ended.is_some()).await;
    sleep(Duration::from_secs(10)).await;
    assert!(matches!(host.purge("a/1/1").await, Err(HostError::Running(_))));
    last.add_permits(1);
    run.result().await.unwrap();
    sleep(Duration::from_secs(10)).await;
    assert!(listed(&host, Filter::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn host_that_has_lost_its_lease_loses_parent_and_child() {
    let (jumped, done) = (Arc::new(Mutex::new(Duration::ZERO)), Log::default());
    let clock = Arc::clone(&jumped);
    let store = MemoryStore::with_clock(move || std::time::SystemTime::UNIX_EPOCH + *clock.lock().unwrap());
    let first = host(&store, parent(&done, 1)).await;
    let run = start(&first, "a", 5).await;
    prompt(&first, "a/1/1").await;
    *jumped.lock().unwrap() += Duration::from_hours(1);
    let second = host(&store, parent(&done, 1)).await;
    assert_eq!(second.recovered().resumed, ["a"]);
    let continued = second.handle::<Parent>("a").unwrap();
    answer(&second, "a/1/1", 7).await;
    assert_eq!(continued.result().await.unwrap(), 13);
    sleep(Duration::from_secs(10)).await;
    assert!(run.result().await.is_err());
    assert_eq!(first.health().running, 0);
    assert_eq!((count(&done, "had the child"), count(&done, "begin 5")), (1, 1), "the first host never had a result");
}

#[event]
struct Counted(u32);
#[event]
struct Job(u32);
#[event]
struct Done(u32);

/// Counts in its state, and runs twice at a time.
#[workflow(state = u32, max_runs = 2)]
struct Limited {
    log: Log,
}

#[workflow]
impl Limited {
    #[step]
    async fn count(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> Counted {
        log(&self.log, "count");
        ctx.state().update(|sum| *sum += number);
        Counted(number)
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, Counted(number): Counted) -> Stop<u32> {
        sleep(Duration::from_millis(50)).await;
        Stop(ctx.state().get() + number)
    }
}

#[workflow]
struct Crowd {
    limited: Arc<Limited>,
}

#[workflow]
impl Crowd {
    #[step]
    async fn start(&self, Start(jobs): Start<u32>) -> Vec<Job> {
        (0..jobs).map(Job).collect()
    }
    #[step(workers = 8)]
    async fn job(&self, ctx: &Context<Self>, Job(number): Job) -> StepResult<Done> {
        Ok(Done(ctx.run_child(&self.limited, number).state(1_000).await?))
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<u32> {
        Stop(all.iter().map(|Done(sum)| sum).sum())
    }
}

/// Children keep the state that their step has set, and a host that stops begins none that waits for another one to end.
#[tokio::test(start_paused = true)]
async fn children_survive_any_number_of_stops() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let make = async || {
        let limited = Arc::new(Limited { log: Arc::clone(&done) });
        let crowd = Crowd { limited: Arc::clone(&limited) };
        Host::on(store.clone()).workflow(crowd).workflow(limited).start().await.unwrap()
    };
    let mut host = make().await;
    host.run::<Crowd>(20).id("a").start().await.unwrap();
    let mut lives = 1;
    while find(&host, "a").await.ended.is_none() {
        sleep(Duration::from_millis(70)).await;
        host.stop().await;
        host = make().await;
        lives += 1;
        assert!(host.recovered().refused.is_empty() && lives < 100, "{:?}", host.recovered());
    }
    let expected: u32 = (0..20).map(|number| 1_000 + 2 * number).sum();
    assert_eq!(find(&host, "a").await.result, Some(expected.to_string()));
    assert!(lives > 5, "{lives} lives");
    assert_eq!(count(&done, "count"), 20, "each child has begun once");
}

/// A process that dies ends nothing: also not the children of steps that are dropped.
#[test]
fn runtime_that_is_dropped_ends_no_child() {
    for delay in 0..20 {
        let (store, done) = (MemoryStore::new(), Log::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let host = runtime.block_on(async {
            let host = family(&store, &done).await;
            host.run::<Grandparent>(5).id("a").start().await.unwrap();
            sleep(Duration::from_millis(delay / 2)).await;
            host
        });
        drop(runtime);
        drop(host);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let runs = runtime.block_on(store.list(Filter::default())).unwrap();
        assert!(runs.iter().all(|run| run.status == RunStatus::Running), "{runs:?}");
    }
}
