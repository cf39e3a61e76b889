//! Applying changes, in one transaction.

use crate::{children, millis, parked, signed, unsigned};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::time::SystemTime;
use workflows_durable::store::{Applied, Change, ChangeKind, NewItem, Prompt, RunStatus, checksum};
use workflows_runtime::PromptId;

pub(crate) fn commit(connection: &mut Connection, changes: &[Change]) -> rusqlite::Result<Vec<Applied>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut applied = Vec::with_capacity(changes.len());
    // Most changes are ticks alone: looking the statement up for each of them would take a tenth of the time.
    let mut insert_ticks = transaction.prepare_cached(INSERT_TICKS)?;
    for change in changes {
        applied.push(apply(&transaction, &mut insert_ticks, change)?);
    }
    drop(insert_ticks);
    transaction.commit()?;
    Ok(applied)
}

/// Appends to the ticks of a run, if it has this epoch. Otherwise `run` is null, and nothing is inserted: an
/// `insert .. select` would do the same, and need a savepoint.
const INSERT_TICKS: &str = "insert or ignore into ticks(run, body, sum, at, due) values (
    (select n from runs where id = ?1 and epoch = ?2 and status = 'running'), ?3, ?4, ?5, ?6)";

fn apply(db: &Transaction<'_>, insert_ticks: &mut CachedStatement<'_>, change: &Change) -> rusqlite::Result<Applied> {
    let run: &str = change.run.as_ref();
    match &change.kind {
        ChangeKind::Start { parent, owner, workflow, graph, snapshot, input, due, at } => {
            if let Some(parent) = parent
                && !children::may_start(db, run, parent)?
            {
                return Ok(Applied::Fenced);
            }
            let added = db
                .prepare_cached(
                    "insert into runs(id, workflow, status, owner, epoch, started, updated, input, snapshot, snapshot_sum,
                         graph, parent, execution, attempt, due)
                     values (?1, ?2, 'running', ?8, ?12, ?3, ?3, ?4, ?5, ?6, ?7, ?9, ?10, ?11, ?13) on conflict do nothing",
                )?
                .execute(params![
                    run,
                    workflow,
                    millis(*at),
                    input,
                    snapshot,
                    sum(snapshot),
                    graph,
                    owner.as_str(),
                    parent.as_ref().map(|parent| parent.run.as_str()),
                    parent.as_ref().map(|parent| signed(parent.execution)),
                    parent.as_ref().map(|parent| parent.number),
                    parent.as_ref().map_or(1, |parent| signed(parent.epoch)),
                    due.map(millis)
                ])?;
            Ok(if added == 0 { Applied::Exists } else { Applied::Done })
        }
        ChangeKind::Progress { .. } => progress(db, insert_ticks, run, &change.kind),
        ChangeKind::End { epoch, status, result, error, failure, is_dropped, snapshot, items, again, at } => {
            let Some(owned) = owned(db, run, *epoch)? else { return Ok(Applied::Fenced) };
            append(db, &owned, *epoch, (items, again.as_deref()), *at)?;
            db.prepare_cached(
                "update runs set status = ?2, result = ?3, error = ?4, snapshot = ?5, snapshot_sum = ?6,
                     due = null, owner = null, ended = ?7, updated = ?7, failure = ?8, settled = ?9 where n = ?1",
            )?
            .execute(params![
                owned.run,
                status.name(),
                result,
                error,
                snapshot,
                snapshot.as_deref().map(sum),
                millis(*at),
                failure,
                is_dropped
            ])?;
            clear(db, owned.run)?;
            children::end(db, run, millis(*at))?;
            Ok(Applied::Done)
        }
        ChangeKind::Settle { epoch, attempts, at } => children::settle(db, run, *epoch, attempts, millis(*at)),
        ChangeKind::Message { epoch, key, body, at } => message(db, run, *epoch, key.as_deref(), body, *at),
        ChangeKind::Post { graph, key, body, at } => {
            let known: Option<String> = db
                .prepare_cached("select graph from runs where id = ?1 and status = 'running'")?
                .query_row([run], |row| row.get(0))
                .optional()?;
            if known.is_some_and(|known| known != *graph) {
                return Ok(Applied::Fenced);
            }
            message(db, run, None, key.as_deref(), body, *at)
        }
        ChangeKind::Withdraw { number } => {
            db.prepare_cached("delete from messages where n = ?1")?.execute([signed(*number)])?;
            Ok(Applied::Done)
        }
        ChangeKind::Release { epoch, was_parked } => {
            let Some(owned) = owned(db, run, *epoch)? else { return Ok(Applied::Fenced) };
            parked::release(db, owned.run, *was_parked)?;
            Ok(Applied::Done)
        }
        ChangeKind::Park { epoch, children } => parked::park(db, run, *epoch, children),
        ChangeKind::Migrate { epoch, workflow, graph, snapshot, messages, at } => {
            let Some(owned) = owned(db, run, *epoch)? else { return Ok(Applied::Fenced) };
            if has_other_messages(db, owned.run, messages)? {
                return Ok(Applied::Fenced);
            }
            db.prepare_cached(
                "update runs set workflow = ?2, graph = ?3, snapshot = ?4, snapshot_sum = ?5, updated = ?6
                 where n = ?1",
            )?
            .execute(params![owned.run, workflow, graph, snapshot, sum(snapshot), millis(*at)])?;
            remove_ticks(db, owned.run)?;
            for (number, body) in messages {
                db.prepare_cached(
                    "update messages set body = ?3, sum = ?4 where n = ?1 and run = ?2 and body is not null",
                )?
                .execute(params![signed(*number), owned.run, body, sum(body)])?;
            }
            Ok(Applied::Done)
        }
        ChangeKind::RenameEnded { parent_epoch, workflow } => children::rename_ended(db, run, *parent_epoch, workflow),
        ChangeKind::Purge => purge(db, run),
        // Of a newer version of the trait.
        _ => Ok(Applied::NotFound),
    }
}

/// Records the progress of a run.
fn progress(
    db: &Transaction<'_>,
    insert_ticks: &mut CachedStatement<'_>,
    run: &str,
    change: &ChangeKind,
) -> rusqlite::Result<Applied> {
    let ChangeKind::Progress { epoch, snapshot, ticks, items, again, opened, closed, taken, due, at } = change else {
        return Ok(Applied::NotFound);
    };
    let (due, now) = (due.map(millis), millis(*at));
    if let Some(ticks) = ticks
        && snapshot.is_none()
    {
        if !add_ticks(insert_ticks, (run, *epoch), ticks, (due, now))? {
            return Ok(Applied::Fenced);
        }
        // Most records are ticks alone, which are one statement.
        if items.is_empty() && opened.is_empty() && closed.is_empty() && taken.is_empty() {
            return Ok(Applied::Done);
        }
    }
    let Some(owned) = owned(db, run, *epoch)? else { return Ok(Applied::Fenced) };
    if let Some(snapshot) = snapshot {
        db.prepare_cached("update runs set snapshot = ?2, snapshot_sum = ?3, due = ?4, updated = ?5 where n = ?1")?
            .execute(params![owned.run, snapshot, sum(snapshot), due, now])?;
        remove_ticks(db, owned.run)?;
        if let Some(ticks) = ticks {
            add_ticks(insert_ticks, (run, *epoch), ticks, (due, now))?;
        }
    }
    append(db, &owned, *epoch, (items, again.as_deref()), *at)?;
    change_prompts(db, owned.run, opened, closed)?;
    for number in taken {
        take(db, signed(*number))?;
    }
    Ok(Applied::Done)
}

/// Removes what a run that has ended does not need: its ticks, prompts and messages. Keys of messages are remembered.
pub(crate) fn clear(db: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    remove_ticks(db, run)?;
    db.prepare_cached("delete from prompts where run = ?1")?.execute([run])?;
    db.prepare_cached("delete from messages where run = ?1 and key is null")?.execute([run])?;
    db.prepare_cached("update messages set body = null, sum = null where run = ?1")?.execute([run])?;
    Ok(())
}

pub(crate) struct Owned {
    pub(crate) run: i64,
    items: i64,
}

/// The row of a running run, if the caller owns it.
pub(crate) fn owned(db: &Transaction<'_>, run: &str, epoch: u64) -> rusqlite::Result<Option<Owned>> {
    db.prepare_cached("select n, items from runs where id = ?1 and epoch = ?2 and status = 'running'")?
        .query_row(params![run, signed(epoch)], |row| Ok(Owned { run: row.get(0)?, items: row.get(1)? }))
        .optional()
}

fn append(
    db: &Transaction<'_>,
    to: &Owned,
    epoch: u64,
    (items, mut again): (&[NewItem], Option<&str>),
    at: SystemTime,
) -> rusqlite::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let mut number = to.items;
    for NewItem { body, by, .. } in items {
        db.prepare_cached(
            "insert into items(run, number, epoch, body, sum, again, step, execution, attempt)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            to.run,
            number,
            signed(epoch),
            body,
            sum(body),
            again.take(),
            by.as_ref().map(|by| &by.step),
            by.as_ref().map(|by| signed(by.execution)),
            by.as_ref().map(|by| by.attempt)
        ])?;
        number += 1;
    }
    db.prepare_cached("update runs set items = ?2, updated = ?3 where n = ?1")?.execute(params![
        to.run,
        number,
        millis(at)
    ])?;
    Ok(())
}

/// Appends to the ticks since the last snapshot, if the caller owns the run. Returns whether it does.
fn add_ticks(
    insert: &mut CachedStatement<'_>,
    (run, epoch): (&str, u64),
    ticks: &str,
    (due, at): (Option<i64>, i64),
) -> rusqlite::Result<bool> {
    Ok(insert.execute(params![run, signed(epoch), ticks, sum(ticks), at, due])? > 0)
}

fn remove_ticks(db: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    db.prepare_cached("delete from ticks where run = ?1")?.execute([run])?;
    Ok(())
}

fn change_prompts(db: &Transaction<'_>, run: i64, opened: &[Prompt], closed: &[PromptId]) -> rusqlite::Result<()> {
    for id in closed {
        db.prepare_cached("delete from prompts where run = ?1 and prompt = ?2")?
            .execute(params![run, id.to_string()])?;
    }
    for prompt in opened {
        db.prepare_cached("insert or replace into prompts(run, prompt, body) values (?1, ?2, ?3)")?
            .execute(params![run, prompt.id.to_string(), prompt.body])?;
    }
    Ok(())
}

/// Removes a message, and remembers its key.
fn take(db: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
    db.prepare_cached("delete from messages where n = ?1 and key is null")?.execute([number])?;
    db.prepare_cached("update messages set body = null, sum = null where n = ?1")?.execute([number])?;
    Ok(())
}

fn message(
    db: &Transaction<'_>,
    run: &str,
    epoch: Option<u64>,
    key: Option<&str>,
    body: &str,
    at: SystemTime,
) -> rusqlite::Result<Applied> {
    let found: Option<(i64, String, i64, bool)> = db
        .prepare_cached("select n, status, epoch, parked from runs where id = ?1")?
        .query_row([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((run, status, owned, is_parked)) = found else { return Ok(Applied::NotFound) };
    if key.is_some() {
        let known: Option<i64> = db
            .prepare_cached("select n from messages where run = ?1 and key = ?2")?
            .query_row(params![run, key], |row| row.get(0))
            .optional()?;
        if let Some(number) = known {
            return Ok(Applied::Message { number: unsigned(number), is_new: false });
        }
    }
    if status != RunStatus::Running.name() {
        return Ok(Applied::Ended);
    }
    if epoch.is_some_and(|epoch| signed(epoch) != owned) {
        return Ok(Applied::Fenced);
    }
    if is_parked {
        parked::end(db, run)?;
    }
    db.prepare_cached(
        "insert into messages(run, key, received, body, sum, for_owner) values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![run, key, millis(at), body, sum(body), epoch.is_none()])?;
    Ok(Applied::Message { number: unsigned(db.last_insert_rowid()), is_new: true })
}

/// Whether a message waits that is not among these.
fn has_other_messages(db: &Transaction<'_>, run: i64, known: &[(u64, String)]) -> rusqlite::Result<bool> {
    let mut select = db.prepare_cached("select n from messages where run = ?1 and body is not null")?;
    let mut rows = select.query([run])?;
    while let Some(row) = rows.next()? {
        let number = unsigned(row.get(0)?);
        if !known.iter().any(|(known, _)| *known == number) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn purge(db: &Transaction<'_>, run: &str) -> rusqlite::Result<Applied> {
    let found: Option<(i64, String)> = db
        .prepare_cached("select n, status from runs where id = ?1")?
        .query_row([run], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((number, status)) = found else { return Ok(Applied::NotFound) };
    if status == RunStatus::Running.name() || children::has_running_parent(db, number)? {
        return Ok(Applied::Running);
    }
    remove(db, run, number)?;
    Ok(Applied::Done)
}

/// Removes a run with its children.
pub(crate) fn remove(db: &Transaction<'_>, run: &str, number: i64) -> rusqlite::Result<()> {
    children::remove_all(db, run)?;
    for table in ["ticks", "items", "prompts", "messages"] {
        db.execute(&format!("delete from {table} where run = ?1"), [number])?;
    }
    db.execute("delete from runs where n = ?1", [number])?;
    Ok(())
}

fn sum(text: impl AsRef<str>) -> i64 {
    signed(checksum(text.as_ref()))
}
