//! The tables, and their migrations.

use rusqlite::Connection;

/// The marker of a store in the header of its file.
const APPLICATION_ID: i32 = 0x5746_4c57;

/// Each entry creates the next version of the tables. Entries are never changed.
const MIGRATIONS: &[&str] = &[
    "
    create table runs(
        n integer primary key,
        id text not null unique,
        workflow text not null,
        graph text not null,
        status text not null,
        owner text,
        epoch integer not null,
        started integer not null,
        updated integer not null,
        ended integer,
        due integer,
        parked integer not null default 0,
        parent text,
        items integer not null default 0,
        input text not null,
        snapshot text,
        snapshot_sum integer,
        result text,
        error text
    );
    create index runs_by_status on runs(status, workflow, n);
    create table ticks(
        n integer primary key,
        run integer not null,
        number integer not null,
        body text not null,
        sum integer not null
    );
    create index ticks_by_run on ticks(run, number);
    create table items(
        n integer primary key,
        run integer not null,
        number integer not null,
        epoch integer not null,
        body text not null,
        sum integer not null
    );
    create unique index items_by_run on items(run, number);
    create table prompts(
        run integer not null,
        prompt integer not null,
        body text not null,
        primary key (run, prompt)
    ) without rowid;
    create table messages(
        n integer primary key autoincrement,
        run integer not null,
        key text,
        received integer not null,
        body text,
        sum integer
    );
    create unique index messages_by_key on messages(run, key);
    create table owners(
        id text primary key,
        lease integer not null,
        host text,
        pid integer,
        version text
    ) without rowid;
",
    "
    alter table owners add column length integer not null default 0;
    alter table messages add column for_owner integer not null default 0;
    create index messages_for_owner on messages(run) where for_owner = 1 and body is not null;
    create index runs_by_owner on runs(owner, workflow, n) where status = 'running';
",
    "
    drop index ticks_by_run;
    alter table ticks drop column number;
    alter table ticks add column at integer not null default 0;
    alter table ticks add column due integer;
    update ticks set (at, due) = (select updated, due from runs where runs.n = ticks.run);
    create index ticks_by_run on ticks(run);
",
    "
    drop index runs_by_owner;
    create index runs_by_owner on runs(owner, workflow, n) where status = 'running' and parked = 0;
    create index runs_parked on runs(due) where parked = 1;
",
    "
    alter table runs add column execution integer;
    alter table runs add column attempt integer;
    alter table runs add column settled integer not null default 0;
    alter table runs add column failure text;
    create index runs_by_parent on runs(parent, n) where parent is not null;
    alter table items add column again text;
    create index runs_unsettled on runs(parent, n) where parent is not null and settled = 0;
",
    "
    alter table runs add column wake integer;
    update runs set wake = due where parked = 1;
    drop index runs_parked;
    create index runs_parked on runs(wake) where parked = 1;
",
    "
    alter table items add column step text;
    alter table items add column execution integer;
    alter table items add column attempt integer;
",
];

/// Creates the tables, or brings those of an earlier version up to date. `Err` has the text for the user.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), String> {
    let migrated = migrate_tables(connection);
    migrated.map_err(|error| error.to_string())?
}

fn migrate_tables(connection: &mut Connection) -> rusqlite::Result<Result<(), String>> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let application: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: u32 = transaction.query_row("select count(*) from sqlite_schema", (), |row| row.get(0))?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Ok(Err("the file is a database of another program".to_owned()));
    }
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        return Ok(Err(format!("the file has version {version} of the tables, and this program knows {known}")));
    }
    for migration in &MIGRATIONS[version as usize..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(Ok(()))
}
