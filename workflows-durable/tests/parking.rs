//! Runs that only wait leave the memory, and lose nothing.
#![allow(missing_docs)]

use core::time::Duration;
use std::sync::Arc;
use tokio::{sync::Semaphore, time::sleep};
use workflows_durable::{
    DurableRun, Filter, Host, HostError, MemoryStore, ResultError, RunStatus, StepAttempt, Store, StreamItem,
    store::{self, Applied, Change, RunInfo, StoreFuture},
};
use workflows_runtime::{PromptId, prelude::*};

const IDLE: Duration = Duration::from_mins(1);

#[event]
struct Asked {
    topic: String,
}

/// Asks twice: once in the body of a step, and once between steps.
#[workflow(state = u32, stream = u32, timeout = "1h")]
struct Approve;

#[workflow]
impl Approve {
    #[step]
    async fn first(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        Start(topic): Start<String>,
    ) -> Asked {
        ctx.publish(1);
        let yes = ctx.ask_for::<bool>(format!("{topic}?")).await;
        ctx.state().update(|answers| *answers += 1);
        ctx.publish(2);
        Asked { topic: format!("{topic} {yes}") }
    }

    #[step]
    async fn second(&self, Asked { topic }: Asked) -> InputRequired<String> {
        InputRequired(topic)
    }

    #[step]
    async fn done(&self, ctx: &Context<Self>, HumanResponse(number): HumanResponse<u32>) -> Stop<(u32, u32)> {
        ctx.publish(3);
        Stop((number, ctx.state().get()))
    }
}

async fn host_on(store: &MemoryStore) -> Host {
    Host::on(store.clone()).workflow(Approve).idle_after(IDLE).start().await.unwrap()
}

async fn find(host: &Host, id: &str) -> RunInfo {
    host.find(id).await.unwrap().unwrap()
}

/// Waits until a run is parked.
async fn parked(host: &Host, id: &str) -> RunInfo {
    for _ in 0..10_000 {
        let found = find(host, id).await;
        if found.is_parked {
            return found;
        }
        assert!(found.ended.is_none(), "{found:?}");
        sleep(Duration::from_secs(1)).await;
    }
    panic!("the run is not parked");
}

/// Waits until a prompt is stored as open.
async fn prompt(host: &Host, id: &str) -> PromptId {
    for _ in 0..10_000 {
        if let Some(open) = find(host, id).await.prompts.first() {
            return open.id;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("there is no prompt");
}

/// The first execution of each of these steps begins again.
fn resumed(steps: &[&str]) -> StreamItem<u32> {
    StreamItem::Resumed { steps: steps.iter().map(|step| StepAttempt::new(*step, 1, 1)).collect() }
}

/// An item of the first step, or the last one.
fn published(number: u64, item: u32) -> StreamItem<u32> {
    let by = if item == 3 { StepAttempt::new("done", 3, 1) } else { StepAttempt::new("first", 1, 1) };
    StreamItem::Published { number, item, by: Some(by) }
}

async fn start(host: &Host, id: &str) -> DurableRun<Approve> {
    host.run::<Approve>(id.to_owned()).id(id).start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn parked_run_leaves_the_memory_and_comes_back_for_a_message() {
    let store = MemoryStore::new();
    let host = host_on(&store).await;
    let run = start(&host, "a").await;
    let found = parked(&host, "a").await;
    assert_eq!((found.status, found.owner, host.health().running), (RunStatus::Running, None, 0));
    assert_eq!(found.prompts.len(), 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(host.health().parked, 1);
    assert!(host.handle::<Approve>("a").is_none());

    // Through the handle of the first life, and by the id.
    run.send(HumanResponse(true)).key("yes").await.unwrap();
    run.send(HumanResponse(true)).key("yes").await.unwrap();
    let found = parked(&host, "a").await;
    assert_eq!(found.prompts[0].body, "\"a true\"");
    host.answer::<Approve, u32>("a", found.prompts[0].id, 7).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 1));
    assert_eq!(find(&host, "a").await.status, RunStatus::Completed);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(host.health().parked, 0);
}

#[tokio::test(start_paused = true)]
async fn result_and_stream_continue_over_all_lives() {
    let store = MemoryStore::new();
    let host = host_on(&store).await;
    let run = start(&host, "a").await;
    let result = tokio::spawn({
        let run = run.clone();
        async move { run.result().await }
    });
    let items = tokio::spawn(async move {
        let (mut stream, mut items) = (run.stream(), Vec::new());
        while let Some(item) = stream.next().await {
            items.push(item.unwrap());
        }
        items
    });
    parked(&host, "a").await;
    host.answer::<Approve, bool>("a", prompt(&host, "a").await, true).await.unwrap();
    let second = parked(&host, "a").await.prompts[0].id;
    host.answer::<Approve, u32>("a", second, 7).await.unwrap();
    assert_eq!(result.await.unwrap().unwrap(), (7, 1));
    // The first step begins again, and its first item comes again.
    let expected = [published(0, 1), resumed(&["first"]), published(1, 1), published(2, 2)];
    let items = items.await.unwrap();
    assert_eq!(items[..4], expected);
    assert_eq!(items[4..], [resumed(&[]), published(3, 3)]);
}

#[tokio::test(start_paused = true)]
async fn runs_that_come_back_are_not_recovered() {
    #[workflow]
    struct Again;

    #[workflow]
    impl Again {
        #[step]
        async fn ask(&self, Start(()): Start<()>) -> InputRequired<u32> {
            InputRequired(0)
        }
        #[step]
        async fn next(&self, HumanResponse(left): HumanResponse<u32>) -> OneOf<InputRequired<u32>, Stop<()>> {
            if left == 0 { OneOf::B(Stop(())) } else { OneOf::A(InputRequired(left)) }
        }
    }

    let store = MemoryStore::new();
    let host = Host::on(store.clone()).workflow(Again).idle_after(IDLE).start().await.unwrap();
    let run = host.run::<Again>(()).id("a").start().await.unwrap();
    for left in (0..1_000_u32).rev() {
        parked(&host, "a").await;
        host.send::<Again, u32>("a", HumanResponse(left)).await.unwrap();
    }
    run.result().await.unwrap();
    let found = host.recovered();
    assert!(found.resumed.is_empty() && found.refused.is_empty(), "{found:?}");

    // One that is in memory when its host dies is, after it was parked as well.
    host.run::<Again>(()).id("b").start().await.unwrap();
    parked(&host, "b").await;
    host.send::<Again, u32>("b", HumanResponse(1)).await.unwrap();
    while host.handle::<Again>("b").is_none() {
        sleep(Duration::from_millis(1)).await;
    }
    host.stop().await;
    let next = Host::on(store).workflow(Again).idle_after(IDLE).start().await.unwrap();
    assert_eq!(next.recovered().resumed, ["b"]);
}

/// In real time: the time that a run was away is measured by the clock of the system.
#[tokio::test]
async fn timeout_ends_a_parked_run() {
    #[workflow(timeout = "2s")]
    struct Wait;

    #[workflow]
    impl Wait {
        #[step]
        async fn ask(&self, Start(()): Start<()>) -> InputRequired<String> {
            InputRequired("?".to_owned())
        }
        #[step]
        async fn end(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
            Stop(yes)
        }
    }

    let idle = Duration::from_millis(20);
    let host = Host::on(MemoryStore::new()).workflow(Wait).idle_after(idle).start().await.unwrap();
    let run = host.run::<Wait>(()).id("a").start().await.unwrap();
    let mut found = find(&host, "a").await;
    while !found.is_parked {
        assert!(found.ended.is_none(), "it has two seconds: {found:?}");
        sleep(Duration::from_millis(1)).await;
        found = find(&host, "a").await;
    }
    assert!(found.due.is_some());
    let error = run.result().await.unwrap_err();
    let is_timeout = matches!(&error, ResultError::Ended { status: RunStatus::TimedOut, .. })
        || matches!(&error, ResultError::Run(RunError::TimedOut { .. }));
    assert!(is_timeout, "{error:?}");
    assert_eq!(find(&host, "a").await.status, RunStatus::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn parked_run_can_be_cancelled() {
    let store = MemoryStore::new();
    let host = host_on(&store).await;
    let run = start(&host, "a").await;
    parked(&host, "a").await;
    host.cancel("a").await.unwrap();
    assert!(run.result().await.is_err());
    assert_eq!(find(&host, "a").await.status, RunStatus::Cancelled);
    assert!(matches!(host.cancel("a").await, Err(HostError::Ended(_))));
}

#[tokio::test(start_paused = true)]
async fn start_of_a_host_leaves_parked_runs_in_the_store() {
    let store = MemoryStore::new();
    let host = host_on(&store).await;
    for id in ["a", "b"] {
        start(&host, id).await;
        parked(&host, id).await;
    }
    host.stop().await;
    // What another process stores while there is no host.
    let other = Host::on(store.clone()).start().await.unwrap();
    other.send::<Approve, bool>("b", HumanResponse(true)).await.unwrap();
    other.stop().await;
    let host = host_on(&store).await;
    assert!(host.handle::<Approve>("b").is_some());
    assert!(host.recovered().resumed.is_empty(), "no run has lost its owner");
    assert_eq!(host.health().parked, 1);
    assert!(find(&host, "a").await.is_parked);
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn run_that_continues_soon_is_not_parked() {
    #[event]
    struct Again(u32);

    /// Waits half of the time, again and again.
    #[workflow]
    struct Nap;

    #[workflow]
    impl Nap {
        #[step]
        async fn start(&self, Start(()): Start<()>) -> Again {
            Again(0)
        }
        #[step(retry = Retry::fixed(Duration::from_secs(40)).max_attempts(3))]
        async fn nap(&self, ctx: &Context<Self>, Again(number): Again) -> StepResult<OneOf<Again, Stop<u32>>> {
            if ctx.attempt().number == 1 {
                return Err(StepError::msg("not yet"));
            }
            Ok(if number < 5 { Again(number + 1).emit() } else { Stop(number).emit() })
        }
    }

    let host = Host::on(MemoryStore::new()).workflow(Nap).idle_after(IDLE).start().await.unwrap();
    let run = host.run::<Nap>(()).id("a").start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), 5);
    assert_eq!(find(&host, "a").await.epoch, 1, "it was in memory from its start to its end");
}

/// Messages come at any time: before, while and after a run is parked or taken back.
#[tokio::test(start_paused = true)]
async fn message_at_any_time_counts_once() {
    let store = MemoryStore::new();
    let host = Host::on(store).workflow(Approve).idle_after(Duration::from_millis(40)).start().await.unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let mut runs = Vec::new();
    for number in 0..200_u32 {
        let (host, after) = (host.clone(), [random.u64(0..120), random.u64(0..120)]);
        runs.push(tokio::spawn(async move {
            let id = format!("run-{number}");
            let run = start(&host, &id).await;
            sleep(Duration::from_millis(after[0])).await;
            for _ in 0..2 {
                run.send(HumanResponse(true)).key("first").await.unwrap();
            }
            sleep(Duration::from_millis(after[1])).await;
            while !find(&host, &id).await.prompts.iter().any(|open| open.body.contains("true")) {
                sleep(Duration::from_millis(1)).await;
            }
            host.send::<Approve, u32>(&*id, HumanResponse(number)).key("second").await.unwrap();
            assert_eq!(run.result().await.unwrap(), (number, 1));
            find(&host, &id).await.epoch
        }));
    }
    let mut lives = 0;
    for run in runs {
        lives += run.await.unwrap();
    }
    assert!(lives > 250, "{lives} lives of 200 runs");
    let mut running = Filter::default();
    running.status = Some(RunStatus::Running);
    let left = host.list(running).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// A store in which each commit takes a permit, and waits for one.
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
        Box::pin(async move {
            self.permits.acquire().await.unwrap().forget();
            self.inner().commit(changes).await
        })
    }
}

impl Held {
    fn hold(&self) {
        self.permits.forget_permits(self.permits.available_permits());
    }

    fn release(&self) {
        self.permits.add_permits(1_000);
    }
}

#[tokio::test(start_paused = true)]
async fn run_is_parked_once_its_records_are_durable() {
    // For its start.
    let store = Held { store: MemoryStore::new(), permits: Arc::new(Semaphore::new(1)) };
    let host = Host::on(store.clone()).workflow(Approve).idle_after(IDLE).start().await.unwrap();
    let run = start(&host, "a").await;

    // Its prompt is not durable, so it is not there yet.
    sleep(5 * IDLE).await;
    let found = find(&host, "a").await;
    assert!(!found.is_parked && found.prompts.is_empty() && host.health().running == 1, "{found:?}");
    store.release();
    prompt(&host, "a").await;

    // It leaves the memory, and the store does not know that when the message comes.
    store.hold();
    sleep(5 * IDLE).await;
    assert_eq!(host.health().running, 0);
    assert!(!find(&host, "a").await.is_parked);
    let sent = tokio::spawn({
        let run = run.clone();
        async move { run.send(HumanResponse(true)).key("yes").await }
    });
    sleep(5 * IDLE).await;
    assert!(!sent.is_finished(), "a message is durable before its call returns");
    store.release();
    sent.await.unwrap().unwrap();

    // The message is for the next life, which waits again.
    let found = parked(&host, "a").await;
    assert_eq!((found.epoch, &*found.prompts[0].body), (2, "\"a true\""));
    host.answer::<Approve, u32>("a", found.prompts[0].id, 7).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn stream_and_result_follow_a_run_to_another_host() {
    let store = MemoryStore::new();
    let one = host_on(&store).await;
    let two = host_on(&store).await;
    let run = start(&one, "a").await;
    let items = tokio::spawn({
        let mut stream = two.stream::<Approve>("a");
        async move {
            let mut items = Vec::new();
            while let Some(item) = stream.next().await {
                items.push(item.unwrap());
            }
            items
        }
    });
    parked(&one, "a").await;
    // The host that takes a message takes the run back.
    two.send::<Approve, bool>("a", HumanResponse(true)).await.unwrap();
    let found = parked(&two, "a").await;
    two.answer::<Approve, u32>("a", found.prompts[0].id, 7).await.unwrap();
    assert_eq!(run.result().await.unwrap(), (7, 1));
    let expected = [published(0, 1), resumed(&["first"]), published(1, 1), published(2, 2)];
    let items = items.await.unwrap();
    assert_eq!(items[..4], expected);
    assert_eq!(items[4..], [resumed(&[]), published(3, 3)]);
}
