//! The tests that every store must pass.
//!
//! ```
//! use workflows_durable::{MemoryStore, conformance};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! conformance::check(async || MemoryStore::new()).await;
//! # }
//! ```

mod children;
mod leases;
mod parking;

use crate::StepAttempt;
use crate::store::{
    Applied, Change, ChangeKind, Filter, NewItem, OwnerId, Prompt, RunInfo, RunStatus, Store, StoredItem, StoredRun,
};
use std::time::{Duration, SystemTime};

/// Checks a store. `make` returns an empty one.
///
/// # Panics
///
/// Panics with a description if the store does not behave as [`Store`] requires.
pub async fn check<S: Store>(make: impl AsyncFn() -> S) {
    starts(&make().await).await;
    records_progress(&make().await).await;
    changes_prompts(&make().await).await;
    appends_ticks(&make().await).await;
    fences(&make().await).await;
    numbers_items(&make().await).await;
    delivers_messages(&make().await).await;
    remembers_keys(&make().await).await;
    ends(&make().await).await;
    applies_in_order(&make().await).await;
    lists(&make().await).await;
    purges(&make().await).await;
    parking::check(&make().await).await;
    children::check(&make).await;
    leases::check(&make).await;
}

pub use self::leases::check_clock;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn start(run: &str, workflow: &str) -> Change {
    start_by(OwnerId::random(), run, workflow)
}

fn start_by(owner: OwnerId, run: &str, workflow: &str) -> Change {
    let (workflow, snapshot, input) = (workflow.to_owned(), "{\"n\":0}".to_owned(), "\"in\"".to_owned());
    let graph = "[]".to_owned();
    Change::new(
        run.to_owned(),
        ChangeKind::Start { parent: None, owner, workflow, graph, snapshot, input, due: None, at: at(0) },
    )
}

fn progress(run: &str, epoch: u64, snapshot: &str) -> Change {
    progress_with(run, epoch, snapshot, &[], &[])
}

fn progress_with(run: &str, epoch: u64, snapshot: &str, items: &[&str], taken: &[u64]) -> Change {
    let kind = ChangeKind::Progress {
        epoch,
        snapshot: Some(snapshot.to_owned()),
        ticks: None,
        items: items.iter().map(|item| NewItem::new(*item, None)).collect(),
        again: None,
        opened: Vec::new(),
        closed: Vec::new(),
        taken: taken.to_vec(),
        due: Some(at(60)),
        at: at(1),
    };
    Change::new(run.to_owned(), kind)
}

/// Progress without a snapshot.
fn unchanged(epoch: u64, ticks: Option<&str>, items: Vec<NewItem>) -> ChangeKind {
    let ticks = ticks.map(str::to_owned);
    ChangeKind::Progress {
        epoch,
        snapshot: None,
        ticks,
        items,
        again: None,
        opened: Vec::new(),
        closed: Vec::new(),
        taken: vec![],
        due: None,
        at: at(3),
    }
}

fn completed(run: &str, epoch: u64) -> Change {
    let kind = ChangeKind::End {
        epoch,
        status: RunStatus::Completed,
        result: Some("42".to_owned()),
        error: None,
        failure: None,
        is_dropped: false,
        snapshot: None,
        items: vec![NewItem::new("\"last\"", None)],
        again: None,
        at: at(2),
    };
    Change::new(run.to_owned(), kind)
}

fn message(run: &str, key: Option<&str>, body: &str) -> Change {
    let kind = ChangeKind::Message { epoch: None, key: key.map(str::to_owned), body: body.to_owned(), at: at(1) };
    Change::new(run.to_owned(), kind)
}

async fn commit(store: &impl Store, changes: impl Into<Vec<Change>>) -> Vec<Applied> {
    store.commit(changes.into().into()).await.expect("the changes are committed")
}

async fn commit_one(store: &impl Store, change: Change) -> Applied {
    let applied = commit(store, [change]).await;
    assert_eq!(applied.len(), 1, "one change has one outcome");
    applied[0]
}

/// Claims all runs of a workflow for an owner without a lease, so they can be claimed again.
async fn claim(store: &impl Store, workflow: &str) -> Vec<StoredRun> {
    claim_by(OwnerId::random(), store, workflow).await
}

async fn claim_by(owner: OwnerId, store: &impl Store, workflow: &str) -> Vec<StoredRun> {
    let unowned = store.owners().unowned(vec![workflow.to_owned()], 0, 100).await.expect("the runs are listed");
    let runs = unowned.into_iter().map(|run| (run.id, run.epoch)).collect();
    store.claim(owner, runs).await.expect("the runs are claimed")
}

async fn find(store: &impl Store, run: &str) -> Option<RunInfo> {
    store.find(run.to_owned().into()).await.expect("the run is found")
}

async fn items(store: &impl Store, run: &str, from: u64, limit: usize) -> Vec<StoredItem> {
    store.items(run.to_owned().into(), from, limit).await.expect("the items are read")
}

fn number(applied: Applied) -> u64 {
    match applied {
        Applied::Message { number, is_new: true } => number,
        other => panic!("the message is new, and not {other:?}"),
    }
}

async fn starts(store: &impl Store) {
    assert_eq!(commit_one(store, start("a", "W")).await, Applied::Done);
    assert_eq!(commit_one(store, start("a", "W")).await, Applied::Exists, "an id is unique");
    assert_eq!(commit_one(store, start("a", "V")).await, Applied::Exists, "also among workflows");
    let found = find(store, "a").await.expect("there is a run");
    assert_eq!((&*found.workflow, found.status, found.started), ("W", RunStatus::Running, at(0)));
    assert_eq!((&*found.input, found.result, found.error, found.ended), ("\"in\"", None, None, None));
    assert_eq!(found.due, None);
    let mut with_timeout = start("c", "W");
    if let ChangeKind::Start { due, .. } = &mut with_timeout.kind {
        *due = Some(at(30));
    }
    commit_one(store, with_timeout).await;
    assert_eq!(find(store, "c").await.expect("there is a run").due, Some(at(30)));
    assert!(find(store, "b").await.is_none());
}

fn prompt(id: &str, body: &str) -> Prompt {
    Prompt { id: id.parse().expect("an id"), body: body.to_owned() }
}

/// Prompts are opened and closed one by one, with snapshots and with ticks.
async fn changes_prompts(store: &impl Store) {
    async fn change(store: &impl Store, mut kind: ChangeKind, open: Vec<Prompt>, close: &[&str]) -> Vec<String> {
        if let ChangeKind::Progress { opened, closed, .. } = &mut kind {
            *opened = open;
            *closed = close.iter().map(|id| id.parse().expect("an id")).collect();
        }
        assert_eq!(commit_one(store, Change::new("a".to_owned(), kind)).await, Applied::Done);
        let found = find(store, "a").await.expect("there is a run");
        found.prompts.iter().map(|open| format!("{} {}", open.id, open.body)).collect()
    }
    commit(store, [start("a", "W"), start("b", "W")]).await;
    let snapshot = || progress("a", 1, "{}").kind;
    let ticks = || unchanged(1, Some("[]"), Vec::new());
    let open = change(store, snapshot(), vec![prompt("9", "1"), prompt("10", "2")], &[]).await;
    assert_eq!(open, ["9 1", "10 2"]);
    let open = change(store, ticks(), vec![prompt("11", "3"), prompt("2", "4")], &["9"]).await;
    assert_eq!(open, ["2 4", "10 2", "11 3"], "in order of publication");
    let open = change(store, ticks(), vec![prompt("10", "5")], &["2", "7"]).await;
    assert_eq!(open, ["10 5", "11 3"], "one with the same id is replaced");
    assert_eq!(change(store, snapshot(), Vec::new(), &[]).await, open, "a snapshot does not change them");
    assert_eq!(change(store, unchanged(1, None, Vec::new()), Vec::new(), &["10", "11"]).await, [""; 0]);
    assert!(find(store, "b").await.expect("there is a run").prompts.is_empty());
}

async fn records_progress(store: &impl Store) {
    commit_one(store, start("a", "W")).await;
    assert_eq!(commit_one(store, progress("a", 1, "{\"n\":1}")).await, Applied::Done);
    let mut change = progress("a", 1, "{\"n\":2}");
    if let ChangeKind::Progress { opened, .. } = &mut change.kind {
        opened.push(prompt("3", "\"sure?\""));
    }
    assert_eq!(commit_one(store, change).await, Applied::Done);
    let found = find(store, "a").await.expect("there is a run");
    assert_eq!((found.updated, found.due), (at(1), Some(at(60))));
    assert_eq!(found.prompts.len(), 1, "a prompt is open");
    assert_eq!((found.prompts[0].id.to_string(), &*found.prompts[0].body), ("3".to_owned(), "\"sure?\""));
    // Without a snapshot and prompts, those stay.
    let items = vec![NewItem::new("1", None)];
    let kind = unchanged(1, None, items);
    commit_one(store, Change::new("a".to_owned(), kind)).await;
    let found = find(store, "a").await.expect("there is a run");
    assert_eq!((found.due, found.prompts.len()), (Some(at(60)), 1), "they are those of the last snapshot");
    let claimed = claim(store, "W").await;
    assert_eq!(claimed[0].snapshot.as_deref(), Ok("{\"n\":2}"), "the last snapshot is claimed");
    assert_eq!(claimed[0].graph, "[]");
}

async fn appends_ticks(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    let ticks = |run: &str, epoch, ticks| Change::new(run.to_owned(), unchanged(epoch, Some(ticks), Vec::new()));
    commit_one(store, progress("a", 1, "{\"n\":1}")).await;
    assert_eq!(commit_one(store, ticks("a", 1, "[1]")).await, Applied::Done);
    commit(store, [ticks("b", 1, "[7]"), ticks("a", 1, "[2]")]).await;
    let found = find(store, "a").await.expect("there is a run");
    assert_eq!((found.updated, found.due), (at(3), None), "ticks change when the run continues by itself");
    let claimed = claim(store, "W").await;
    let read = |run: &StoredRun| run.ticks.iter().map(|ticks| ticks.clone().expect("intact")).collect::<Vec<_>>();
    assert_eq!(claimed[0].snapshot.as_deref(), Ok("{\"n\":1}"), "the snapshot is as before");
    assert_eq!(read(&claimed[0]), ["[1]", "[2]"], "ticks are in order");
    assert_eq!(read(&claimed[1]), ["[7]"]);
    assert_eq!(commit_one(store, ticks("a", 1, "[3]")).await, Applied::Fenced);
    commit_one(store, ticks("a", 2, "[3]")).await;
    assert_eq!(read(&claim(store, "W").await[0]), ["[1]", "[2]", "[3]"], "those of several owners follow each other");
    commit_one(store, progress("a", 3, "{\"n\":2}")).await;
    assert!(read(&claim(store, "W").await[0]).is_empty(), "a snapshot replaces the ticks");
    commit_one(store, ticks("a", 4, "[4]")).await;
    let kind = unchanged(4, None, vec![NewItem::new("1", None)]);
    commit_one(store, Change::new("a".to_owned(), kind)).await;
    assert_eq!(read(&claim(store, "W").await[0]), ["[4]"], "items do not affect them");
    commit_one(store, completed("a", 5)).await;
    assert!(commit(store, [Change::new("a".to_owned(), ChangeKind::Purge), start("a", "W")]).await.len() == 2);
    let again = claim(store, "W").await;
    let again = again.iter().find(|run| run.id == "a").expect("it is started again");
    assert!(read(again).is_empty(), "nothing of the purged run is left");
}

async fn fences(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "V")]).await;
    let claimed = claim(store, "W").await;
    assert_eq!(claimed.len(), 1, "only runs of the workflow are claimed");
    assert_eq!((claimed[0].id.to_string(), claimed[0].epoch), ("a".to_owned(), 2));
    assert_eq!(commit_one(store, progress("a", 1, "{}")).await, Applied::Fenced, "the first owner is fenced");
    assert_eq!(commit_one(store, completed("a", 1)).await, Applied::Fenced);
    assert_eq!(commit_one(store, progress("a", 2, "{\"n\":5}")).await, Applied::Done);
    let late = ChangeKind::Message { epoch: Some(1), key: None, body: "1".to_owned(), at: at(1) };
    assert_eq!(commit_one(store, Change::new("a".to_owned(), late)).await, Applied::Fenced, "it would deliver it");
    assert_eq!(commit_one(store, progress("b", 1, "{}")).await, Applied::Done, "the other run is not claimed");
    assert_eq!(commit_one(store, progress("c", 1, "{}")).await, Applied::Fenced, "there is no such run");
    assert!(items(store, "a", 0, 10).await.is_empty(), "a fenced change has no effect");
    assert_eq!(claim(store, "W").await[0].snapshot.as_deref(), Ok("{\"n\":5}"));
}

async fn numbers_items(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    commit(
        store,
        [
            progress_with("a", 1, "{}", &["10", "11"], &[]),
            progress_with("b", 1, "{}", &["20"], &[]),
            progress_with("a", 1, "{}", &["12"], &[]),
        ],
    )
    .await;
    claim(store, "W").await;
    let mut resumed = progress_with("a", 2, "{}", &["12", "13"], &[]);
    let by = StepAttempt::new("read", 3, 2);
    if let ChangeKind::Progress { again, items, .. } = &mut resumed.kind {
        *again = Some("[7]".to_owned());
        items[1].by = Some(by.clone());
    }
    commit_one(store, resumed).await;
    let found = items(store, "a", 0, 10).await;
    let again: Vec<Option<&str>> = found.iter().map(|item| item.again.as_deref()).collect();
    assert_eq!(again, [None, None, None, Some("[7]"), None], "it is stored with the first item");
    let numbers: Vec<u64> = found.iter().map(|item| item.number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4], "numbers have no gaps");
    let epochs: Vec<u64> = found.iter().map(|item| item.epoch).collect();
    assert_eq!(epochs, [1, 1, 1, 2, 2], "a repeated item has another epoch");
    assert_eq!(found[2].body.as_deref(), Ok("12"));
    let by: Vec<bool> = found.iter().map(|item| item.by.as_ref() == Some(&by)).collect();
    assert_eq!(by, [false, false, false, false, true]);
    assert!(found[..4].iter().all(|item| item.by.is_none()));
    let some = items(store, "a", 1, 2).await;
    assert_eq!(some.iter().map(|item| item.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(items(store, "b", 0, 10).await.len(), 1);
}

async fn delivers_messages(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    let first = number(commit_one(store, message("a", None, "1")).await);
    let second = number(commit_one(store, message("a", None, "2")).await);
    assert!(second > first, "messages are numbered in order");
    assert_eq!(commit_one(store, message("c", None, "1")).await, Applied::NotFound);
    let claimed = claim(store, "W").await;
    let messages = &claimed[0].messages;
    assert_eq!(messages.len(), 2, "messages wait until they are taken");
    assert_eq!((messages[0].0, messages[0].1.as_deref()), (first, Ok("1")));
    assert!(claimed[1].messages.is_empty());
    commit_one(store, progress_with("a", 2, "{}", &[], &[first])).await;
    assert_eq!(claim(store, "W").await[0].messages.len(), 1, "a taken message is not delivered again");
    let withdraw = Change::new("a".to_owned(), ChangeKind::Withdraw { number: second });
    assert_eq!(commit_one(store, withdraw).await, Applied::Done);
    assert!(claim(store, "W").await[0].messages.is_empty());
}

async fn remembers_keys(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    let first = number(commit_one(store, message("a", Some("k"), "1")).await);
    let again = Applied::Message { number: first, is_new: false };
    assert_eq!(commit_one(store, message("a", Some("k"), "1")).await, again, "a key counts once");
    number(commit_one(store, message("b", Some("k"), "1")).await);
    number(commit_one(store, message("a", Some("l"), "1")).await);
    commit_one(store, progress_with("a", 1, "{}", &[], &[first])).await;
    assert_eq!(commit_one(store, message("a", Some("k"), "1")).await, again, "also once it is taken");
    commit_one(store, completed("a", 1)).await;
    assert_eq!(commit_one(store, message("a", Some("k"), "1")).await, again, "and after the end");
    assert_eq!(commit_one(store, message("a", Some("new"), "1")).await, Applied::Ended);
    let kept = number(commit_one(store, message("b", Some("refused"), "1")).await);
    commit_one(store, Change::new("b".to_owned(), ChangeKind::Withdraw { number: kept })).await;
    number(commit_one(store, message("b", Some("refused"), "1")).await);
}

async fn ends(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    number(commit_one(store, message("a", None, "1")).await);
    assert_eq!(commit_one(store, completed("a", 1)).await, Applied::Done);
    let found = find(store, "a").await.expect("a run that has ended is found");
    assert_eq!((found.status, found.result.as_deref(), found.ended), (RunStatus::Completed, Some("42"), Some(at(2))));
    assert_eq!((found.due, found.prompts.len()), (None, 0));
    assert_eq!(items(store, "a", 0, 10).await.len(), 1, "the last items are stored with the end");
    assert_eq!(commit_one(store, progress("a", 1, "{}")).await, Applied::Fenced, "nothing follows the end");
    assert_eq!(commit_one(store, completed("a", 1)).await, Applied::Fenced);
    assert_eq!(commit_one(store, message("a", None, "1")).await, Applied::Ended);
    let claimed = claim(store, "W").await;
    assert_eq!(claimed.len(), 1, "a run that has ended is not claimed");
    let kind = ChangeKind::End {
        epoch: 2,
        status: RunStatus::Failed,
        result: None,
        error: Some("no route".to_owned()),
        failure: None,
        is_dropped: false,
        snapshot: Some("{\"n\":9}".to_owned()),
        items: Vec::new(),
        again: None,
        at: at(4),
    };
    assert_eq!(commit_one(store, Change::new("b".to_owned(), kind)).await, Applied::Done);
    let found = find(store, "b").await.expect("a run that has failed is found");
    assert_eq!((found.status, found.error.as_deref(), found.result), (RunStatus::Failed, Some("no route"), None));
}

async fn applies_in_order(store: &impl Store) {
    let applied = commit(
        store,
        [
            start("a", "W"),
            message("a", Some("k"), "1"),
            progress("a", 1, "{\"n\":1}"),
            message("a", Some("k"), "1"),
            start("a", "W"),
            completed("a", 1),
            progress("a", 1, "{\"n\":2}"),
            message("a", None, "2"),
        ],
    )
    .await;
    assert_eq!(applied.len(), 8);
    assert_eq!(applied[0], Applied::Done);
    let first = number(applied[1]);
    assert_eq!(applied[3], Applied::Message { number: first, is_new: false }, "each change sees those before it");
    assert_eq!((applied[4], applied[5]), (Applied::Exists, Applied::Done));
    assert_eq!((applied[6], applied[7]), (Applied::Fenced, Applied::Ended));
    assert!(commit(store, []).await.is_empty());
}

async fn lists(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "V"), start("c", "W"), start("d", "W")]).await;
    commit_one(store, completed("c", 1)).await;
    let ids = |runs: Vec<RunInfo>| runs.into_iter().map(|run| run.id.to_string()).collect::<Vec<_>>();
    let list = async |filter| store.list(filter).await.expect("the runs are listed");
    assert_eq!(ids(list(Filter::default()).await), ["a", "b", "c", "d"], "in the order of their start");
    let of_w = Filter { workflow: Some("W".to_owned()), ..Filter::default() };
    assert_eq!(ids(list(of_w.clone()).await), ["a", "c", "d"]);
    let running = Filter { status: Some(RunStatus::Running), ..of_w.clone() };
    assert_eq!(ids(list(running).await), ["a", "d"]);
    let ended = |until| Filter { ended_until: Some(until), ..Filter::default() };
    assert_eq!(ids(list(ended(at(2))).await), ["c"], "only runs that have ended");
    assert!(list(ended(at(1))).await.is_empty(), "it has ended later");
    let page = list(Filter { limit: 2, ..of_w.clone() }).await;
    let cursor = page[1].cursor;
    assert_eq!(ids(page), ["a", "c"]);
    assert_eq!(ids(list(Filter { after: Some(cursor), ..of_w }).await), ["d"], "a cursor continues a page");
}

async fn purges(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    commit_one(store, progress_with("a", 1, "{}", &["1"], &[])).await;
    let purge = |run: &str| Change::new(run.to_owned(), ChangeKind::Purge);
    assert_eq!(commit_one(store, purge("a")).await, Applied::Running);
    commit_one(store, completed("a", 1)).await;
    assert_eq!(commit_one(store, purge("a")).await, Applied::Done);
    assert_eq!(commit_one(store, purge("a")).await, Applied::NotFound);
    assert!(find(store, "a").await.is_none());
    assert!(items(store, "a", 0, 10).await.is_empty());
    assert!(find(store, "b").await.is_some());
    assert_eq!(commit_one(store, start("a", "W")).await, Applied::Done, "the id is free again");
    assert!(items(store, "a", 0, 10).await.is_empty(), "nothing of the purged run is left");
}
