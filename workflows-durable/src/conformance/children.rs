//! Children: runs that a step of another run has started.

use super::{at, claim, commit, commit_one, completed, find, items, message, progress, start};
use crate::store::{Applied, Attempt, Change, ChangeKind, ENDED_BY_PARENT, Filter, RunStatus, Store, StoredChild};
use std::time::{Duration, SystemTime};
use workflows_runtime::RunId;

pub(super) async fn check<S: Store>(make: &impl AsyncFn() -> S) {
    start_with_their_parent(&make().await).await;
    are_claimed_with_their_parent(&make().await).await;
    are_settled(&make().await).await;
    end_with_their_parent(&make().await).await;
    are_purged_with_their_parent(&make().await).await;
    are_parked_with_their_parent(make).await;
    are_renamed_after_their_end(&make().await).await;
}

/// A child of an attempt: `(run, epoch, execution, attempt)`.
fn child(id: &str, (run, epoch, execution, number): (&str, u64, u64, u32)) -> Change {
    let mut change = start(id, "C");
    if let ChangeKind::Start { parent, .. } = &mut change.kind {
        *parent = Some(Attempt::new(run.to_owned(), epoch, execution, number));
    }
    change
}

fn settle(run: &str, epoch: u64, attempts: &[(u64, u32)]) -> Change {
    Change::new(run.to_owned(), ChangeKind::Settle { epoch, attempts: attempts.to_vec(), at: at(5) })
}

fn purge(run: &str) -> Change {
    Change::new(run.to_owned(), ChangeKind::Purge)
}

/// Ends a run that its parent may have dropped.
fn failed(run: &str, epoch: u64, is_dropped: bool) -> Change {
    let kind = ChangeKind::End {
        epoch,
        status: RunStatus::Failed,
        result: None,
        error: Some("no route".to_owned()),
        failure: Some("{\"Failed\":1}".to_owned()),
        is_dropped,
        snapshot: None,
        items: Vec::new(),
        again: None,
        at: at(4),
    };
    Change::new(run.to_owned(), kind)
}

fn ids(children: &[StoredChild]) -> Vec<String> {
    children.iter().map(|child| child.id.to_string()).collect()
}

async fn listed(store: &impl Store, filter: Filter) -> Vec<String> {
    let runs = store.list(filter).await.expect("the runs are listed");
    runs.into_iter().map(|run| run.id.to_string()).collect()
}

async fn start_with_their_parent(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W")]).await;
    assert_eq!(commit_one(store, child("a/1/1", ("a", 1, 1, 1))).await, Applied::Done);
    assert_eq!(commit_one(store, child("a/1/1", ("a", 1, 1, 1))).await, Applied::Exists, "it is running");
    assert_eq!(commit_one(store, child("b", ("a", 1, 1, 1))).await, Applied::Exists, "it is no child of this run");
    assert_eq!(commit_one(store, child("a/1/2", ("a", 2, 1, 1))).await, Applied::Fenced, "the epoch is another one");
    assert_eq!(commit_one(store, child("c/1/1", ("c", 1, 1, 1))).await, Applied::Fenced, "there is no such run");
    let found = find(store, "a/1/1").await.expect("a child is found");
    assert_eq!((found.parent, found.workflow), (Some("a".into()), "C".to_owned()));
    assert_eq!(find(store, "a").await.expect("it is found").parent, None);

    let of_a = Filter { parent: Some("a".into()), ..Filter::default() };
    assert_eq!(listed(store, of_a).await, ["a/1/1"]);
    assert_eq!(listed(store, Filter { top_level: true, ..Filter::default() }).await, ["a", "b"]);
    assert_eq!(listed(store, Filter::default()).await, ["a", "b", "a/1/1"]);

    commit(store, [progress("a/1/1", 1, "{\"n\":5}"), message("a/1/1", Some("k"), "1"), completed("a/1/1", 1)]).await;
    assert_eq!(
        commit_one(store, child("a/1/1", ("a", 1, 1, 2))).await,
        Applied::Done,
        "it replaces one that has ended"
    );
    let again = find(store, "a/1/1").await.expect("it is found");
    assert_eq!((again.status, again.epoch, again.result), (RunStatus::Running, 1, None));
    assert!(items(store, "a/1/1", 0, 10).await.is_empty(), "nothing of the earlier one is left");
    let is_new =
        matches!(commit_one(store, message("a/1/1", Some("k"), "1")).await, Applied::Message { is_new: true, .. });
    assert!(is_new, "its keys are free");
}

async fn are_claimed_with_their_parent(store: &impl Store) {
    commit(store, [start("a", "W")]).await;
    commit(store, [child("a/1/1", ("a", 1, 1, 1)), child("a/2.3/1", ("a", 1, 2, 3))]).await;
    commit(store, [child("a/1/1/1/1", ("a/1/1", 1, 1, 1)), failed("a/2.3/1", 1, false)]).await;
    commit(store, [progress("a/1/1", 1, "{\"n\":5}"), message("a/1/1", None, "7")]).await;
    let unowned = store.owners().unowned(vec!["C".to_owned()], 0, 10).await.expect("it works");
    assert!(unowned.is_empty(), "a child is never offered: {unowned:?}");

    let claimed = claim(store, "W").await;
    assert_eq!(claimed.len(), 1);
    let children = &claimed[0].children;
    assert_eq!(ids(children), ["a/1/1", "a/2.3/1"], "in the order of their start");
    assert_eq!((children[1].execution, children[1].attempt, &*children[1].input), (2, 3, "\"in\""));
    let ended = children[1].state.as_ref().expect_err("it has ended");
    assert_eq!((ended.status, ended.failure.as_deref()), (RunStatus::Failed, Some("{\"Failed\":1}")));
    let running = children[0].state.as_ref().expect("it is running");
    assert_eq!((running.epoch, running.snapshot.as_deref()), (2, Ok("{\"n\":5}")));
    assert_eq!(running.messages.len(), 1);
    assert_eq!(ids(&running.children), ["a/1/1/1/1"], "with its own children");
    let grandchild = running.children[0].state.as_ref().expect("it is running");
    assert_eq!(grandchild.epoch, 2);

    for run in ["a/1/1", "a/1/1/1/1"] {
        assert_eq!(commit_one(store, progress(run, 1, "{}")).await, Applied::Fenced, "the first owner is fenced");
        assert_eq!(commit_one(store, progress(run, 2, "{}")).await, Applied::Done);
    }
    let parent = find(store, "a").await.expect("it is found");
    let found = find(store, "a/1/1").await.expect("it is found");
    assert_eq!((found.owner, found.epoch), (parent.owner, 2), "the owner is that of the parent");
    assert_eq!(commit_one(store, child("a/3/1", ("a", 2, 3, 1))).await, Applied::Done);
    let later = find(store, "a/3/1").await.expect("it is found");
    assert_eq!(later.epoch, 2, "it has the epoch of its parent");
    let loaded = store.load("a".into()).await.expect("it works").expect("it is running");
    assert_eq!(ids(&loaded.children), ["a/1/1", "a/2.3/1", "a/3/1"]);
}

async fn are_settled(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W"), child("b/1/1", ("b", 1, 1, 1))]).await;
    let places = [("a/1/1", 1, 1), ("a/1.2/1", 1, 2), ("a/1.3/1", 1, 3), ("a/2/1", 2, 1), ("a/2/2", 2, 1)];
    commit(store, places.map(|(id, execution, attempt)| child(id, ("a", 1, execution, attempt)))).await;
    commit(store, [child("a/1/1/1/1", ("a/1/1", 1, 1, 1)), completed("a/1.2/1", 1)]).await;
    assert_eq!(commit_one(store, settle("a", 2, &[(1, 2)])).await, Applied::Fenced);
    assert_eq!(commit_one(store, settle("a", 1, &[(1, 2)])).await, Applied::Done);
    commit_one(store, failed("a/2/1", 1, true)).await;

    let claimed = claim(store, "W").await;
    assert_eq!(ids(&claimed[0].children), ["a/1.3/1", "a/2/2"], "later attempts and other steps are not over");
    assert_eq!(ids(&claimed[1].children), ["b/1/1"]);
    for run in ["a/1/1", "a/1/1/1/1"] {
        let ended = find(store, run).await.expect("it is found");
        assert_eq!((ended.status, ended.ended), (RunStatus::Cancelled, Some(at(5))), "{run} was running");
        assert_eq!(ended.error.as_deref(), Some(ENDED_BY_PARENT));
    }
    assert_eq!(find(store, "a/1.2/1").await.expect("it is found").status, RunStatus::Completed, "it had ended");
    assert_eq!(commit_one(store, completed("a/1/1", 1)).await, Applied::Fenced);
}

async fn end_with_their_parent(store: &impl Store) {
    commit(store, [start("a", "W"), start("b", "W"), child("b/1/1", ("b", 1, 1, 1))]).await;
    commit(store, [child("a/1/1", ("a", 1, 1, 1)), child("a/1/1/1/1", ("a/1/1", 1, 1, 1))]).await;
    commit_one(store, message("a/1/1", None, "7")).await;
    commit_one(store, completed("a", 1)).await;
    for run in ["a/1/1", "a/1/1/1/1"] {
        let ended = find(store, run).await.expect("it is found");
        assert_eq!((ended.status, ended.owner), (RunStatus::Cancelled, None), "{run} was running");
        assert_eq!(commit_one(store, message(run, None, "7")).await, Applied::Ended);
    }
    assert_eq!(find(store, "b/1/1").await.expect("it is found").status, RunStatus::Running);
    assert_eq!(commit_one(store, child("a/1/2", ("a", 1, 1, 1))).await, Applied::Fenced, "its parent has ended");
}

async fn are_purged_with_their_parent(store: &impl Store) {
    commit(store, [start("a", "W"), child("a/1/1", ("a", 1, 1, 1)), child("a/1/1/1/1", ("a/1/1", 1, 1, 1))]).await;
    commit_one(store, completed("a/1/1", 1)).await;
    assert_eq!(commit_one(store, purge("a/1/1")).await, Applied::Running, "its parent may need its result");
    commit_one(store, completed("a", 1)).await;
    assert_eq!(commit_one(store, purge("a")).await, Applied::Done);
    for run in ["a", "a/1/1", "a/1/1/1/1"] {
        assert!(find(store, run).await.is_none(), "{run} is purged");
        assert!(items(store, run, 0, 10).await.is_empty());
    }
}

async fn are_parked_with_their_parent<S: Store>(make: &impl AsyncFn() -> S) {
    let park = |epoch, children: &[&str]| {
        let children = children.iter().map(|child| RunId::from(*child)).collect();
        Change::new(RunId::from("a"), ChangeKind::Park { epoch, children })
    };
    let with_due = |run: &str, until: Option<SystemTime>| {
        let mut change = progress(run, 1, "{\"n\":1}");
        if let ChangeKind::Progress { due, .. } = &mut change.kind {
            *due = until;
        }
        change
    };
    // A grandchild, and another run with a child.
    let family = async |due: Option<SystemTime>| {
        let store = make().await;
        commit(&store, [start("a", "W"), child("a/1/1", ("a", 1, 1, 1)), child("a/1/1/1/1", ("a/1/1", 1, 1, 1))]).await;
        commit(&store, [child("a/2/1", ("a", 1, 2, 1)), completed("a/2/1", 1)]).await;
        commit(&store, [start("b", "V"), child("b/1/1", ("b", 1, 1, 1)), with_due("a/1/1/1/1", due)]).await;
        store
    };
    let parked = async |store: &S| {
        let runs = store.list(Filter::default()).await.expect("the runs are listed");
        let parked: Vec<String> = runs.iter().filter(|run| run.is_parked).map(|run| run.id.to_string()).collect();
        assert_eq!(store.owners().parked().await.expect("it works"), parked.len());
        assert!(runs.iter().all(|run| !run.is_parked || run.owner.is_none()), "{runs:?}");
        parked
    };
    let all = ["a/1/1/1/1", "a/1/1", "a/2/1"];

    let store = family(None).await;
    assert_eq!(commit_one(&store, park(2, &all)).await, Applied::Fenced);
    assert_eq!(commit_one(&store, park(1, &["a/1/1"])).await, Applied::Running, "another child is running");
    assert_eq!(parked(&store).await, [""; 0]);
    assert_eq!(claim(&store, "W").await.len(), 1, "it is offered to the next owner");

    let store = family(None).await;
    commit_one(&store, message("a/1/1/1/1", None, "1")).await;
    assert_eq!(commit_one(&store, park(1, &all)).await, Applied::Running, "a child has a message");
    assert_eq!(parked(&store).await, [""; 0]);

    let store = family(None).await;
    assert_eq!(commit_one(&store, park(1, &all)).await, Applied::Done);
    assert_eq!(parked(&store).await, ["a", "a/1/1", "a/1/1/1/1"]);
    assert_eq!(store.owners().wake_due().await.expect("it works"), None);
    assert!(claim(&store, "W").await.is_empty());
    commit_one(&store, message("a/1/1/1/1", None, "1")).await;
    assert_eq!(parked(&store).await, [""; 0]);
    let claimed = claim(&store, "W").await;
    assert_eq!((claimed.len(), &claimed[0].id, claimed[0].epoch), (1, &RunId::from("a"), 2));
    let child = claimed[0].children[0].state.as_ref().expect("it is running");
    assert_eq!((child.epoch, child.children.len()), (2, 1));

    let later = SystemTime::now() + Duration::from_hours(1);
    for (due, is_due) in [(later, false), (at(1), true)] {
        let store = family(Some(due)).await;
        assert_eq!(commit_one(&store, park(1, &all)).await, Applied::Done);
        let next = store.owners().wake_due().await.expect("it works");
        assert_eq!((next.is_none(), parked(&store).await.is_empty()), (is_due, is_due), "{next:?}");
        assert_eq!(claim(&store, "W").await.len(), usize::from(is_due));
    }

    // A parked run that is claimed ends with its children.
    let store = family(None).await;
    commit_one(&store, park(1, &all)).await;
    commit_one(&store, message("a", None, "1")).await;
    claim(&store, "W").await;
    commit_one(&store, completed("a", 2)).await;
    assert_eq!(find(&store, "a/1/1/1/1").await.expect("it is found").status, RunStatus::Cancelled);
    assert_eq!(parked(&store).await, [""; 0]);
}

async fn are_renamed_after_their_end(store: &impl Store) {
    commit(store, [start("a", "W"), child("a/1/1", ("a", 1, 1, 1)), child("a/1/2", ("a", 1, 1, 1))]).await;
    commit(store, [child("a/2/1", ("a", 1, 2, 1)), completed("a/1/1", 1), completed("a/2/1", 1)]).await;
    commit(store, [settle("a", 1, &[(2, 1)])]).await;
    let rename = |run: &str, parent_epoch| {
        let workflow = "D".to_owned();
        Change::new(run.to_owned(), ChangeKind::RenameEnded { parent_epoch, workflow })
    };
    assert_eq!(commit_one(store, rename("a/1/1", 2)).await, Applied::Fenced, "the epoch is another one");
    assert_eq!(commit_one(store, rename("a/1/2", 1)).await, Applied::Fenced, "it is running");
    assert_eq!(commit_one(store, rename("a/2/1", 1)).await, Applied::Fenced, "it is settled");
    assert_eq!(commit_one(store, rename("a", 1)).await, Applied::Fenced, "it is no child");
    assert_eq!(commit_one(store, rename("a/1/1", 1)).await, Applied::Done);
    let loaded = store.load("a".into()).await.expect("it works").expect("it is running");
    let names: Vec<&str> = loaded.children.iter().map(|child| &*child.workflow).collect();
    assert_eq!(names, ["D", "C"]);
    assert_eq!(find(store, "a/1/1").await.expect("it is found").status, RunStatus::Completed);
}
