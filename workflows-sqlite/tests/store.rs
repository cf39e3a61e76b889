//! The store: conformance, and what is special about a file.
#![allow(missing_docs)]

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use workflows_durable::{Host, conformance};
use workflows_runtime::prelude::*;
use workflows_sqlite::SqliteStore;

/// A directory that is removed with its content.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("workflows-sqlite-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn store_is_conformant() {
    let dir = Dir::new();
    let number = AtomicU32::new(0);
    let make = async || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        SqliteStore::open(dir.0.join(format!("{number}.db"))).await.unwrap()
    };
    conformance::check(make).await;
}

#[tokio::test]
async fn leases_survive_a_clock_that_jumps() {
    let dir = Dir::new();
    let number = AtomicU32::new(0);
    let path = || dir.0.join(format!("{}.db", number.load(Ordering::Relaxed)));
    let make = async || {
        number.fetch_add(1, Ordering::Relaxed);
        SqliteStore::open(path()).await.unwrap()
    };
    // A clock that is set ahead finds all leases to end earlier.
    let jump = async |_: &SqliteStore, seconds: i64| {
        let connection = rusqlite::Connection::open(path()).unwrap();
        connection.execute("update owners set lease = lease - ?1", [seconds * 1000]).unwrap();
    };
    conformance::check_clock(make, jump).await;
}

/// The checksum of earlier versions.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[tokio::test]
async fn file_of_an_earlier_version_is_brought_up_to_date() {
    let dir = Dir::new();
    let path = dir.0.join("runs.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let host = Host::on(store).workflow(Ask).start().await.unwrap();
    host.run::<Ask>(7).id("a").start().await.unwrap();
    host.stop().await;
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "drop index runs_by_parent; drop index runs_unsettled; alter table runs drop column execution;
             alter table runs drop column attempt; alter table runs drop column settled; alter table runs drop column failure;
             alter table items drop column again; alter table items drop column step;
             alter table items drop column execution; alter table items drop column attempt;
             drop index messages_for_owner; drop index runs_by_owner; drop index runs_parked; alter table runs drop column wake; alter table owners drop column length;
             alter table messages drop column for_owner; drop index ticks_by_run; alter table ticks drop column at; alter table ticks drop column due;
             alter table ticks add column number integer not null default 0;
             create index ticks_by_run on ticks(run, number); pragma user_version = 1",
        )
        .unwrap();
    let snapshot: String = connection.query_row("select snapshot from runs", (), |row| row.get(0)).unwrap();
    let updated = "update runs set snapshot_sum = ?1";
    assert_eq!(connection.execute(updated, [fnv1a(&snapshot).cast_signed()]).unwrap(), 1);
    drop(connection);
    let host = Host::on(SqliteStore::open(&path).await.unwrap()).workflow(Ask).start().await.unwrap();
    assert_eq!(host.recovered().resumed, ["a"]);
    let items = host.items("a", 0, 10).await.unwrap();
    assert!(items[0].by.is_none(), "{items:?}");
    host.stop().await;
}

#[tokio::test]
async fn any_id_that_is_accepted_is_read_again() {
    let dir = Dir::new();
    let path = dir.0.join("runs.db");
    let long = "ä".repeat(128);
    let ids = [" ", "order 7", "../7?a=%20&b", "'; drop table runs", "\"\\\"", "👩‍🔬", &long];
    let host = Host::on(SqliteStore::open(&path).await.unwrap()).workflow(Ask).start().await.unwrap();
    for id in ids {
        host.run::<Ask>(7).id(id).start().await.unwrap();
    }
    host.stop().await;
    let host = Host::on(SqliteStore::open(&path).await.unwrap()).workflow(Ask).start().await.unwrap();
    assert_eq!(host.recovered().resumed, ids);
    for id in ids {
        assert_eq!(host.find(id).await.unwrap().unwrap().id, id);
        assert!(host.handle::<Ask>(id).is_some());
        host.cancel(id).await.unwrap();
    }
    host.stop().await;
}

#[tokio::test]
async fn file_of_another_program_is_refused() {
    let dir = Dir::new();
    let path = dir.0.join("other.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("create table t(x)").unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err().to_string();
    assert!(error.ends_with("the file is a database of another program"), "{error}");
}

#[tokio::test]
async fn file_of_a_newer_version_is_refused() {
    let dir = Dir::new();
    let path = dir.0.join("runs.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&path).await.unwrap_err().to_string();
    assert!(error.contains("the file has version 99 of the tables, and this program knows 7"), "{error}");
}

#[workflow(state = u32, stream = u32)]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> InputRequired<u32> {
        ctx.publish(n);
        InputRequired(n)
    }
    #[step]
    async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
        Stop(answer)
    }
}

#[tokio::test]
async fn flipped_bit_sets_one_run_aside() {
    let dir = Dir::new();
    let path = dir.0.join("runs.db");
    let host = Host::on(SqliteStore::open(&path).await.unwrap()).workflow(Ask).start().await.unwrap();
    for id in ["a", "b"] {
        let run = host.run::<Ask>(7).id(id).start().await.unwrap();
        let mut events = run.events();
        while !matches!(events.next().await, Some(RunEvent::Idle)) {}
    }
    host.stop().await;

    let damage = "update runs set snapshot = replace(snapshot, '\"run_id\"', '\"run_iD\"') where id = 'a'";
    let changed = rusqlite::Connection::open(&path).unwrap().execute(damage, ()).unwrap();
    assert_eq!(changed, 1);
    let host = Host::on(SqliteStore::open(&path).await.unwrap()).workflow(Ask).start().await.unwrap();
    let recovered = host.recovered();
    assert_eq!(recovered.resumed, ["b"]);
    let (id, reason) = &recovered.refused[0];
    assert_eq!(*id, "a");
    assert_eq!(*reason, "the stored snapshot is damaged: its checksum does not match");
    assert!(host.find("a").await.unwrap().is_some(), "it stays in the store");
    let run = host.handle::<Ask>("b").unwrap();
    run.answer(run.open_prompts()[0].id, true).await.unwrap();
    assert!(run.result().await.unwrap());
    host.stop().await;
}

/// The queries of the README run on a file of this version.
#[tokio::test]
async fn documented_queries_can_be_run() {
    let dir = Dir::new();
    let path = dir.0.join("runs.db");
    let host = Host::on(SqliteStore::open(&path).await.unwrap()).workflow(Ask).start().await.unwrap();
    host.run::<Ask>(7).id("order-7").start().await.unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mut queries = 0;
    for line in include_str!("../README.md").lines() {
        let Some((_, query)) = line.split_once(" | `select ") else { continue };
        let query = format!("select {}", query.trim_end_matches("` |"));
        let mut select = connection.prepare(&query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let mut rows = select.query(()).unwrap();
        while rows.next().unwrap().is_some() {}
        queries += 1;
    }
    assert!(queries >= 10, "{queries}");
    host.stop().await;
}
