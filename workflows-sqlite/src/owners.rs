//! The leases of hosts, by the clock of `SQLite`, and the processes that hold them.

use crate::{
    SqliteStore,
    parked::{self, NOW},
    queries::text,
    signed, time, unsigned,
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    fs::{File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use workflows_durable::store::{OwnerId, Owners, StoreFuture, StoredMessage, Unowned};
use workflows_runtime::RunId;

/// The locked files of the owners in this process.
///
/// A process that dies loses its locks, so its runs are taken over at once. One that is only stopped keeps them, until its
/// lease runs out. Where files cannot be locked, leases are all there is.
pub(crate) struct Locks {
    /// The database.
    path: PathBuf,
    held: Mutex<HashMap<String, Option<File>>>,
}

impl Locks {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Option<File>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, owner: &str) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push("-owner-");
        // An id may be any text.
        name.push(owner.replace(|char: char| !char.is_ascii_alphanumeric() && char != '-', "_"));
        PathBuf::from(name)
    }

    /// Locks the file of an owner. Called before other processes see the owner.
    fn lock(&self, owner: &str) {
        let path = self.file(owner);
        let mut held = self.held();
        if held.contains_key(owner) && path.exists() {
            return;
        }
        let locked = File::create(path).and_then(|file| file.lock().map(|()| file));
        held.insert(owner.to_owned(), locked.ok());
    }

    fn unlock(&self, owner: &str) {
        if self.held().remove(owner).is_some() {
            remove(&self.file(owner));
        }
    }

    /// Whether the process of an owner has died.
    fn is_dead(&self, owner: &str) -> bool {
        if self.held().contains_key(owner) {
            return false;
        }
        match File::options().write(true).open(self.file(owner)) {
            Ok(file) => match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
            },
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }
}

fn remove(path: &Path) {
    // It is small, and of no importance.
    let _ = std::fs::remove_file(path);
}

/// Ends the leases that have run out and those of processes that have died.
pub(crate) fn end_leases(connection: &Connection, locks: &Locks) -> rusqlite::Result<()> {
    let mut ended = Vec::new();
    let mut is_set_back = false;
    {
        let mut owners =
            connection.prepare_cached(&format!("select id, lease <= {NOW}, lease > {NOW} + length from owners"))?;
        let mut rows = owners.query(())?;
        while let Some(row) = rows.next()? {
            let (owner, has_run_out): (String, bool) = (text(row, 0)?, row.get(1)?);
            is_set_back |= row.get::<_, bool>(2)?;
            if has_run_out || locks.is_dead(&owner) {
                ended.push((owner, has_run_out));
            }
        }
    }
    if is_set_back {
        connection.execute(&format!("update owners set lease = {NOW} + length where lease > {NOW} + length"), ())?;
    }
    for (owner, has_run_out) in ended {
        // It may have renewed its lease since then.
        let condition = if has_run_out { format!("and lease <= {NOW}") } else { String::new() };
        connection.execute(&format!("delete from owners where id = ?1 {condition}"), [&owner])?;
        if !has_run_out {
            remove(&locks.file(&owner));
        }
    }
    Ok(())
}

fn renew(connection: &mut Connection, locks: &Locks, owner: &str, lease: Duration) -> rusqlite::Result<bool> {
    locks.lock(owner);
    let length = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let was_alive: Option<bool> = transaction
        .query_row(&format!("select lease > {NOW} from owners where id = ?1"), [owner], |row| row.get(0))
        .optional()?;
    transaction.execute(
        &format!(
            "insert into owners(id, lease, length, pid) values (?1, {NOW} + ?2, ?2, ?3)
             on conflict(id) do update set lease = excluded.lease, length = excluded.length"
        ),
        params![owner, length, std::process::id()],
    )?;
    transaction.commit()?;
    Ok(was_alive == Some(true))
}

/// The owners of running runs that are not alive, and `None` for runs without an owner.
fn dead_owners(connection: &Connection) -> rusqlite::Result<Vec<Option<String>>> {
    let mut alive = BTreeSet::new();
    let mut select = connection.prepare_cached("select id from owners")?;
    let mut rows = select.query(())?;
    while let Some(row) = rows.next()? {
        alive.insert(text(row, 0)?);
    }
    let mut dead = vec![None];
    // A look-up for each owner. A `distinct` reads the whole index.
    let mut next = connection.prepare_cached(
        // Otherwise the plan may be to look at all running runs, of which many may be parked.
        "select owner from runs indexed by runs_by_owner
         where status = 'running' and parked = 0 and owner > ?1 order by owner limit 1",
    )?;
    let mut last = String::new();
    while let Some(owner) = next.query_row([&last], |row| text(row, 0)).optional()? {
        if owner <= last {
            break;
        }
        if !alive.contains(&owner) {
            dead.push(Some(owner.clone()));
        }
        last = owner;
    }
    Ok(dead)
}

fn unowned(
    connection: &Connection,
    locks: &Locks,
    workflows: &[String],
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<Unowned>> {
    end_leases(connection, locks)?;
    let mut unowned = Vec::new();
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    for owner in dead_owners(connection)? {
        for workflow in workflows {
            let mut select = connection.prepare_cached(
                "select n, id, graph, epoch, wake from runs indexed by runs_by_owner
                 where status = 'running' and parked = 0 and owner is ?1 and workflow = ?2 and n > ?3 and parent is null
                 order by n limit ?4",
            )?;
            let mut rows = select.query(params![owner, workflow, signed(after), rows])?;
            while let Some(row) = rows.next()? {
                let (cursor, epoch) = (unsigned(row.get(0)?), unsigned(row.get(3)?));
                let mut run = Unowned::new(text(row, 1)?, workflow.clone(), text(row, 2)?, epoch, cursor);
                run.was_parked = row.get::<_, Option<i64>>(4)?.is_some();
                unowned.push(run);
            }
        }
    }
    unowned.sort_by_key(|run| run.cursor);
    unowned.truncate(limit);
    Ok(unowned)
}

fn owned(connection: &Connection, owner: &str) -> rusqlite::Result<Vec<(RunId, u64)>> {
    let mut select = connection.prepare_cached(
        "select id, epoch from runs indexed by runs_by_owner where status = 'running' and parked = 0 and owner = ?1",
    )?;
    let rows = select.query_map([owner], |row| Ok((text(row, 0)?.into(), unsigned(row.get(1)?))))?;
    rows.collect()
}

fn messages(connection: &Connection, owner: &str) -> rusqlite::Result<Vec<StoredMessage>> {
    // In this order: the messages that wait are few, and the plan may be to look at all running runs.
    let mut select = connection.prepare_cached(
        "select messages.n, runs.id, messages.body, messages.sum
         from messages indexed by messages_for_owner cross join runs on runs.n = messages.run
         where messages.for_owner = 1 and messages.body is not null and runs.owner = ?1 and runs.status = 'running'
         order by messages.n",
    )?;
    let rows = select.query_map([owner], |row| {
        Ok(StoredMessage::new(text(row, 1)?, unsigned(row.get(0)?), crate::queries::checked("message", row, 2)?))
    })?;
    rows.collect()
}

impl Owners for SqliteStore {
    fn renew(&self, owner: OwnerId, lease: Duration) -> StoreFuture<'_, bool> {
        let locks = Arc::clone(&self.0.locks);
        Box::pin(self.with(move |connection| renew(connection, &locks, owner.as_str(), lease)))
    }

    fn retire(&self, owner: OwnerId) -> StoreFuture<'_, ()> {
        let locks = Arc::clone(&self.0.locks);
        Box::pin(self.with(move |connection| {
            connection.execute("delete from owners where id = ?1", [owner.as_str()])?;
            locks.unlock(owner.as_str());
            Ok(())
        }))
    }

    fn unowned(&self, workflows: Vec<String>, after: u64, limit: usize) -> StoreFuture<'_, Vec<Unowned>> {
        let locks = Arc::clone(&self.0.locks);
        Box::pin(self.with(move |connection| unowned(connection, &locks, &workflows, after, limit)))
    }

    fn wake_due(&self) -> StoreFuture<'_, Option<SystemTime>> {
        Box::pin(self.with(|connection| Ok(parked::wake_due(connection)?.map(time))))
    }

    fn parked(&self) -> StoreFuture<'_, usize> {
        Box::pin(self.with(|connection| parked::count(connection)))
    }

    fn owned(&self, owner: OwnerId) -> StoreFuture<'_, Vec<(RunId, u64)>> {
        Box::pin(self.with(move |connection| owned(connection, owner.as_str())))
    }

    fn messages(&self, owner: OwnerId) -> StoreFuture<'_, Vec<StoredMessage>> {
        Box::pin(self.with(move |connection| messages(connection, owner.as_str())))
    }
}
