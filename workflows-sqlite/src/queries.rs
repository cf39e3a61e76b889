//! Reading runs.

use crate::{
    children, millis,
    owners::{Locks, end_leases},
    signed, time, unsigned,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use workflows_durable::StepAttempt;
use workflows_durable::store::{Damaged, Filter, Prompt, RunInfo, RunStatus, StoredItem, StoredRun, is_intact};
use workflows_runtime::{PromptId, RunId};

pub(crate) fn claim(
    connection: &mut Connection,
    locks: &Locks,
    owner: &str,
    runs: &[(RunId, u64)],
) -> rusqlite::Result<Vec<StoredRun>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    end_leases(&transaction, locks)?;
    let mut claimed = Vec::new();
    for (run, epoch) in runs {
        let changed = transaction
            .prepare_cached(
                "update runs set epoch = epoch + 1, owner = ?3, parked = 0, wake = null
                 where id = ?1 and epoch = ?2 and status = 'running'
                     and (owner is null or owner not in (select id from owners))",
            )?
            .execute(params![run.as_ref(), signed(*epoch), owner])?;
        if changed > 0 {
            children::claim(&transaction, run.as_ref(), owner)?;
            claimed.extend(stored(&transaction, run.as_ref())?);
        }
    }
    transaction.commit()?;
    claimed.sort_by_key(|(number, _)| *number);
    Ok(claimed.into_iter().map(|(_, run)| run).collect())
}

pub(crate) fn load(connection: &mut Connection, run: &str) -> rusqlite::Result<Option<StoredRun>> {
    // In a transaction, so its parts belong together.
    let transaction = connection.transaction()?;
    let stored = stored(&transaction, run)?;
    Ok(stored.map(|(_, run)| run))
}

/// A running run, with its number.
pub(crate) fn stored(db: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<(i64, StoredRun)>> {
    let mut runs = db.prepare_cached(
        "select n, id, workflow, graph, epoch, snapshot, snapshot_sum from runs where id = ?1 and status = 'running'",
    )?;
    let mut rows = runs.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let number: i64 = row.get(0)?;
    let epoch = unsigned(row.get(4)?);
    let mut run = StoredRun::new(text(row, 1)?, text(row, 2)?, text(row, 3)?, epoch, checked("snapshot", row, 5)?);
    let mut ticks = db.prepare_cached("select body, sum from ticks where run = ?1 order by n")?;
    let mut rows = ticks.query([number])?;
    while let Some(row) = rows.next()? {
        run.ticks.push(checked("tick", row, 0)?);
    }
    let mut messages =
        db.prepare_cached("select n, body, sum from messages where run = ?1 and body is not null order by n")?;
    let mut rows = messages.query([number])?;
    while let Some(row) = rows.next()? {
        run.messages.push((unsigned(row.get(0)?), checked("message", row, 1)?));
    }
    run.children = children::unsettled(db, id)?;
    Ok(Some((number, run)))
}

/// The text in a column whose checksum is in the next one.
pub(crate) fn checked(what: &'static str, row: &Row<'_>, column: usize) -> rusqlite::Result<Result<String, Damaged>> {
    // A flipped bit may also make the text invalid.
    let bytes = row.get_ref(column)?.as_bytes_or_null()?.unwrap_or_default();
    let sum: Option<i64> = row.get(column + 1)?;
    let Ok(text) = core::str::from_utf8(bytes) else { return Ok(Err(Damaged { what })) };
    match sum {
        Some(sum) if is_intact(text, unsigned(sum)) => Ok(Ok(text.to_owned())),
        _ => Ok(Err(Damaged { what })),
    }
}

/// The text in a column, where a flipped bit may have made it invalid: one damaged run must not hide the others.
pub(crate) fn optional_text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let bytes = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

pub(crate) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(optional_text(row, column)?.unwrap_or_default())
}

// A tick does not change the row of its run, which may be large.
const COLUMNS: &str = "n, id, workflow, status, started,
    coalesce((select at from ticks where run = runs.n order by ticks.n desc limit 1), updated), ended,
    case when exists (select 1 from ticks where run = runs.n)
        then (select due from ticks where run = runs.n order by ticks.n desc limit 1) else due end,
    input, result, error, owner, epoch, parked, parent";

fn info(row: &Row<'_>) -> rusqlite::Result<RunInfo> {
    let (id, workflow, input) = (text(row, 1)?, text(row, 2)?, text(row, 8)?);
    let mut info = RunInfo::new(id, workflow, input, time(row.get(4)?), unsigned(row.get(0)?));
    info.status = RunStatus::of_name(&text(row, 3)?).unwrap_or(RunStatus::Failed);
    info.updated = time(row.get(5)?);
    info.ended = row.get::<_, Option<i64>>(6)?.map(time);
    info.due = row.get::<_, Option<i64>>(7)?.map(time);
    info.result = optional_text(row, 9)?;
    info.error = optional_text(row, 10)?;
    info.owner = optional_text(row, 11)?.map(|owner| (&*owner).into());
    info.epoch = unsigned(row.get(12)?);
    info.is_parked = row.get(13)?;
    info.parent = optional_text(row, 14)?.map(RunId::from);
    Ok(info)
}

fn add_prompts(connection: &Connection, info: &mut RunInfo) -> rusqlite::Result<()> {
    let mut prompts = connection.prepare_cached("select prompt, body from prompts where run = ?1 order by prompt")?;
    let mut rows = prompts.query([signed(info.cursor)])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let body = text(row, 1)?;
        if let Ok(id) = number.to_string().parse::<PromptId>() {
            info.prompts.push(Prompt { id, body });
        }
    }
    Ok(())
}

pub(crate) fn find(connection: &Connection, run: &str) -> rusqlite::Result<Option<RunInfo>> {
    let found = connection
        .prepare_cached(&format!("select {COLUMNS} from runs where id = ?1"))?
        .query_row([run], info)
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    add_prompts(connection, &mut found)?;
    Ok(Some(found))
}

pub(crate) fn list(connection: &Connection, filter: &Filter) -> rusqlite::Result<Vec<RunInfo>> {
    let mut select = connection.prepare_cached(&format!(
        "select {COLUMNS} from runs where (?1 is null or workflow = ?1) and (?2 is null or status = ?2) and n > ?3
         and (?5 is null or ended <= ?5) and (?6 is null or parent = ?6) and (?7 = 0 or parent is null)
         order by n limit ?4"
    ))?;
    let after = filter.after.map_or(0, signed);
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let parent = filter.parent.as_ref().map(RunId::as_str);
    let (status, ended) = (filter.status.map(RunStatus::name), filter.ended_until.map(millis));
    let rows =
        select.query_map(params![filter.workflow, status, after, limit, ended, parent, filter.top_level], info)?;
    let mut runs = rows.collect::<rusqlite::Result<Vec<RunInfo>>>()?;
    for run in &mut runs {
        add_prompts(connection, run)?;
    }
    Ok(runs)
}

pub(crate) fn items(connection: &Connection, run: &str, from: u64, limit: usize) -> rusqlite::Result<Vec<StoredItem>> {
    let mut select = connection.prepare_cached(
        "select number, items.epoch, body, sum, again, step, items.execution, items.attempt from items join runs on runs.n = items.run
         where runs.id = ?1 and number >= ?2 order by number limit ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = select.query_map(params![run, signed(from), limit], |row| {
        let mut item = StoredItem::new(unsigned(row.get(0)?), unsigned(row.get(1)?), checked("item", row, 2)?);
        item.again = optional_text(row, 4)?;
        if let (Some(step), Some(execution), Some(attempt)) = (optional_text(row, 5)?, row.get(6)?, row.get(7)?) {
            item.by = Some(StepAttempt::new(step, unsigned(execution), attempt));
        }
        Ok(item)
    })?;
    rows.collect()
}
