//! Children of durable runs: stored, found again, and ended with their parents.
#![allow(missing_docs)]

use core::time::Duration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::time::{sleep, timeout};
use workflows_durable::{
    DurableRun, Filter, Host, HostError, MemoryStore, RunInfo, RunStatus, Store,
    store::{self, Applied, Change, StoreFuture},
};
use workflows_runtime::{PromptId, RunId, prelude::*};

/// What steps have done, for all processes of a test.
type Log = Arc<Mutex<Vec<String>>>;

fn log(log: &Log, what: impl Into<String>) {
    log.lock().unwrap().push(what.into());
}

/// How often something was done.
fn count(of: &Log, what: &str) -> usize {
    of.lock().unwrap().iter().filter(|done| *done == what).count()
}

#[event]
struct Begun(u32);

/// Takes two steps, and asks in between. `0` fails.
#[workflow(stream = u32)]
struct Child {
    log: Log,
}

#[workflow]
impl Child {
    #[step]
    async fn begin(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> Begun {
        log(&self.log, format!("begin {number}"));
        ctx.publish(number);
        Begun(number)
    }

    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Begun(number): Begun,
    ) -> StepResult<Stop<u32>> {
        if number == 0 {
            return Err(StepError::msg("nothing to do"));
        }
        let answer = ctx.ask_for::<u32>(number).await;
        log(&self.log, format!("answered {number}"));
        Ok(Stop(number + answer))
    }
}

/// Runs a child in one of its steps.
#[workflow]
struct Parent {
    child: Arc<Child>,
    /// What the step does behind its child, before it returns.
    last: Arc<tokio::sync::Semaphore>,
}

#[workflow]
impl Parent {
    #[step(retry = Retry::fixed(Duration::from_secs(1)).max_attempts(2))]
    async fn work(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        log(&self.child.log, "work");
        let result = ctx.run_child(&self.child, number).await;
        log(&self.child.log, "had the child");
        let _permit = self.last.acquire().await;
        Ok(Stop(result? + 1))
    }
}

fn parent(log: &Log, permits: usize) -> Parent {
    Parent { child: Arc::new(Child { log: Arc::clone(log) }), last: Arc::new(tokio::sync::Semaphore::new(permits)) }
}

async fn host(store: &(impl Store + Clone), parent: Parent) -> Host {
    let child = Arc::clone(&parent.child);
    Host::on(store.clone()).workflow(parent).workflow(child).start().await.unwrap()
}

async fn start(host: &Host, id: &str, number: u32) -> DurableRun<Parent> {
    host.run::<Parent>(number).id(id).start().await.unwrap()
}

async fn find(host: &Host, id: &str) -> RunInfo {
    host.find(id).await.unwrap().unwrap_or_else(|| panic!("there is no run `{id}`"))
}

/// Waits until a run is stored as `is` says.
async fn until(host: &Host, id: &str, is: impl Fn(&RunInfo) -> bool) -> RunInfo {
    for _ in 0..10_000 {
        if let Some(found) = host.find(id).await.unwrap()
            && is(&found)
        {
            return found;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("`{id}` is {:?}", host.find(id).await);
}

async fn prompt(host: &Host, id: &str) -> PromptId {
    until(host, id, |run| !run.prompts.is_empty()).await.prompts[0].id
}

async fn answer(host: &Host, id: &str, answer: u32) {
    let prompt = prompt(host, id).await;
    host.answer::<Child, u32>(id, prompt, answer).await.unwrap();
}

async fn listed(host: &Host, filter: Filter) -> Vec<String> {
    host.list(filter).await.unwrap().into_iter().map(|run| run.id.to_string()).collect()
}

fn children_of(parent: &str) -> Filter {
    let mut filter = Filter::default();
    filter.parent = Some(parent.into());
    filter
}

#[tokio::test(start_paused = true)]
async fn child_is_a_run_of_its_own_in_the_store() {
    let done = Log::default();
    let host = host(&MemoryStore::new(), parent(&done, 1)).await;
    let run = start(&host, "a", 5).await;
    let child = until(&host, "a/1/1", |child| !child.prompts.is_empty()).await;
    assert_eq!((child.parent.as_ref().map(RunId::as_str), &*child.workflow), (Some("a"), "Child"));
    assert_eq!((child.input.as_str(), child.prompts[0].body.as_str()), ("5", "5"));
    assert_eq!(listed(&host, children_of("a")).await, ["a/1/1"]);
    let mut top_level = Filter::default();
    top_level.top_level = true;
    assert_eq!(listed(&host, top_level).await, ["a"]);

    // By its id, also though its parent awaits it in place.
    answer(&host, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    let child = find(&host, "a/1/1").await;
    assert_eq!((child.status, child.result.as_deref()), (RunStatus::Completed, Some("12")));
    let mut items = host.stream::<Child>("a/1/1");
    assert!(items.next().await.is_some_and(|item| item.is_ok()));
}

#[tokio::test(start_paused = true)]
async fn running_child_is_continued_with_its_parent() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = host(&store, parent(&done, 1)).await;
    let run = start(&first, "a", 5).await;
    prompt(&first, "a/1/1").await;
    first.stop().await;
    assert!(run.result().await.is_err(), "a stop ends no run");
    assert_eq!(find(&first, "a/1/1").await.status, RunStatus::Running, "and no child");

    let second = host(&store, parent(&done, 1)).await;
    assert_eq!(second.recovered().resumed, ["a"], "a child is no run without an owner");
    let run = second.handle::<Parent>("a").unwrap();
    answer(&second, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!((count(&done, "work"), count(&done, "begin 5")), (2, 1), "the step begins again, and finds its child");
    assert_eq!(listed(&second, children_of("a")).await, ["a/1/1"]);
    assert_eq!((find(&second, "a/1/1").await.epoch, find(&second, "a").await.epoch), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn result_of_a_child_is_found_again() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = host(&store, parent(&done, 0)).await;
    let _run = start(&first, "a", 5).await;
    answer(&first, "a/1/1", 7).await;
    until(&first, "a/1/1", |child| child.ended.is_some()).await;
    while count(&done, "had the child") == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    first.stop().await;

    let second = host(&store, parent(&done, 1)).await;
    assert_eq!(second.handle::<Parent>("a").unwrap().result().await.unwrap(), 13);
    assert_eq!((count(&done, "work"), count(&done, "begin 5"), count(&done, "answered 5")), (2, 1, 1));
    assert_eq!(listed(&second, children_of("a")).await, ["a/1/1"]);
}

#[tokio::test(start_paused = true)]
async fn error_of_a_child_is_found_again_and_a_retry_has_a_new_child() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = host(&store, parent(&done, 0)).await;
    let _run = start(&first, "a", 0).await;
    until(&first, "a/1/1", |child| child.status == RunStatus::Failed).await;
    while count(&done, "had the child") == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    first.stop().await;

    let second = host(&store, parent(&done, 1)).await;
    let error = second.handle::<Parent>("a").unwrap().result().await.unwrap_err();
    let text = "step `work` failed after 2 attempts: step `ask` failed: nothing to do";
    assert_eq!(error.to_string(), text);
    // The first attempt has found its failed child, and the second one has started another.
    assert_eq!((count(&done, "work"), count(&done, "begin 0")), (3, 2));
    assert_eq!(listed(&second, children_of("a")).await, ["a/1/1", "a/1.2/1"]);
    let children = second.list(children_of("a")).await.unwrap();
    assert!(children.iter().all(|child| child.status == RunStatus::Failed), "{children:?}");
}

#[tokio::test(start_paused = true)]
async fn child_of_a_workflow_that_is_not_hosted_is_a_part_of_its_step() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = Host::on(store.clone()).workflow(parent(&done, 0)).start().await.unwrap();
    let _run = start(&first, "a", 0).await;
    while count(&done, "had the child") == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    first.stop().await;
    let second = Host::on(store).workflow(parent(&done, 1)).start().await.unwrap();
    second.handle::<Parent>("a").unwrap().result().await.unwrap_err();
    assert_eq!((count(&done, "work"), count(&done, "begin 0")), (3, 3), "it begins again with the step");
    assert!(listed(&second, children_of("a")).await.is_empty());
}

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

/// Starts children in an order that is another one in each process, and asks in between.
#[workflow]
struct Many {
    child: Arc<Child>,
    order: Vec<u32>,
}

#[workflow]
impl Many {
    #[step]
    async fn all(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<Vec<(u32, u32)>>> {
        let mut running = Vec::new();
        for number in &self.order {
            running.push((*number, ctx.run_child(&self.child, *number).start()));
        }
        let mut results = Vec::new();
        for (number, run) in running {
            results.push((number, run.await?));
        }
        results.sort_unstable();
        Ok(Stop(results))
    }
}

#[tokio::test(start_paused = true)]
async fn children_are_found_by_their_input_in_any_order() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let child = Arc::new(Child { log: Arc::clone(&done) });
    let many = |order: &[u32]| Many { child: Arc::clone(&child), order: order.to_vec() };
    let first = Host::on(store.clone()).workflow(many(&[1, 2, 3, 3])).workflow(&child).start().await.unwrap();
    let _run = first.run::<Many>(()).id("a").start().await.unwrap();
    for number in 1..=4 {
        prompt(&first, &format!("a/1/{number}")).await;
    }
    answer(&first, "a/1/2", 20).await;
    until(&first, "a/1/2", |child| child.ended.is_some()).await;
    first.stop().await;

    // One of them is not started any more, and another one for the first time.
    let second = Host::on(store).workflow(many(&[3, 4, 3, 2])).workflow(&child).start().await.unwrap();
    let run = second.handle::<Many>("a").unwrap();
    for (id, number) in [("a/1/3", 30), ("a/1/4", 31), ("a/1/5", 40)] {
        answer(&second, id, number).await;
    }
    assert_eq!(run.result().await.unwrap(), [(2, 22), (3, 33), (3, 34), (4, 44)]);
    let begun: HashMap<&str, usize> =
        ["begin 1", "begin 2", "begin 3", "begin 4"].map(|what| (what, count(&done, what))).into();
    assert_eq!(begun, HashMap::from([("begin 1", 1), ("begin 2", 1), ("begin 3", 2), ("begin 4", 1)]));
    assert_eq!(find(&second, "a/1/1").await.status, RunStatus::Cancelled, "the step has not started it again");
}

/// Runs a parent in a step.
#[workflow]
struct Grandparent {
    parent: Arc<Parent>,
}

#[workflow]
impl Grandparent {
    #[step]
    async fn delegate(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        Ok(Stop(ctx.run_child(&self.parent, number).await?))
    }
}

async fn family(store: &(impl Store + Clone), done: &Log) -> Host {
    let parent = Arc::new(parent(done, 1));
    let (child, top) = (Arc::clone(&parent.child), Grandparent { parent: Arc::clone(&parent) });
    Host::on(store.clone()).workflow(top).workflow(parent).workflow(child).start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn children_of_children_continue_with_the_outermost_run() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = family(&store, &done).await;
    let _run = first.run::<Grandparent>(5).id("a").start().await.unwrap();
    let child = until(&first, "a/1/1/1/1", |child| !child.prompts.is_empty()).await;
    assert_eq!(child.parent.unwrap(), "a/1/1");
    first.stop().await;

    let second = family(&store, &done).await;
    assert_eq!(second.recovered().resumed, ["a"]);
    let run = second.handle::<Grandparent>("a").unwrap();
    answer(&second, "a/1/1/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!(count(&done, "begin 5"), 1);

    assert!(matches!(second.purge("a/1/1/1").await, Err(HostError::NotFound(_))));
    second.purge("a").await.unwrap();
    assert!(listed(&second, Filter::default()).await.is_empty(), "children are purged with their parent");
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

/// A step that waits for a child that waits: both stay in memory.
#[tokio::test(start_paused = true)]
async fn parent_and_child_are_not_parked() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let parent = parent(&done, 1);
    let child = Arc::clone(&parent.child);
    let parking = Host::on(store).workflow(parent).workflow(child).idle_after(Duration::from_secs(1));
    let host = parking.start().await.unwrap();
    let run = start(&host, "a", 5).await;
    prompt(&host, "a/1/1").await;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(host.health().running, 2);
    answer(&host, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
    assert_eq!((count(&done, "work"), count(&done, "begin 5")), (1, 1));
}

/// Forwards the prompt of a child, and waits for the response itself.
#[workflow]
struct Forwarding {
    child: Arc<Child>,
}

#[workflow]
impl Forwarding {
    #[step]
    async fn forward(
        &self,
        ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
        Start(number): Start<u32>,
    ) -> StepResult<Stop<u32>> {
        let child = ctx.run_child(&self.child, number).start();
        let mut events = child.events();
        while let Some(event) = events.next().await {
            if let RunEvent::InputRequired { id, prompt, .. } = event {
                let answer = ctx.ask_for::<u32>(prompt).await;
                child.answer(id, answer)?;
            }
        }
        Ok(Stop(child.await?))
    }
}

#[tokio::test(start_paused = true)]
async fn parent_that_waits_for_a_response_is_not_parked_while_its_child_runs() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let child = Arc::new(Child { log: Arc::clone(&done) });
    let make = async || {
        let forwarding = Forwarding { child: Arc::clone(&child) };
        let host = Host::on(store.clone()).workflow(forwarding).workflow(&child).idle_after(Duration::from_secs(1));
        host.start().await.unwrap()
    };
    let first = make().await;
    let _run = first.run::<Forwarding>(5).id("a").start().await.unwrap();
    prompt(&first, "a").await;
    sleep(Duration::from_mins(1)).await;
    assert!(!find(&first, "a").await.is_parked);
    first.stop().await;

    let second = make().await;
    let run = second.handle::<Forwarding>("a").unwrap();
    let open = prompt(&second, "a").await;
    second.answer::<Forwarding, u32>("a", open, 7).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 12);
    assert_eq!(count(&done, "begin 5"), 1);
}

/// Gives its child an id.
#[workflow]
struct Naming {
    child: Arc<Child>,
    id: &'static str,
}

#[workflow]
impl Naming {
    #[step(retry = Retry::immediate().max_attempts(2))]
    async fn start(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        let number = if ctx.attempt().number == 2 { 9 } else { number };
        Ok(Stop(ctx.run_child(&self.child, number).id(self.id).await?))
    }
}

#[tokio::test(start_paused = true)]
async fn child_has_the_id_that_its_step_sets() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let child = Arc::new(Child { log: Arc::clone(&done) });
    let make = async || {
        let naming = Naming { child: Arc::clone(&child), id: "invoice" };
        Host::on(store.clone()).workflow(naming).workflow(&child).start().await.unwrap()
    };
    let first = make().await;
    let _run = first.run::<Naming>(5).id("a").start().await.unwrap();
    let found = until(&first, "invoice", |child| !child.prompts.is_empty()).await;
    assert_eq!(found.parent.unwrap(), "a");
    first.stop().await;
    let second = make().await;
    let run = second.handle::<Naming>("a").unwrap();
    answer(&second, "invoice", 7).await;
    assert_eq!(run.result().await.unwrap(), 12);
    assert_eq!(count(&done, "begin 5"), 1);

    // The next attempt has a child of its own, with the same id. A child of another run does not.
    let error = second.run::<Naming>(5).id("b").start().await.unwrap().result().await.unwrap_err();
    assert!(error.to_string().contains("run `invoice` exists"), "{error}");
    second.purge("a").await.unwrap();
    let itself = second.run::<Naming>(5).id("invoice").start().await.unwrap().result().await.unwrap_err();
    assert!(itself.to_string().contains("run `invoice` exists"), "{itself}");
    second.purge("invoice").await.unwrap();
    let run = second.run::<Naming>(0).id("c").start().await.unwrap();
    answer(&second, "invoice", 1).await;
    assert_eq!(run.result().await.unwrap(), 10, "the child of the failed attempt is replaced");
}

#[tokio::test(start_paused = true)]
async fn parent_is_refused_if_its_child_is_not_hosted_any_more() {
    let (store, done) = (MemoryStore::new(), Log::default());
    let first = host(&store, parent(&done, 1)).await;
    let _run = start(&first, "a", 5).await;
    prompt(&first, "a/1/1").await;
    first.stop().await;
    let second = Host::on(store.clone()).workflow(parent(&done, 1)).start().await.unwrap();
    let refused = second.recovered().refused;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].1, "its child `a/1/1`: workflow `Child` is not hosted");
    second.stop().await;

    let third = host(&store, parent(&done, 1)).await;
    let run = third.handle::<Parent>("a").unwrap();
    answer(&third, "a/1/1", 7).await;
    assert_eq!(run.result().await.unwrap(), 13);
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

/// A store that remembers its commits.
#[derive(Clone, Default)]
struct Logged {
    store: MemoryStore,
    commits: Arc<Mutex<Vec<Arc<[Change]>>>>,
}

impl Logged {
    /// A store with the first `count` commits.
    async fn after(&self, count: usize) -> MemoryStore {
        let commits: Vec<Arc<[Change]>> = self.commits.lock().unwrap()[..count].to_vec();
        let store = MemoryStore::new();
        for changes in commits {
            store.commit(changes).await.unwrap();
        }
        store
    }
}

impl store::StoreWrapper for Logged {
    fn inner(&self) -> &dyn Store {
        &self.store
    }
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        self.commits.lock().unwrap().push(Arc::clone(&changes));
        self.inner().commit(changes)
    }
}

#[event]
struct Page(u32);
#[event]
struct Read(u32);

/// Works in stages of its own.
#[workflow]
struct Sum;

#[workflow]
impl Sum {
    #[step]
    async fn split(&self, Start(number): Start<u32>) -> Vec<Page> {
        (0..3).map(|page| Page(number * 10 + page)).collect()
    }
    #[step(retry = Retry::fixed(Duration::from_millis(2)).max_attempts(3))]
    async fn read(&self, ctx: &Context<Self>, Page(page): Page) -> StepResult<Read> {
        sleep(Duration::from_millis(1)).await;
        if page % 10 == 1 && ctx.attempt().number < 3 {
            return Err(StepError::msg("not yet"));
        }
        Ok(Read(page))
    }
    #[step]
    async fn gather(&self, all: Vec<Read>) -> StepResult<Stop<u32>> {
        let sum = all.iter().map(|Read(page)| page).sum();
        if sum > 100 { Err(StepError::msg(format!("{sum} is too much"))) } else { Ok(Stop(sum)) }
    }
}

#[event]
struct Job(u32);
#[event]
struct Done(u32);
#[event]
struct Raced(u32);
#[event]
struct Won(u32);

/// Children in a fan-out with retries and a handler, one that loses a race, a family, and one in blocking code.
#[workflow(timeout = "24h")]
struct Everything {
    sum: Arc<Sum>,
    middle: Arc<Middle>,
}

#[workflow]
struct Middle {
    sum: Arc<Sum>,
}

#[workflow]
impl Middle {
    #[step]
    async fn both(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        let one = ctx.run_child(&self.sum, number).start();
        let two = ctx.run_child(&self.sum, number + 1).start();
        Ok(Stop(one.await? + two.await?))
    }
}

#[workflow]
impl Everything {
    #[step]
    async fn start(&self, Start(jobs): Start<u32>) -> Vec<Job> {
        (0..jobs).map(Job).collect()
    }
    #[step(workers = 2, retry = Retry::fixed(Duration::from_millis(5)).max_attempts(2))]
    async fn job(&self, ctx: &Context<Self>, Job(number): Job) -> StepResult<Done> {
        // The sum of the last one is too much, in both attempts.
        let sum = ctx.run_child(&self.sum, number + 1).await?;
        if ctx.attempt().number == 1 && number == 1 {
            return Err(StepError::msg("again"));
        }
        Ok(Done(sum))
    }
    #[catch_error(steps(job))]
    async fn recover(&self, failed: StepFailed) -> Done {
        assert!(failed.error.to_string().ends_with("is too much"), "{}", failed.error);
        Done(1_000)
    }
    #[step]
    async fn fast(&self, all: Vec<Done>) -> Vec<Raced> {
        let sum = all.iter().map(|Done(sum)| sum).sum();
        vec![Raced(sum), Raced(0)]
    }
    #[step(workers = 2)]
    async fn race(&self, ctx: &Context<Self>, Raced(number): Raced) -> StepResult<Won> {
        if number == 0 {
            sleep(Duration::from_secs(5)).await;
        }
        Ok(Won(number + ctx.run_child(&self.middle, 1).await?))
    }
    #[step(timeout = "20ms", retry = Retry::immediate().max_attempts(2))]
    async fn end(&self, ctx: &Context<Self>, First([Won(number)]): First<Won, 1>) -> StepResult<Stop<u32>> {
        let child = ctx.run_child(&self.sum, 1).start();
        if ctx.attempt().number == 1 {
            sleep(Duration::from_secs(1)).await;
        }
        Ok(Stop(number + child.await?))
    }
}

async fn everything(store: impl Store) -> Host {
    let sum = Arc::new(Sum);
    let middle = Arc::new(Middle { sum: Arc::clone(&sum) });
    let top = Everything { sum: Arc::clone(&sum), middle: Arc::clone(&middle) };
    Host::on(store).workflow(top).workflow(middle).workflow(sum).start().await.unwrap()
}

/// Continues the run `a` to its end, and checks that nothing of it is left.
async fn continued(store: impl Store + Clone, expected: u32, crash: &str) {
    let host = everything(store).await;
    let recovered = host.recovered();
    assert!(recovered.refused.is_empty(), "{crash}: {:?}", recovered.refused);
    if let Some(run) = host.handle::<Everything>("a") {
        let result = timeout(Duration::from_hours(1), run.result()).await;
        assert_eq!(result.unwrap_or_else(|_| panic!("{crash}: it hangs")).unwrap(), expected, "{crash}");
    }
    assert_eq!(find(&host, "a").await.result, Some(expected.to_string()), "{crash}");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(host.health().running, 0, "{crash}");
    let mut all = Filter::default();
    all.limit = 1_000;
    let runs = host.list(all).await.unwrap();
    assert!(runs.iter().all(|run| run.ended.is_some()), "{crash}: {runs:?}");
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn crash_at_any_commit_of_a_family_does_not_change_the_result() {
    let store = Logged::default();
    let host = everything(store.clone()).await;
    let run = host.run::<Everything>(3).id("a").start().await.unwrap();
    let expected = run.result().await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let mut all = Filter::default();
    all.limit = 1_000;
    let family = host.list(all).await.unwrap().len();
    let commits = store.commits.lock().unwrap().len();
    assert!(family > 9 && commits > 50, "{family} runs, {commits} commits");
    for count in 1..=commits {
        let second = Logged { store: store.after(count).await, ..Logged::default() };
        continued(second, expected, &format!("after commit {count} of {commits}")).await;
    }
}

#[event]
struct Counted(u32);

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

#[workflow(timeout = "1s")]
struct Endless;

#[workflow]
impl Endless {
    #[step]
    async fn wait(&self, Start(()): Start<()>) -> Stop<()> {
        sleep(Duration::from_hours(1)).await;
        Stop(())
    }
}

/// Moves its child into a task.
#[workflow]
struct Catching {
    endless: Arc<Endless>,
    hangs: bool,
}

#[workflow]
impl Catching {
    #[step]
    async fn start(&self, ctx: &Context<Self>, Start(()): Start<()>) -> StepResult<Stop<String>> {
        let (run, _events) = ctx.run_child(&self.endless, ()).start_with_events();
        let error = tokio::spawn(async move { run.await }).await?.unwrap_err();
        assert!(matches!(error, RunError::TimedOut { .. }), "{error}");
        if self.hangs {
            sleep(Duration::from_hours(1)).await;
        }
        Ok(Stop(error.to_string()))
    }
}

#[tokio::test(start_paused = true)]
async fn timeout_of_a_child_is_found_again() {
    let store = MemoryStore::new();
    let make = async |hangs| {
        let endless = Arc::new(Endless);
        let catching = Catching { endless: Arc::clone(&endless), hangs };
        Host::on(store.clone()).workflow(catching).workflow(endless).start().await.unwrap()
    };
    let first = make(true).await;
    first.run::<Catching>(()).id("a").start().await.unwrap();
    until(&first, "a/1/1", |child| child.status == RunStatus::TimedOut).await;
    first.stop().await;
    let second = make(false).await;
    let found = until(&second, "a", |run| run.ended.is_some()).await;
    assert_eq!(found.result.as_deref(), Some("\"timed out after 1s, while active: wait\""));
    assert_eq!(listed(&second, children_of("a")).await, ["a/1/1"]);
}

#[workflow]
struct Blocking {
    sum: Arc<Sum>,
}

#[workflow]
impl Blocking {
    #[step]
    #[blocking(io)]
    fn start(&self, ctx: &Context<Self>, Start(number): Start<u32>) -> StepResult<Stop<u32>> {
        let child = ctx.run_child(&self.sum, number);
        Ok(Stop(tokio::runtime::Handle::current().block_on(child.into_future())?))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_code_runs_a_child() {
    let sum = Arc::new(Sum);
    let blocking = Blocking { sum: Arc::clone(&sum) };
    let host = Host::on(MemoryStore::new()).workflow(blocking).workflow(sum).start().await.unwrap();
    let run = host.run::<Blocking>(1).id("a").start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), 33);
    assert_eq!(find(&host, "a/1/1").await.status, RunStatus::Completed);
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
