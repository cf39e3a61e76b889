//! `Logged`: a store that remembers all commits.

use std::sync::{Arc, Mutex};
use workflows_durable::{
    MemoryStore, Store,
    store::{self, Applied, Change, StoreFuture},
};

/// A store that remembers all commits.
#[derive(Clone, Default)]
pub(crate) struct Logged {
    pub(crate) store: MemoryStore,
    pub(crate) commits: Arc<Mutex<Vec<Arc<[Change]>>>>,
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

impl Logged {
    /// A store with the first `count` commits.
    pub(crate) async fn after(&self, count: usize) -> MemoryStore {
        let commits: Vec<Arc<[Change]>> = self.commits.lock().unwrap()[..count].to_vec();
        let store = MemoryStore::new();
        for changes in commits {
            store.commit(changes).await.unwrap();
        }
        store
    }
}
