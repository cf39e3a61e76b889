//! Migration of children, and of runs with children.

use super::{Approve, Decision, migration as migration_of_child, old, renamed::Review};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use workflows_durable::{Filter, Host, HostBuilder, MemoryStore, Migrated, RunInfo};
use workflows_runtime::{Workflow, durable::Durable, prelude::*};

/// Runs of `Child`: one that is answered by the test, and a second one.
mod first {
    use super::*;

    #[event]
    pub(crate) struct Both(pub(crate) String, pub(crate) String);

    #[workflow]
    pub(crate) struct Report {
        pub(crate) child: Arc<old::Approve>,
    }

    #[workflow]
    impl Report {
        #[step]
        async fn gather(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> StepResult<Both> {
            let first = ctx.run_child(&self.child, format!("{topic} 1")).await?;
            let second = ctx.run_child(&self.child, format!("{topic} 2")).await?;
            Ok(Both(first, second))
        }
        #[step]
        async fn done(&self, Both(first, second): Both) -> Stop<String> {
            Stop(format!("{first}; {second}"))
        }
    }
}

/// The same parent for the child of another version.
mod same {
    use super::*;
    pub(crate) use first::Both;

    #[workflow]
    pub(crate) struct Report {
        pub(crate) child: Arc<Approve>,
    }

    #[workflow]
    impl Report {
        #[step]
        async fn gather(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> StepResult<Both> {
            let first = ctx.run_child(&self.child, format!("{topic} 1")).await?;
            let second = ctx.run_child(&self.child, format!("{topic} 2")).await?;
            Ok(Both(first, second))
        }
        #[step]
        async fn done(&self, Both(first, second): Both) -> Stop<String> {
            Stop(format!("{first}; {second}"))
        }
    }
}

/// Its steps have other names and another order.
mod renamed {
    use super::*;
    pub(crate) use first::Both;

    #[workflow]
    pub(crate) struct Summary<C: Workflow<Input = String, Output = String>> {
        pub(crate) child: Arc<C>,
    }

    #[workflow]
    impl<C: Workflow<Input = String, Output = String>> Summary<C> {
        #[step]
        async fn finish(&self, Both(first, second): Both) -> Stop<String> {
            Stop(format!("{first}; {second}"))
        }
        #[step]
        async fn collect(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> StepResult<Both> {
            let first = ctx.run_child(&self.child, format!("{topic} 1")).await?;
            let second = ctx.run_child(&self.child, format!("{topic} 2")).await?;
            Ok(Both(first, second))
        }
    }
}
use renamed::Summary;

async fn until(host: &Host, id: &str, is: impl Fn(&RunInfo) -> bool) -> RunInfo {
    loop {
        if let Some(found) = host.find(id).await.unwrap()
            && is(&found)
        {
            return found;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

async fn asks(host: &Host, id: &str) {
    until(host, id, |run| !run.prompts.is_empty()).await;
}

fn with<P: Durable, C: Durable>(store: &MemoryStore, parent: P, child: Arc<C>) -> HostBuilder {
    Host::on(store.clone()).workflow(parent).workflow(child)
}

/// A store with a run whose first child waits for an answer, or its second one.
async fn waiting(is_second: bool) -> MemoryStore {
    let store = MemoryStore::new();
    let child = Arc::new(old::Approve);
    let host = with(&store, first::Report { child: Arc::clone(&child) }, child).start().await.unwrap();
    let _run = host.run::<first::Report>("tea".to_owned()).id("a").start().await.unwrap();
    asks(&host, "a/1/1").await;
    if is_second {
        host.send::<old::Approve, _>("a/1/1", HumanResponse(old::Approval(true))).await.unwrap();
        asks(&host, "a/1/2").await;
    }
    host.stop().await;
    store
}

async fn answer_old<C: Workflow>(host: &Host, ids: &[&str])
where
    old::Approval: workflows_runtime::Answers<C>,
{
    for id in ids {
        asks(host, id).await;
        host.send::<C, _>(*id, HumanResponse(old::Approval(true))).await.unwrap();
    }
}

async fn result(host: &Host) -> String {
    let found = until(host, "a", |run| run.ended.is_some()).await;
    found.result.or(found.error).unwrap()
}

async fn ids(host: &Host) -> Vec<String> {
    host.list(Filter::default()).await.unwrap().iter().map(|run| format!("{} {}", run.id, run.workflow)).collect()
}

fn lines(migrated: &[Migrated]) -> Vec<String> {
    migrated.iter().map(ToString::to_string).collect()
}

fn migration_of_parent<C: Workflow<Input = String, Output = String>>(
    host: &Host,
) -> workflows_durable::Migration<Summary<C>> {
    host.migration::<Summary<C>>()
        .rename_workflow("Report")
        .rename_step("gather", "collect")
        .rename_step("done", "finish")
}

#[tokio::test(start_paused = true)]
async fn renamed_parent_keeps_its_children() {
    for is_second in [false, true] {
        let store = waiting(is_second).await;
        let child = Arc::new(old::Approve);
        let host = with(&store, Summary { child: Arc::clone(&child) }, child).start().await.unwrap();
        assert!(host.handle::<Summary<old::Approve>>("a").is_none());
        let migration = migration_of_parent::<old::Approve>(&host);
        let dry = migration.dry_run().await.unwrap();
        assert_eq!(lines(&dry), ["a: changed"]);
        assert_eq!(migration.apply().await.unwrap(), dry);
        let waiting = if is_second { &["a/1/2"][..] } else { &["a/1/1", "a/1/2"] };
        answer_old::<old::Approve>(&host, waiting).await;
        assert_eq!(result(&host).await, "\"tea 1: true, 1; tea 2: true, 1\"");
        assert_eq!(ids(&host).await, ["a Summary", "a/1/1 Approve", "a/1/2 Approve"], "no child was started again");
    }
}

async fn answer_new(host: &Host, ids: &[&str]) {
    for id in ids {
        asks(host, id).await;
        host.send::<Approve, _>(*id, HumanResponse(Decision(false))).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn child_is_migrated_by_the_name_of_its_workflow() {
    let store = waiting(true).await;
    let child = Arc::new(Approve);
    let host = with(&store, same::Report { child: Arc::clone(&child) }, child).start().await.unwrap();
    let refused = host.recovered().refused;
    let [(id, reason)] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(id.as_str(), "a");
    assert!(reason.starts_with("its child `a/1/2`: "), "{reason}");
    assert!(reason.contains("there is no step `review` any more"), "{reason}");

    let parents = host.migration::<same::Report>().dry_run().await.unwrap();
    let [Migrated { refused_children, .. }] = &parents[..] else { panic!("{parents:?}") };
    assert_eq!(parents[0].outcome.to_string(), "accepted");
    assert_eq!(refused_children.len(), 1);
    assert!(parents[0].to_string().starts_with("a: accepted; its child a/1/2 is refused: "), "{}", parents[0]);

    let dry = migration_of_child(&host).dry_run().await.unwrap();
    assert_eq!(lines(&dry), ["a/1/2, a child of a: changed"]);
    let epoch = host.find("a/1/2").await.unwrap().unwrap().epoch;
    assert_eq!(migration_of_child(&host).dry_run().await.unwrap(), dry);
    assert_eq!(host.find("a/1/2").await.unwrap().unwrap().epoch, epoch, "a dry run changes nothing");
    assert_eq!(migration_of_child(&host).apply().await.unwrap(), dry);
    assert!(host.recovered().refused.is_empty(), "{:?}", host.recovered());
    answer_new(&host, &["a/1/2"]).await;
    assert_eq!(result(&host).await, "\"tea 1: true, 1; tea 2: false, 1 by ann\"");
    assert!(migration_of_child(&host).apply().await.unwrap().is_empty(), "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn parent_and_child_are_migrated_in_any_order() {
    for parent_first in [false, true] {
        let store = waiting(false).await;
        let child = Arc::new(Approve);
        let host = with(&store, Summary { child: Arc::clone(&child) }, child).start().await.unwrap();
        let parents = migration_of_parent::<Approve>(&host);
        if parent_first {
            let reported = parents.apply().await.unwrap();
            assert!(reported[0].to_string().starts_with("a: changed; its child a/1/1 is refused: "), "{reported:?}");
            assert!(host.recovered().refused[0].1.starts_with("its child `a/1/1`: "), "{:?}", host.recovered());
        }
        let children = migration_of_child(&host).apply().await.unwrap();
        assert_eq!(lines(&children), ["a/1/1, a child of a: changed"]);
        if !parent_first {
            let children = migration_of_child(&host).dry_run().await.unwrap();
            assert_eq!(lines(&children), ["a/1/1, a child of a: accepted"]);
            assert_eq!(lines(&parents.apply().await.unwrap()), ["a: changed"]);
        }
        answer_new(&host, &["a/1/1", "a/1/2"]).await;
        assert_eq!(result(&host).await, "\"tea 1: false, 1 by ann; tea 2: false, 1 by \"");
        assert_eq!(ids(&host).await, ["a Summary", "a/1/1 Approve", "a/1/2 Approve"]);
    }
}

#[tokio::test(start_paused = true)]
async fn child_that_has_ended_is_found_by_its_new_name() {
    let store = waiting(true).await;
    let child = Arc::new(Review);
    let host = with(&store, Summary { child: Arc::clone(&child) }, child).start().await.unwrap();
    let parents = migration_of_parent::<Review>(&host).apply().await.unwrap();
    assert!(
        parents[0].to_string().ends_with("its child a/1/2 is refused: workflow `Approve` is not hosted"),
        "{parents:?}"
    );
    let children = host.migration::<Review>().rename_workflow("Approve");
    let dry = children.dry_run().await.unwrap();
    assert_eq!(lines(&dry), ["a/1/1, a child of a: changed", "a/1/2, a child of a: changed"]);
    assert_eq!(children.apply().await.unwrap(), dry);
    answer_old::<Review>(&host, &["a/1/2"]).await;
    assert_eq!(result(&host).await, "\"tea 1: true, 1; tea 2: true, 1\"");
    assert_eq!(
        ids(&host).await,
        ["a Summary", "a/1/1 Review", "a/1/2 Review"],
        "the first child was not started again"
    );
    assert!(children.dry_run().await.unwrap().is_empty());
}

/// Its result is a number.
#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(topic): Start<String>) -> Stop<usize> {
        Stop(topic.len())
    }
}

#[tokio::test(start_paused = true)]
async fn child_whose_result_cannot_be_read_is_refused() {
    let store = waiting(true).await;
    let host = Host::on(store).workflow(Count).start().await.unwrap();
    let reported = host.migration::<Count>().rename_workflow("Approve").dry_run().await.unwrap();
    assert!(
        reported[0].to_string().starts_with("a/1/1, a child of a: refused: its result cannot be read: invalid type"),
        "{reported:?}"
    );
    assert!(reported[1].to_string().starts_with("a/1/2, a child of a: refused: "), "{reported:?}");
}

#[tokio::test(start_paused = true)]
async fn child_of_a_live_parent_is_not_migrated() {
    let store = MemoryStore::new();
    let child = Arc::new(old::Approve);
    let live = with(&store, first::Report { child: Arc::clone(&child) }, child).start().await.unwrap();
    let _run = live.run::<first::Report>("tea".to_owned()).id("a").start().await.unwrap();
    asks(&live, "a/1/1").await;
    let host = Host::on(store).workflow(Approve).start().await.unwrap();
    assert!(migration_of_child(&host).apply().await.unwrap().is_empty());
    assert_eq!(host.find("a").await.unwrap().unwrap().epoch, 1);
    live.stop().await;
    assert_eq!(lines(&migration_of_child(&host).apply().await.unwrap()), ["a/1/1, a child of a: changed"]);
}

#[tokio::test(start_paused = true)]
async fn hosts_that_refuse_a_child_notice_its_migration() {
    let store = waiting(false).await;
    let host = async || {
        let child = Arc::new(Approve);
        with(&store, same::Report { child: Arc::clone(&child) }, child).start().await.unwrap()
    };
    let (one, two) = (host().await, host().await);
    for host in [&one, &two] {
        host.take_over().await.unwrap();
        assert!(host.recovered().refused[0].1.starts_with("its child `a/1/1`: "), "{:?}", host.recovered());
    }
    let epoch = one.find("a").await.unwrap().unwrap().epoch;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(one.find("a").await.unwrap().unwrap().epoch, epoch, "they claim it from each other no more");

    // A third program migrates it, and hosts no parent.
    let other = Host::on(store.clone()).workflow(Approve).start().await.unwrap();
    assert_eq!(lines(&migration_of_child(&other).apply().await.unwrap()), ["a/1/1, a child of a: changed"]);
    answer_new(&other, &["a/1/1", "a/1/2"]).await;
    assert_eq!(result(&other).await, "\"tea 1: false, 1 by ann; tea 2: false, 1 by \"");
    assert!([one, two].iter().all(|host| host.recovered().refused.is_empty()));
}

/// An input that has a field more in the second version.
mod inputs {
    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct Short {
        pub(crate) topic: String,
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct Long {
        pub(crate) topic: String,
        #[serde(default)]
        pub(crate) words: u32,
    }

    macro_rules! version {
        ($version:ident, $input:ident $({ $words:ident })?) => {
            pub(crate) mod $version {
                use super::*;

                #[workflow]
                pub(crate) struct Ask;
                #[workflow]
                impl Ask {
                    #[step]
                    async fn ask(&self, Start(input): Start<$input>) -> InputRequired<String> {
                        InputRequired(input.topic)
                    }
                    #[step]
                    async fn done(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
                        Stop(yes)
                    }
                }

                #[workflow]
                pub(crate) struct Asks {
                    pub(crate) ask: Arc<Ask>,
                }
                #[workflow]
                impl Asks {
                    #[step]
                    async fn all(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> StepResult<Stop<bool>> {
                        Ok(Stop(ctx.run_child(&self.ask, $input { topic $(, $words: 0)? }).await?))
                    }
                }
            }
        };
    }
    version!(short, Short);
    version!(long, Long { words });
}

#[tokio::test(start_paused = true)]
async fn child_is_found_though_its_input_has_a_new_field() {
    let store = MemoryStore::new();
    let ask = Arc::new(inputs::short::Ask);
    let host = with(&store, inputs::short::Asks { ask: Arc::clone(&ask) }, ask).start().await.unwrap();
    let _run = host.run::<inputs::short::Asks>("tea".to_owned()).id("a").start().await.unwrap();
    asks(&host, "a/1/1").await;
    host.stop().await;

    let ask = Arc::new(inputs::long::Ask);
    let host = with(&store, inputs::long::Asks { ask: Arc::clone(&ask) }, ask).start().await.unwrap();
    host.send::<inputs::long::Ask, _>("a/1/1", HumanResponse(true)).await.unwrap();
    assert_eq!(result(&host).await, "true");
    assert_eq!(ids(&host).await, ["a Asks", "a/1/1 Ask"], "the child was not started again");
}
