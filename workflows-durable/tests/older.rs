//! Records of older versions of the ticks are replayed.
#![allow(missing_docs)]

use serde_json::value::RawValue;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::time::sleep;
use workflows_durable::{
    DurableRun, Host, MemoryStore, Store,
    store::{Applied, Change, ChangeKind, OwnerId, Prompt},
};
use workflows_runtime::{PromptId, prelude::*};

#[event]
struct Question;
#[event]
struct Name(String);
#[event]
struct Piece(u32);
#[event]
struct Twice(u32);
#[event]
struct Sum(u32);

#[derive(Debug, thiserror::Error)]
#[error("busy")]
struct Busy;

/// A fan-out with a retry and a state that grows, while a step waits.
#[workflow(state = Vec<u32>)]
struct Older;

#[workflow]
impl Older {
    #[step]
    async fn split(&self, Start(pieces): Start<u32>) -> (Question, Vec<Piece>) {
        (Question, (0..pieces).map(Piece).collect())
    }
    #[step]
    async fn ask(&self, ctx: &Context<Self, (InputRequired<String>, HumanResponse<String>)>, _: Question) -> Name {
        Name(ctx.ask_for::<String>("name?".to_owned()).await)
    }
    #[step(workers = 2, retry = Retry::fixed(Duration::from_millis(1)).max_attempts(2))]
    async fn piece(&self, ctx: &Context<Self>, Piece(number): Piece) -> StepResult<Twice> {
        if number == 2 && ctx.attempt().number == 1 {
            return Err(Busy.into());
        }
        ctx.state().update(|seen| seen.push(number));
        Ok(Twice(2 * number))
    }
    #[step]
    async fn gather(&self, all: Vec<Twice>) -> Sum {
        Sum(all.iter().map(|Twice(number)| number).sum())
    }
    #[step]
    async fn end(&self, ctx: &Context<Self>, Sum(sum): Sum, Name(name): Name) -> Stop<String> {
        Stop(format!("{name}: {sum} of {:?}", ctx.state().get()))
    }
}

/// What a run of six pieces had written once it only waited for a name.
#[derive(serde::Deserialize)]
struct Written {
    graph: Box<RawValue>,
    snapshot: Box<RawValue>,
    ticks: Vec<Box<RawValue>>,
}

/// A store with these records of the run `a`.
async fn stored(graph: &str, snapshot: &str, ticks: Vec<String>) -> MemoryStore {
    let store = MemoryStore::new();
    let at = SystemTime::now();
    let start = ChangeKind::Start {
        owner: OwnerId::random(),
        workflow: "Older".to_owned(),
        graph: graph.to_owned(),
        snapshot: snapshot.to_owned(),
        input: "6".to_owned(),
        parent: None,
        due: None,
        at,
    };
    let mut changes = vec![Change::new("a".to_owned(), start)];
    let mut opened = vec![Prompt { id: "1".parse().unwrap(), body: "\"name?\"".to_owned() }];
    for ticks in ticks {
        let progress = ChangeKind::Progress {
            epoch: 1,
            snapshot: None,
            ticks: Some(ticks),
            items: Vec::new(),
            again: None,
            opened: std::mem::take(&mut opened),
            closed: Vec::new(),
            taken: Vec::new(),
            due: None,
            at,
        };
        changes.push(Change::new("a".to_owned(), progress));
    }
    let applied = store.commit(Arc::from(changes)).await.unwrap();
    assert!(applied.iter().all(|applied| *applied == Applied::Done), "{applied:?}");
    store
}

/// What a run has noted at least, after so many of these records. The other pieces were in flight, and begin again.
fn noted(ticks: &[String]) -> String {
    let last = ticks.iter().rev().find_map(|tick| tick.split("\"state\":[[").nth(1));
    let noted = last.map_or("0,1", |state| state.split(']').next().unwrap());
    noted.replace(',', ", ")
}

/// Waits until the run asks for a name.
async fn question(run: &DurableRun<Older>) -> PromptId {
    for _ in 0..1_000 {
        if let [open] = &run.open_prompts()[..] {
            return open.id;
        }
        sleep(Duration::from_millis(1)).await;
    }
    panic!("there is no prompt");
}

#[tokio::test(start_paused = true)]
async fn ticks_of_older_versions_are_replayed() {
    let (second, third) = (include_str!("older/version_2.json"), include_str!("older/version_3.json"));
    for (written, version) in [(second, 2), (second, 1), (third, 3)] {
        let Written { graph, snapshot, ticks } = serde_json::from_str(written).unwrap();
        let of_file = format!("\"version\":{}", version.max(2));
        let version = format!("\"version\":{version}");
        let ticks: Vec<String> = ticks.iter().map(|tick| tick.get().replace(&of_file, &version)).collect();
        assert!(ticks.len() >= 5 && ticks.iter().all(|tick| tick.contains(&version)));
        for count in 0..=ticks.len() {
            let ticks = &ticks[..count];
            let store = stored(graph.get(), snapshot.get(), ticks.to_vec()).await;
            let host = Host::on(store.clone()).workflow(Older).start().await.unwrap();
            assert_eq!(host.recovered().refused, [], "after {count} records, {version}");
            question(&host.handle::<Older>("a").unwrap()).await;
            sleep(Duration::from_secs(1)).await;
            // The host does not react any more, and what it has recorded is behind the older records.
            store.owners().retire(host.owner().clone()).await.unwrap();
            let mixed = store.load("a".into()).await.unwrap().unwrap();
            assert_eq!(mixed.ticks.iter().flatten().take(count).cloned().collect::<Vec<_>>(), ticks);
            assert!(mixed.ticks.len() > count || count >= 4, "{count} records are continued");
            assert!(mixed.ticks.iter().flatten().skip(count).all(|tick| tick.starts_with("{\"version\":4")));
            let host = Host::on(store).workflow(Older).start().await.unwrap();
            assert_eq!(host.recovered().refused, [], "after {count} records, {version} and 4");
            let run = host.handle::<Older>("a").unwrap();
            run.answer(question(&run).await, "Ann".to_owned()).await.unwrap();
            let result = run.result().await.unwrap();
            let noted = noted(ticks);
            assert!(result.starts_with(&format!("Ann: 30 of [{noted}")), "{result} after {count} records, {version}");
        }
    }
}
