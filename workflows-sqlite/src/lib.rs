#![doc = include_str!("../README.md")]

mod changes;
mod children;
mod owners;
mod parked;
mod queries;
mod schema;

use core::fmt;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use workflows_durable::store::{
    Applied, Change, Filter, OwnerId, Owners, RunInfo, Store, StoreError, StoreFuture, StoredItem, StoredRun,
};
use workflows_runtime::RunId;

/// A store in a file of `SQLite`. Clones share one connection.
///
/// The file is in WAL mode, and each commit is flushed to the disk (`synchronous=FULL`), so a committed change survives
/// a crash of the process, of the system, and a power failure, if the disk keeps its word.
///
/// Several processes may open the file. Each host in them has a lease by the clock of the system, and a locked file next to
/// the database, whose name begins with that of the database and `-owner-`: when its process dies, others take its runs over
/// at once.
///
/// Use a local disk: the locks of `SQLite` do not work on network file systems.
#[derive(Clone)]
pub struct SqliteStore(Arc<Shared>);

struct Shared {
    path: PathBuf,
    locks: Arc<owners::Locks>,
    connection: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens a file, and creates it if it does not exist.
    ///
    /// ```no_run
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// use workflows_sqlite::SqliteStore;
    ///
    /// let store = SqliteStore::open("runs.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be opened or written, is not a store, or was written by a newer version of this crate.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        blocking(move || {
            if let Some(directory) = path.parent()
                && !directory.as_os_str().is_empty()
                && !directory.is_dir()
            {
                let directory = directory.display();
                return Err(failed(
                    &path,
                    &format_args!("there is no directory `{directory}`\n  help: create it first"),
                ));
            }
            let mut connection = connect(&path).map_err(|error| failed(&path, &error))?;
            schema::migrate(&mut connection).map_err(|error| failed(&path, &error))?;
            let locks = Arc::new(owners::Locks::new(&path));
            Ok(Self(Arc::new(Shared { path, locks, connection: Mutex::new(connection) })))
        })
        .await
    }

    /// Limits the size of the database, in bytes. Default: the disk. A database that is larger does not grow any more.
    ///
    /// At the limit, the store fails as it does on a full disk: runs wait, and new ones are refused, until there is room.
    /// The write-ahead log beside it is not counted.
    ///
    /// ```no_run
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// # use workflows_sqlite::SqliteStore;
    /// let store = SqliteStore::open("runs.db").await?;
    /// store.set_max_size(1 << 30).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub async fn set_max_size(&self, bytes: u64) -> Result<(), StoreError> {
        self.with(move |connection| {
            let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            let pages = (bytes / page).clamp(1, i64::from(u32::MAX - 1));
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        })
        .await
    }

    /// Calls `work` on a thread for blocking code.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.0);
        blocking(move || {
            let mut connection = shared.connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection).map_err(|error| failed(&shared.path, &error))
        })
        .await
    }
}

/// An error of a file.
fn failed(path: &Path, error: &dyn fmt::Display) -> StoreError {
    StoreError::new(format_args!("{}: {error}", path.display()))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::new(error)),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // On macOS a flush reaches the disk only with this.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    connection.pragma_update(None, "cache_size", -8000)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Otherwise, some statements are prepared again each time that other values are bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        Box::pin(self.with(move |connection| changes::commit(connection, &changes)))
    }

    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        let locks = Arc::clone(&self.0.locks);
        Box::pin(self.with(move |connection| queries::claim(connection, &locks, owner.as_str(), &runs)))
    }

    fn owners(&self) -> &dyn Owners {
        self
    }

    fn load(&self, run: RunId) -> StoreFuture<'_, Option<StoredRun>> {
        Box::pin(self.with(move |connection| queries::load(connection, run.as_ref())))
    }

    fn find(&self, run: RunId) -> StoreFuture<'_, Option<RunInfo>> {
        Box::pin(self.with(move |connection| queries::find(connection, run.as_ref())))
    }

    fn list(&self, filter: Filter) -> StoreFuture<'_, Vec<RunInfo>> {
        Box::pin(self.with(move |connection| queries::list(connection, &filter)))
    }

    fn items(&self, run: RunId, from: u64, limit: usize) -> StoreFuture<'_, Vec<StoredItem>> {
        Box::pin(self.with(move |connection| queries::items(connection, run.as_ref(), from, limit)))
    }
}

/// Milliseconds since 1970.
fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn time(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// The integers of the file are signed.
fn signed(number: u64) -> i64 {
    number.cast_signed()
}

fn unsigned(number: i64) -> u64 {
    number.cast_unsigned()
}
