//! A step that begins again finds the children that it has started.

use crate::family::*;
use core::time::Duration;
use std::{collections::HashMap, sync::Arc};
use tokio::time::sleep;
use workflows_durable::{Filter, Host, HostError, MemoryStore, RunStatus};
use workflows_runtime::{RunId, prelude::*};

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
