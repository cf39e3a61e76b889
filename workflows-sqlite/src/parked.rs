//! Parking: a run leaves the memory together with its running children, and theirs.
//!
//! All of them have `parked = 1` and no owner. The run without a parent has the earliest time of all in `wake`. Once it is not
//! parked any more, it has the time of that, until a host claims it.

use crate::{changes::owned, queries::text};
use rusqlite::{Connection, Transaction, params};
use std::collections::HashSet;
use workflows_durable::store::Applied;
use workflows_runtime::RunId;

/// The milliseconds since 1970. In functions that all versions of `SQLite` have.
pub(crate) const NOW: &str = "cast((julianday('now') - 2440587.5) * 86400000.0 as integer)";

pub(crate) fn park(db: &Transaction<'_>, id: &str, epoch: u64, children: &[RunId]) -> rusqlite::Result<Applied> {
    let Some(root) = owned(db, id, epoch)? else { return Ok(Applied::Fenced) };
    let root = root.run;
    release(db, root, true)?;
    let family = family(db, root)?;
    let known: HashSet<&str> = children.iter().map(RunId::as_str).collect();
    let mut is_wanted = family.iter().any(|(number, id)| *number != root && !known.contains(&**id));
    let mut message =
        db.prepare_cached("select exists (select 1 from messages where run = ?1 and body is not null)")?;
    for (number, _) in &family {
        is_wanted |= message.query_row([number], |row| row.get::<_, bool>(0))?;
    }
    if is_wanted {
        return Ok(Applied::Running);
    }
    // With ticks, the row of a run does not know when it is due.
    let mut park = db.prepare_cached(
        "update runs set owner = null, parked = 1,
             due = case when exists (select 1 from ticks where run = ?1)
                 then (select due from ticks where run = ?1 order by n desc limit 1) else due end
         where n = ?1 returning due",
    )?;
    let mut wake: Option<i64> = None;
    for (number, _) in &family {
        let due: Option<i64> = park.query_row([number], |row| row.get(0))?;
        wake = wake.into_iter().chain(due).min();
    }
    db.prepare_cached("update runs set wake = ?2 where n = ?1")?.execute(params![root, wake])?;
    Ok(Applied::Done)
}

/// Takes a run from its owner.
pub(crate) fn release(db: &Transaction<'_>, run: i64, was_parked: bool) -> rusqlite::Result<()> {
    let mut release =
        db.prepare_cached(&format!("update runs set owner = null, wake = case when ?2 then {NOW} end where n = ?1"))?;
    release.execute(params![run, was_parked])?;
    Ok(())
}

/// A run, its running children, and theirs.
fn family(db: &Transaction<'_>, root: i64) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut select = db.prepare_cached(
        "with recursive family(n, id) as (
             select n, id from runs where n = ?1
             union all select runs.n, runs.id from runs join family on runs.parent = family.id
                 where runs.status = 'running'
         )
         select n, id from family",
    )?;
    let rows = select.query_map([root], |row| Ok((row.get(0)?, text(row, 1)?)))?;
    rows.collect()
}

/// Ends the parking of a run, and of those that were parked with it.
pub(crate) fn end(db: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    let root: i64 = db
        .prepare_cached(
            "with recursive up(n, parent) as (
                 select n, parent from runs where n = ?1
                 union all select runs.n, runs.parent from runs join up on runs.id = up.parent
             )
             select n from up where parent is null",
        )?
        .query_row([run], |row| row.get(0))?;
    end_of(db, "n = ?1", [root])
}

/// Ends the parking of the runs that are due. Returns when the next one is.
pub(crate) fn wake_due(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let mut first =
        connection.prepare_cached(&format!("select min(wake), min(wake) <= {NOW} from runs where parked = 1"))?;
    let (next, is_due): (Option<i64>, Option<bool>) = first.query_row((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if is_due != Some(true) {
        return Ok(next);
    }
    end_of(connection, &format!("wake <= {NOW}"), ())?;
    first.query_row((), |row| row.get(0))
}

/// Ends the parking of these runs without a parent, and of those that were parked with them.
fn end_of(connection: &Connection, roots: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "with recursive family(n, id) as (
                 select n, id from runs where parked = 1 and {roots}
                 union all select runs.n, runs.id from runs join family on runs.parent = family.id
                     where runs.parked = 1
             )
             update runs set parked = 0, wake = case when parent is null then {NOW} end where n in (select n from family)"
        ))?
        .execute(values)?;
    Ok(())
}

pub(crate) fn count(connection: &Connection) -> rusqlite::Result<usize> {
    let mut count = connection.prepare_cached("select count(*) from runs where parked = 1")?;
    let count: i64 = count.query_row((), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}
