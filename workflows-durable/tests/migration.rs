//! Runs of an earlier version that are mapped to this one.
#![allow(missing_docs)]

#[path = "migration/children.rs"]
mod children;

use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::sleep;
use workflows_durable::{DurableRun, Filter, Host, MemoryStore, Migrated, MigrationOutcome, Store};
use workflows_runtime::{Workflow, durable::Durable, prelude::*};

mod old {
    use super::*;

    #[event]
    pub(crate) struct Drafted(pub(crate) String);
    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct Approval(pub(crate) bool);

    #[workflow(state = u32)]
    pub(crate) struct Approve;

    #[workflow]
    impl Approve {
        #[step]
        async fn draft(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> Drafted {
            ctx.state().update(|drafts| *drafts += 1);
            Drafted(topic)
        }
        #[step]
        async fn review(
            &self,
            ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>)>,
            Drafted(topic): Drafted,
        ) -> Stop<String> {
            let Approval(yes) = ctx.ask_for::<Approval>(format!("{topic}?")).await;
            Stop(format!("{topic}: {yes}, {}", ctx.state().get()))
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Drafts {
    count: u32,
    author: String,
}

#[event]
struct Written(String);
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Decision(bool);

/// The steps have other names and another order, and so have an event, a response and the state.
#[workflow(state = Drafts)]
struct Approve;

#[workflow]
impl Approve {
    #[step]
    async fn check(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<Decision>)>,
        Written(topic): Written,
    ) -> Stop<String> {
        let Decision(yes) = ctx.ask_for::<Decision>(format!("{topic}?")).await;
        let Drafts { count, author } = ctx.state().get();
        Stop(format!("{topic}: {yes}, {count} by {author}"))
    }
    #[step]
    async fn write(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> Written {
        ctx.state().update(|drafts| drafts.count += 1);
        Written(topic)
    }
}

async fn host<W: WorkflowExt<Workflow: Durable>>(store: &MemoryStore, workflow: W) -> Host {
    Host::on(store.clone()).workflow(workflow).start().await.unwrap()
}

async fn asked<W: Workflow>(run: &DurableRun<W>) {
    while run.open_prompts().is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
}

/// A store with runs of `old::Approve` that wait for an answer.
async fn waiting(ids: &[&str]) -> MemoryStore {
    let store = MemoryStore::new();
    let first = host(&store, old::Approve).await;
    for id in ids {
        asked(&first.run::<old::Approve>((*id).to_owned()).id(*id).start().await.unwrap()).await;
    }
    first.stop().await;
    store
}

fn migration(host: &Host) -> workflows_durable::Migration<Approve> {
    host.migration::<Approve>()
        .rename_step("draft", "write")
        .rename_step("review", "check")
        .rename_event("Drafted", "Written")
        .rename_event("HumanResponse<Approval>", "HumanResponse<Decision>")
        .state(|count: u32| Drafts { count, author: "ann".to_owned() })
}

fn outcomes(migrated: &[Migrated]) -> Vec<(&str, String)> {
    migrated.iter().map(|run| (run.id.as_str(), run.outcome.to_string())).collect()
}

#[tokio::test(start_paused = true)]
async fn renamed_run_continues_with_its_answers_and_its_state() {
    let store = waiting(&["tea", "soup"]).await;
    // An answer that no host has delivered yet, in the words of the old program.
    let idle = Host::on(store.clone()).start().await.unwrap();
    idle.send::<old::Approve, old::Approval>("soup", HumanResponse(old::Approval(true))).await.unwrap();
    let host = host(&store, Approve).await;
    let refused = host.recovered().refused;
    assert_eq!(refused.len(), 2);
    assert!(refused[0].1.contains("there is no step `review` any more"), "{}", refused[0].1);

    let dry = migration(&host).dry_run().await.unwrap();
    assert_eq!(outcomes(&dry), [("tea", "changed".to_owned()), ("soup", "changed".to_owned())]);
    assert_eq!(host.find("tea").await.unwrap().unwrap().epoch, 1, "a dry run changes nothing");
    assert_eq!(host.recovered().refused.len(), 2);

    assert_eq!(migration(&host).apply().await.unwrap(), dry);
    assert!(host.recovered().refused.is_empty(), "{:?}", host.recovered());
    let tea = host.handle::<Approve>("tea").unwrap();
    assert_eq!(tea.state().get(), Drafts { count: 1, author: "ann".to_owned() });
    let soup = host.handle::<Approve>("soup");
    let prompt = tea.open_prompts()[0].id;
    tea.answer(prompt, Decision(false)).await.unwrap();
    assert_eq!(tea.result().await.unwrap(), "tea: false, 1 by ann");
    if let Some(soup) = soup {
        assert_eq!(soup.result().await.unwrap(), "soup: true, 1 by ann", "the old answer counts");
    }
    let found = host.find("soup").await.unwrap().unwrap();
    assert_eq!(found.result.as_deref(), Some("\"soup: true, 1 by ann\""));
    assert!(migration(&host).apply().await.unwrap().is_empty(), "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn migration_reports_what_is_still_refused() {
    let store = waiting(&["tea"]).await;
    let host = host(&store, Approve).await;
    let partly = host.migration::<Approve>().rename_step("draft", "write").rename_event("Drafted", "Written");
    let reported = partly.apply().await.unwrap();
    let [Migrated { outcome: MigrationOutcome::Refused(reason), .. }] = &reported[..] else { panic!("{reported:?}") };
    assert!(reason.contains("there is no step `review` any more"), "{reason}");

    // The old state does not read as the new one.
    let without_state = host
        .migration::<Approve>()
        .rename_step("draft", "write")
        .rename_step("review", "check")
        .rename_event("Drafted", "Written")
        .rename_event("HumanResponse<Approval>", "HumanResponse<Decision>");
    let reported = without_state.dry_run().await.unwrap();
    assert!(
        reported[0].outcome.to_string().starts_with("refused: the snapshot cannot be read: invalid type"),
        "{reported:?}"
    );

    let failing = migration(&host).try_state(|count: u32| if count > 1 { Ok(count) } else { Err("too few drafts") });
    assert_eq!(
        failing.dry_run().await.unwrap()[0].outcome.to_string(),
        "refused: the state cannot be changed: too few drafts"
    );
    let panicking = migration(&host).state(|count: u32| 7 / (count - 1));
    assert!(panicking.dry_run().await.unwrap()[0].outcome.to_string().contains("divide by zero"));
    let untyped = migration(&host)
        .state(|count: serde_json::Value| serde_json::json!({ "count": count, "author": "bob" }))
        .dry_run()
        .await
        .unwrap();
    assert_eq!(outcomes(&untyped), [("tea", "changed".to_owned())]);
    assert_eq!(host.find("tea").await.unwrap().unwrap().epoch, 1);
}

#[tokio::test(start_paused = true)]
async fn run_with_a_live_host_is_not_migrated() {
    let store = MemoryStore::new();
    let first = host(&store, old::Approve).await;
    let run = first.run::<old::Approve>("tea".to_owned()).id("tea").start().await.unwrap();
    asked(&run).await;
    let second = host(&store, Approve).await;
    assert!(second.recovered().refused.is_empty(), "it is not of this host");
    assert!(migration(&second).dry_run().await.unwrap().is_empty());
    assert!(migration(&second).apply().await.unwrap().is_empty());
    first.stop().await;
    assert_eq!(outcomes(&migration(&second).apply().await.unwrap()), [("tea", "changed".to_owned())]);
    assert!(second.handle::<Approve>("tea").is_some());
}

#[tokio::test(start_paused = true)]
async fn run_that_is_accepted_stays_as_it_is() {
    let store = waiting(&["tea"]).await;
    let idle = Host::on(store.clone()).start().await.unwrap();
    let accepted = idle.migration::<old::Approve>().state(|count: u32| count + 100).apply().await.unwrap();
    assert_eq!(outcomes(&accepted), [("tea", "accepted".to_owned())]);
    let host = host(&store, old::Approve).await;
    assert_eq!(host.handle::<old::Approve>("tea").unwrap().state().get(), 1);
}

/// As `old::Approve`, with another name.
mod renamed {
    use super::*;
    pub(crate) use old::{Approval, Drafted};

    #[workflow(state = u32)]
    pub(crate) struct Review;

    #[workflow]
    impl Review {
        #[step]
        async fn draft(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> Drafted {
            ctx.state().update(|drafts| *drafts += 1);
            Drafted(topic)
        }
        #[step]
        async fn review(
            &self,
            ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>)>,
            Drafted(topic): Drafted,
        ) -> Stop<String> {
            let Approval(yes) = ctx.ask_for::<Approval>(format!("{topic}?")).await;
            Stop(format!("{topic}: {yes}, {}", ctx.state().get()))
        }
    }
}

#[tokio::test(start_paused = true)]
async fn workflow_with_another_name_continues_its_runs() {
    let store = waiting(&["tea"]).await;
    let host = host(&store, renamed::Review).await;
    let migrated = host.migration::<renamed::Review>().rename_workflow("Approve").apply().await.unwrap();
    assert_eq!(outcomes(&migrated), [("tea", "changed".to_owned())]);
    let run = host.handle::<renamed::Review>("tea").unwrap();
    run.send(HumanResponse(old::Approval(true))).await.unwrap();
    assert_eq!(run.result().await.unwrap(), "tea: true, 1");
    let listed = host.list(Filter::default()).await.unwrap();
    assert_eq!(listed[0].workflow, "Review");
    assert!(store.load("tea".into()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn parked_run_is_migrated_and_stays_parked() {
    let store = MemoryStore::new();
    let idle_after = Duration::from_mins(1);
    let first = Host::on(store.clone()).workflow(old::Approve).idle_after(idle_after).start().await.unwrap();
    let _run = first.run::<old::Approve>("tea".to_owned()).id("tea").start().await.unwrap();
    let is_parked = async |host: &Host| host.find("tea").await.unwrap().unwrap().is_parked;
    while !is_parked(&first).await {
        sleep(Duration::from_secs(1)).await;
    }
    first.stop().await;

    let host = host(&store, Approve).await;
    assert!(host.recovered().refused.is_empty(), "no host looks at it");
    assert_eq!(outcomes(&migration(&host).dry_run().await.unwrap()), [("tea", "changed".to_owned())]);
    assert_eq!(outcomes(&migration(&host).apply().await.unwrap()), [("tea", "changed".to_owned())]);
    assert!(is_parked(&host).await);
    assert!(host.handle::<Approve>("tea").is_none(), "it is not taken into memory");
    host.send::<Approve, Decision>("tea", HumanResponse(Decision(true))).await.unwrap();
    while host.find("tea").await.unwrap().unwrap().ended.is_none() {
        sleep(Duration::from_secs(1)).await;
    }
    let found = host.find("tea").await.unwrap().unwrap();
    assert_eq!(found.result.as_deref(), Some("\"tea: true, 1 by ann\""), "{found:?}");
}
