//! `StoreWrapper`: a store that passes its calls on to another one.

use crate::store::{Applied, Change, Filter, OwnerId, Owners, RunInfo, Store, StoreFuture, StoredItem, StoredRun};
use std::sync::Arc;
use workflows_runtime::RunId;

/// A [`Store`] around another one: implement this in its place, and the methods that differ. All others are those of
/// the [inner](Self::inner) store.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
/// use workflows_durable::{Host, MemoryStore, Store, store::{self, Applied, Change, StoreFuture}};
///
/// /// Counts its commits.
/// #[derive(Clone, Default)]
/// struct Counted {
///     store: MemoryStore,
///     commits: Arc<AtomicUsize>,
/// }
///
/// impl store::StoreWrapper for Counted {
///     fn inner(&self) -> &dyn Store {
///         &self.store
///     }
///
///     fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
///         self.commits.fetch_add(1, Ordering::Relaxed);
///         self.inner().commit(changes)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let host = Host::on(Counted::default()).start().await?;
/// # host.stop().await;
/// # Ok(())
/// # }
/// ```
pub trait StoreWrapper: Send + Sync + 'static {
    /// The store to which calls are passed on.
    fn inner(&self) -> &dyn Store;

    /// See [`Store::commit`].
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        self.inner().commit(changes)
    }

    /// See [`Store::claim`].
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        self.inner().claim(owner, runs)
    }

    /// See [`Store::owners`].
    fn owners(&self) -> &dyn Owners {
        self.inner().owners()
    }

    /// See [`Store::load`].
    fn load(&self, run: RunId) -> StoreFuture<'_, Option<StoredRun>> {
        self.inner().load(run)
    }

    /// See [`Store::find`].
    fn find(&self, run: RunId) -> StoreFuture<'_, Option<RunInfo>> {
        self.inner().find(run)
    }

    /// See [`Store::list`].
    fn list(&self, filter: Filter) -> StoreFuture<'_, Vec<RunInfo>> {
        self.inner().list(filter)
    }

    /// See [`Store::items`].
    fn items(&self, run: RunId, from: u64, limit: usize) -> StoreFuture<'_, Vec<StoredItem>> {
        self.inner().items(run, from, limit)
    }
}

impl<T: StoreWrapper> Store for T {
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        StoreWrapper::commit(self, changes)
    }

    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        StoreWrapper::claim(self, owner, runs)
    }

    fn owners(&self) -> &dyn Owners {
        StoreWrapper::owners(self)
    }

    fn load(&self, run: RunId) -> StoreFuture<'_, Option<StoredRun>> {
        StoreWrapper::load(self, run)
    }

    fn find(&self, run: RunId) -> StoreFuture<'_, Option<RunInfo>> {
        StoreWrapper::find(self, run)
    }

    fn list(&self, filter: Filter) -> StoreFuture<'_, Vec<RunInfo>> {
        StoreWrapper::list(self, filter)
    }

    fn items(&self, run: RunId, from: u64, limit: usize) -> StoreFuture<'_, Vec<StoredItem>> {
        StoreWrapper::items(self, run, from, limit)
    }
}
