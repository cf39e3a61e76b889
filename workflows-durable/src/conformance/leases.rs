//! Leases, claims, fencing, and clocks that jump.

use super::{at, claim_by, commit, commit_one, completed, find, message, number, progress, progress_with, start_by};
use crate::store::{Applied, Change, ChangeKind, OwnerId, Store, StoredMessage, Unowned};
use core::time::Duration;

/// Longer than a test takes.
const LONG: Duration = Duration::from_mins(10);

const HOUR: i64 = 3600;

pub(super) async fn check<S: Store>(make: &impl AsyncFn() -> S) {
    claims_runs_without_a_live_owner(&make().await).await;
    gives_leases_back(&make().await).await;
    claims_what_was_examined(&make().await).await;
    fences_owners_that_were_replaced(&make().await).await;
    releases(&make().await).await;
    migrates(&make().await).await;
    hands_messages_to_the_owner(&make().await).await;
    pages_unowned_runs(&make().await).await;
}

/// Checks the leases of a store whose clock jumps. `make` returns an empty store, and `jump` sets its clock ahead by so many
/// seconds, or back if they are negative.
///
/// ```
/// use std::{
///     sync::{Arc, atomic::{AtomicI64, Ordering}},
///     time::{Duration, SystemTime},
/// };
/// use workflows_durable::{MemoryStore, conformance};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let now = Arc::new(AtomicI64::new(1_700_000_000));
/// let clock = Arc::clone(&now);
/// let read = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::Relaxed).unsigned_abs());
/// let make = async || MemoryStore::with_clock(read.clone());
/// conformance::check_clock(make, async |_, seconds| {
///     now.fetch_add(seconds, Ordering::Relaxed);
/// })
/// .await;
/// # }
/// ```
///
/// # Panics
///
/// Panics with a description if the store does not behave as [`Owners`](crate::store::Owners) requires.
pub async fn check_clock<S: Store>(make: impl AsyncFn() -> S, jump: impl AsyncFn(&S, i64)) {
    let (one, two) = (OwnerId::random(), OwnerId::random());

    let store = make().await;
    renew(&store, &one, LONG).await;
    commit_one(&store, start_by(one.clone(), "a", "W")).await;
    jump(&store, HOUR).await;
    assert!(!renew(&store, &one, LONG).await, "the lease has run out, which its owner learns");
    assert!(claim_by(two.clone(), &store, "W").await.is_empty(), "it is alive again");

    let store = make().await;
    renew(&store, &one, LONG).await;
    commit_one(&store, start_by(one.clone(), "a", "W")).await;
    jump(&store, HOUR).await;
    renew(&store, &two, LONG).await;
    assert_eq!(claim_by(two.clone(), &store, "W").await[0].epoch, 2, "the lease has run out");
    jump(&store, -HOUR).await;
    assert!(!renew(&store, &one, LONG).await, "it has lost its runs in between, which it learns");
    assert_eq!(owned(&store, &two).await, [("a".to_owned(), 2)]);
    assert!(owned(&store, &one).await.is_empty(), "a run has one owner");
    assert!(claim_by(one.clone(), &store, "W").await.is_empty(), "no lease is held twice");
    assert_eq!(commit_one(&store, progress("a", 1, "{}")).await, Applied::Fenced);
    assert_eq!(commit_one(&store, progress("a", 2, "{}")).await, Applied::Done);

    let store = make().await;
    renew(&store, &one, LONG).await;
    commit_one(&store, start_by(one.clone(), "a", "W")).await;
    jump(&store, -HOUR).await;
    assert!(claim_by(two.clone(), &store, "W").await.is_empty(), "the owner is alive");
    jump(&store, i64::try_from(LONG.as_secs()).unwrap_or(HOUR) + 1).await;
    assert_eq!(
        claim_by(two.clone(), &store, "W").await[0].epoch,
        2,
        "a clock that was set back prolongs no lease by more than its length"
    );
}

async fn renew(store: &impl Store, owner: &OwnerId, lease: Duration) -> bool {
    store.owners().renew(owner.clone(), lease).await.expect("the lease is renewed")
}

async fn retire(store: &impl Store, owner: &OwnerId) {
    store.owners().retire(owner.clone()).await.expect("the lease is given back");
}

async fn unowned(store: &impl Store, workflows: &[&str], after: u64, limit: usize) -> Vec<Unowned> {
    let workflows = workflows.iter().map(|name| (*name).to_owned()).collect();
    store.owners().unowned(workflows, after, limit).await.expect("the runs are listed")
}

async fn owned(store: &impl Store, owner: &OwnerId) -> Vec<(String, u64)> {
    let runs = store.owners().owned(owner.clone()).await.expect("the runs are listed");
    let mut runs: Vec<(String, u64)> = runs.into_iter().map(|(run, epoch)| (run.to_string(), epoch)).collect();
    runs.sort();
    runs
}

async fn messages(store: &impl Store, owner: &OwnerId) -> Vec<StoredMessage> {
    store.owners().messages(owner.clone()).await.expect("the messages are read")
}

async fn claims_runs_without_a_live_owner(store: &impl Store) {
    let (one, two) = (OwnerId::random(), OwnerId::random());
    assert!(!renew(store, &one, LONG).await, "there was no lease");
    assert!(renew(store, &one, LONG).await);
    commit(store, [start_by(one.clone(), "a", "W"), start_by(two.clone(), "b", "W")]).await;
    let found = find(store, "a").await.expect("there is a run");
    assert_eq!((found.owner, found.epoch), (Some(one.clone()), 1));
    let listed = unowned(store, &["W"], 0, 10).await;
    assert_eq!(listed.len(), 1, "only one owner is alive");
    assert_eq!((listed[0].id.as_str(), &*listed[0].workflow, &*listed[0].graph), ("b", "W", "[]"));
    renew(store, &two, LONG).await;
    assert!(claim_by(two.clone(), store, "W").await.is_empty(), "both are alive");
    let refused = store.claim(two.clone(), vec![("a".into(), 1)]).await.expect("nothing is claimed");
    assert!(refused.is_empty(), "the run has an owner that is alive");
    assert_eq!(owned(store, &one).await, [("a".to_owned(), 1)]);
    assert_eq!(owned(store, &two).await, [("b".to_owned(), 1)]);
    // As short as a lease can be.
    renew(store, &one, Duration::ZERO).await;
    let claimed = claim_by(two.clone(), store, "W").await;
    assert_eq!((claimed.len(), claimed[0].id.as_str(), claimed[0].epoch), (1, "a", 2));
    assert!(!renew(store, &one, LONG).await, "its lease had run out");
    assert!(claim_by(one.clone(), store, "W").await.is_empty(), "it has lost the run");
    let found = find(store, "a").await.expect("there is a run");
    assert_eq!((found.owner, found.epoch), (Some(two.clone()), 2));
    commit_one(store, completed("a", 2)).await;
    assert_eq!(find(store, "a").await.expect("there is a run").owner, None, "a run that has ended has no owner");
    assert_eq!(owned(store, &two).await, [("b".to_owned(), 1)]);
}

async fn gives_leases_back(store: &impl Store) {
    let (one, two) = (OwnerId::random(), OwnerId::random());
    renew(store, &one, LONG).await;
    renew(store, &two, LONG).await;
    commit_one(store, start_by(one.clone(), "a", "W")).await;
    retire(store, &one).await;
    retire(store, &one).await;
    assert_eq!(claim_by(two, store, "W").await[0].epoch, 2, "it is claimed at once");
    assert!(!renew(store, &one, LONG).await);
}

async fn claims_what_was_examined(store: &impl Store) {
    commit_one(store, start_by(OwnerId::random(), "a", "W")).await;
    let examined = unowned(store, &["W"], 0, 10).await;
    assert_eq!(claim_by(OwnerId::random(), store, "W").await.len(), 1);
    let runs = vec![(examined[0].id.clone(), examined[0].epoch), ("none".into(), 1)];
    let claimed = store.claim(OwnerId::random(), runs).await.expect("nothing is claimed");
    assert!(claimed.is_empty(), "another owner has claimed it since then");
}

async fn fences_owners_that_were_replaced(store: &impl Store) {
    let (one, two) = (OwnerId::random(), OwnerId::random());
    commit_one(store, start_by(one.clone(), "a", "W")).await;
    assert_eq!(commit_one(store, progress("a", 1, "{}")).await, Applied::Done, "an epoch counts, and not a lease");
    claim_by(two, store, "W").await;
    assert_eq!(commit_one(store, progress("a", 1, "{}")).await, Applied::Fenced);
    // An owner may claim a run that it has lost, and what it has sent before is fenced.
    let again = claim_by(one, store, "W").await;
    assert_eq!(again[0].epoch, 3);
    assert_eq!(commit_one(store, completed("a", 1)).await, Applied::Fenced);
    assert_eq!(commit_one(store, completed("a", 3)).await, Applied::Done);
}

async fn releases(store: &impl Store) {
    let (one, two) = (OwnerId::random(), OwnerId::random());
    renew(store, &one, LONG).await;
    commit_one(store, start_by(one.clone(), "a", "W")).await;
    let release = |epoch| Change::new("a".to_owned(), ChangeKind::Release { epoch, was_parked: false });
    assert_eq!(commit_one(store, release(2)).await, Applied::Fenced);
    assert_eq!(commit_one(store, release(1)).await, Applied::Done);
    assert!(owned(store, &one).await.is_empty());
    assert_eq!(claim_by(two, store, "W").await[0].epoch, 2);
}

async fn migrates(store: &impl Store) {
    let owner = OwnerId::random();
    renew(store, &owner, LONG).await;
    commit_one(store, start_by(owner.clone(), "a", "Old")).await;
    let first = number(commit_one(store, message("a", Some("k"), "1")).await);
    let second = number(commit_one(store, message("a", None, "2")).await);
    commit_one(store, progress_with("a", 1, "{\"n\":1}", &["7"], &[first])).await;
    let migrate = |epoch| ChangeKind::Migrate {
        epoch,
        workflow: "New".to_owned(),
        graph: "[1]".to_owned(),
        snapshot: "{\"n\":2}".to_owned(),
        messages: vec![(first, "10".to_owned()), (second, "20".to_owned())],
        at: at(9),
    };
    assert_eq!(commit_one(store, Change::new("a", migrate(2))).await, Applied::Fenced);
    let third = number(commit_one(store, message("a", None, "3")).await);
    assert_eq!(commit_one(store, Change::new("a", migrate(1))).await, Applied::Fenced, "it leaves out a message");
    commit_one(store, Change::new("a", ChangeKind::Withdraw { number: third })).await;
    let release = Change::new("a", ChangeKind::Release { epoch: 1, was_parked: false });
    assert_eq!(commit(store, [Change::new("a", migrate(1)), release]).await, [Applied::Done, Applied::Done]);
    assert!(unowned(store, &["Old"], 0, 10).await.is_empty());
    let loaded = store.load("a".into()).await.expect("it is read").expect("it is running");
    assert_eq!((&*loaded.workflow, &*loaded.graph, loaded.epoch), ("New", "[1]", 1), "reading it changes nothing");
    let claimed = claim_by(OwnerId::random(), store, "New").await;
    assert_eq!((&*claimed[0].graph, claimed[0].snapshot.as_deref(), claimed[0].epoch), ("[1]", Ok("{\"n\":2}"), 2));
    assert!(claimed[0].ticks.is_empty());
    let waiting: Vec<_> = claimed[0].messages.iter().map(|(number, body)| (*number, body.as_deref())).collect();
    assert_eq!(waiting, [(second, Ok("20"))], "a message that is taken stays taken");
    assert_eq!(store.items("a".into(), 0, 10).await.expect("they are read").len(), 1, "items stay");
    commit_one(store, completed("a", 2)).await;
    assert!(store.load("a".into()).await.expect("it is read").is_none(), "it has ended");
    assert!(store.load("none".into()).await.expect("it is read").is_none());
}

async fn hands_messages_to_the_owner(store: &impl Store) {
    let (one, two) = (OwnerId::random(), OwnerId::random());
    renew(store, &one, LONG).await;
    commit(store, [start_by(one.clone(), "a", "W"), start_by(one.clone(), "b", "W")]).await;
    let sent = number(commit_one(store, message("a", None, "1")).await);
    let own = ChangeKind::Message { epoch: Some(1), key: None, body: "2".to_owned(), at: at(1) };
    number(commit_one(store, Change::new("a", own)).await);
    let of_b = number(commit_one(store, message("b", Some("k"), "3")).await);
    let found = messages(store, &one).await;
    let found: Vec<_> = found.iter().map(|of| (of.run.as_str(), of.number, of.body.as_deref())).collect();
    assert_eq!(found, [("a", sent, Ok("1")), ("b", of_b, Ok("3"))], "an owner delivers its own messages itself");
    assert!(messages(store, &two).await.is_empty());
    let post = |run, graph: &str, key: Option<&str>| {
        let (graph, key, body) = (graph.to_owned(), key.map(str::to_owned), "4".to_owned());
        Change::new(run, ChangeKind::Post { graph, key, body, at: at(1) })
    };
    assert_eq!(commit_one(store, post("b", "[9]", None)).await, Applied::Fenced, "it is for another graph");
    let again = Applied::Message { number: of_b, is_new: false };
    assert_eq!(commit_one(store, post("b", "[]", Some("k"))).await, again, "its key is known");
    let posted = number(commit_one(store, post("b", "[]", None)).await);
    assert_eq!(messages(store, &one).await.len(), 3);
    commit_one(store, Change::new("b", ChangeKind::Withdraw { number: posted })).await;
    assert_eq!(commit_one(store, post("none", "[]", None)).await, Applied::NotFound);
    commit_one(store, progress_with("a", 1, "{}", &[], &[sent])).await;
    assert_eq!(messages(store, &one).await.len(), 1, "a message that is taken is not fetched again");
    retire(store, &one).await;
    let claimed = claim_by(two.clone(), store, "W").await;
    assert_eq!((claimed[0].messages.len(), claimed[1].messages.len()), (1, 1));
    assert_eq!(messages(store, &two).await.len(), 1, "the next owner has those that are not taken");
    assert!(messages(store, &one).await.is_empty());
    commit_one(store, completed("b", 2)).await;
    assert!(messages(store, &two).await.is_empty(), "a run that has ended takes none");
}

async fn pages_unowned_runs(store: &impl Store) {
    let owner = OwnerId::random();
    for run in ["a", "b", "c", "d"] {
        let workflow = if run == "c" { "V" } else { "W" };
        commit_one(store, start_by(owner.clone(), run, workflow)).await;
    }
    let ids = |runs: &[Unowned]| runs.iter().map(|run| run.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&unowned(store, &["W", "V"], 0, 10).await), ["a", "b", "c", "d"], "in the order of their start");
    let page = unowned(store, &["W"], 0, 2).await;
    assert_eq!(ids(&page), ["a", "b"]);
    assert_eq!(ids(&unowned(store, &["W"], page[1].cursor, 2).await), ["d"]);
    assert!(unowned(store, &[], 0, 10).await.is_empty());
}
