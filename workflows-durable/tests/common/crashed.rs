//! `claim`: what a process that starts after a crash does first.

use workflows_durable::{
    Store,
    store::{OwnerId, StoredRun},
};

/// Takes over the runs of a workflow.
pub(crate) async fn claim(store: &impl Store, workflow: &str) -> Vec<StoredRun> {
    let unowned = store.owners().unowned(vec![workflow.to_owned()], 0, 10).await.unwrap();
    let runs = unowned.into_iter().map(|run| (run.id, run.epoch)).collect();
    store.claim(OwnerId::random(), runs).await.unwrap()
}
