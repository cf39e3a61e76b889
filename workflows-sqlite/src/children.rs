//! The children of runs.

use crate::{
    changes::{clear, owned, remove},
    queries::{optional_text, stored, text},
    signed, unsigned,
};
use rusqlite::{OptionalExtension, Params, Transaction, params};
use workflows_durable::store::{Applied, Attempt, ChildEnd, ENDED_BY_PARENT, RunStatus, StoredChild};

/// Whether a child may start: its parent is running, and owned by the caller. Removes an earlier child of the same parent
/// that has this id and has ended.
pub(crate) fn may_start(db: &Transaction<'_>, child: &str, parent: &Attempt) -> rusqlite::Result<bool> {
    let Attempt { run, epoch, .. } = parent;
    if owned(db, run.as_str(), *epoch)?.is_none() {
        return Ok(false);
    }
    let earlier: Option<i64> = db
        .prepare_cached("select n from runs where id = ?1 and parent = ?2 and status <> 'running'")?
        .query_row(params![child, run.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(number) = earlier {
        remove(db, child, number)?;
    }
    Ok(true)
}

/// The children of a run with their numbers, and whether they are running: those that match a condition with parameters.
fn children(
    db: &Transaction<'_>,
    condition: &str,
    parameters: impl Params,
) -> rusqlite::Result<Vec<(i64, String, bool)>> {
    let select = format!("select n, id, status = 'running' from runs where parent = ?1 and {condition} order by n");
    let mut select = db.prepare_cached(&select)?;
    let rows = select.query_map(parameters, |row| Ok((row.get(0)?, text(row, 1)?, row.get(2)?)))?;
    rows.collect()
}

/// Ends the running children of a run, and theirs.
pub(crate) fn end(db: &Transaction<'_>, parent: &str, at: i64) -> rusqlite::Result<()> {
    for (number, child, _) in children(db, "status = 'running'", [parent])? {
        end_one(db, number, &child, at)?;
    }
    Ok(())
}

fn end_one(db: &Transaction<'_>, number: i64, child: &str, at: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "update runs set status = ?2, error = ?3, due = null, owner = null, parked = 0, ended = ?4, settled = 1 where n = ?1",
    )?
    .execute(params![number, RunStatus::Cancelled.name(), ENDED_BY_PARENT, at])?;
    clear(db, number)?;
    end(db, child, at)
}

/// Settles the children of attempts that are over, and ends those that are running.
pub(crate) fn settle(
    db: &Transaction<'_>,
    parent: &str,
    epoch: u64,
    attempts: &[(u64, u32)],
    at: i64,
) -> rusqlite::Result<Applied> {
    if owned(db, parent, epoch)?.is_none() {
        return Ok(Applied::Fenced);
    }
    for (execution, attempt) in attempts {
        let condition = "settled = 0 and execution = ?2 and attempt <= ?3";
        for (number, child, is_running) in children(db, condition, params![parent, signed(*execution), attempt])? {
            if is_running {
                end_one(db, number, &child, at)?;
            } else {
                db.prepare_cached("update runs set settled = 1 where n = ?1")?.execute([number])?;
            }
        }
    }
    Ok(Applied::Done)
}

/// Renames the workflow of a child that has ended, and that its parent may still need.
pub(crate) fn rename_ended(
    db: &Transaction<'_>,
    child: &str,
    parent_epoch: u64,
    workflow: &str,
) -> rusqlite::Result<Applied> {
    let renamed = db
        .prepare_cached(
            "update runs set workflow = ?3 where id = ?1 and status <> 'running' and settled = 0
                 and exists (select 1 from runs parent where parent.id = runs.parent and parent.epoch = ?2
                     and parent.status = 'running')",
        )?
        .execute(params![child, signed(parent_epoch), workflow])?;
    Ok(if renamed == 0 { Applied::Fenced } else { Applied::Done })
}

/// Claims the running children of a run, and theirs.
pub(crate) fn claim(db: &Transaction<'_>, parent: &str, owner: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "with recursive family(id) as (
             select id from runs where parent = ?1 and status = 'running'
             union all select runs.id from runs join family on runs.parent = family.id where status = 'running'
         )
         update runs set epoch = epoch + 1, owner = ?2, parked = 0 where id in family",
    )?
    .execute([parent, owner])?;
    Ok(())
}

/// The children of a run that are not settled.
pub(crate) fn unsettled(db: &Transaction<'_>, parent: &str) -> rusqlite::Result<Vec<StoredChild>> {
    let mut select = db.prepare_cached(
        "select id, workflow, execution, attempt, input, status, result, failure from runs
         where parent = ?1 and settled = 0 order by n",
    )?;
    let mut rows = select.query([parent])?;
    let mut children = Vec::new();
    while let Some(row) = rows.next()? {
        let id = text(row, 0)?;
        let state = if let Some((_, running)) = stored(db, &id)? {
            Ok(running)
        } else {
            let status = RunStatus::of_name(&text(row, 5)?).unwrap_or(RunStatus::Failed);
            Err(ChildEnd::new(status, optional_text(row, 6)?, optional_text(row, 7)?))
        };
        let attempt = (unsigned(row.get(2)?), row.get(3)?);
        children.push(StoredChild::new((id, text(row, 1)?), attempt, text(row, 4)?, state));
    }
    Ok(children)
}

/// Whether a run is the child of one that is running.
pub(crate) fn has_running_parent(db: &Transaction<'_>, run: i64) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "select exists (select 1 from runs child join runs on runs.id = child.parent
             where child.n = ?1 and runs.status = 'running')",
    )?
    .query_row([run], |row| row.get(0))
}

/// Removes the children of a run.
pub(crate) fn remove_all(db: &Transaction<'_>, parent: &str) -> rusqlite::Result<()> {
    for (number, child, _) in children(db, "true", [parent])? {
        remove(db, &child, number)?;
    }
    Ok(())
}
