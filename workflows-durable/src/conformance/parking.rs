//! Parking.

use super::{at, commit, commit_one, progress, start};
use crate::store::{Applied, Change, ChangeKind, OwnerId, RunStatus, Store};
use std::time::{Duration, SystemTime};

/// A parked run has no owner and is not offered to one, until a message is committed or it is due.
pub(super) async fn check(store: &impl Store) {
    let due = |run: &str, due: Option<SystemTime>| {
        let mut change = progress(run, 1, "{\"n\":1}");
        if let ChangeKind::Progress { due: until, .. } = &mut change.kind {
            *until = due;
        }
        change
    };
    let park = |run: &str, epoch| Change::new(run.to_owned(), ChangeKind::Park { epoch, children: Vec::new() });
    let post = |run: &str| {
        let kind = ChangeKind::Message { epoch: None, key: None, body: "1".to_owned(), at: at(2) };
        Change::new(run.to_owned(), kind)
    };
    let future = SystemTime::now() + Duration::from_hours(1);
    commit(store, ["a", "b", "c", "d"].map(|run| start(run, "w"))).await;
    commit(store, [due("a", None), due("b", Some(at(1))), due("c", Some(future))]).await;
    assert_eq!(commit_one(store, park("a", 2)).await, Applied::Fenced);
    for run in ["a", "b", "c"] {
        assert_eq!(commit_one(store, park(run, 1)).await, Applied::Done);
    }
    let parked = async || store.owners().parked().await.expect("it works");
    assert_eq!(parked().await, 3);
    commit_one(store, post("d")).await;
    assert_eq!(commit_one(store, park("d", 1)).await, Applied::Running, "it has a message");
    let unowned = async || {
        let runs = store.owners().unowned(vec!["w".to_owned()], 0, 10).await.expect("it works");
        assert!(runs.iter().all(|run| run.was_parked), "{runs:?}");
        runs.into_iter().map(|run| run.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(unowned().await, ["d"]);
    let found = store.find("a".into()).await.expect("it works").expect("it is there");
    assert!(found.is_parked && found.owner.is_none() && found.status == RunStatus::Running, "{found:?}");

    let next = store.owners().wake_due().await.expect("it works").expect("a run is due later");
    assert!(next.duration_since(SystemTime::now()).is_ok(), "{next:?}");
    assert_eq!(unowned().await, ["b", "d"]);
    commit_one(store, post("a")).await;
    assert_eq!(unowned().await, ["a", "b", "d"]);
    assert_eq!(parked().await, 1);
    let claimed = store.claim(OwnerId::random(), vec![("a".into(), 1)]).await.expect("it works");
    assert_eq!((claimed.len(), claimed[0].messages.len()), (1, 1));
    let found = store.find("a".into()).await.expect("it works").expect("it is there");
    assert!(!found.is_parked);

    // Claimed, a run was not parked any more. Released, it is what its owner says.
    store.claim(OwnerId::random(), vec![("b".into(), 1), ("d".into(), 1)]).await.expect("it works");
    for (epoch, was_parked) in [(2, None), (2, Some(true)), (2, Some(false))] {
        if let Some(was_parked) = was_parked {
            let release = Change::new("a", ChangeKind::Release { epoch, was_parked });
            assert_eq!(commit_one(store, release).await, Applied::Done);
        }
        let runs = store.owners().unowned(vec!["w".to_owned()], 0, 10).await.expect("it works");
        let found: Vec<_> = runs.iter().map(|run| (run.id.as_str(), run.was_parked)).collect();
        assert_eq!(found, [("a", was_parked.unwrap_or_default()), ("b", false), ("d", false)]);
    }
}
