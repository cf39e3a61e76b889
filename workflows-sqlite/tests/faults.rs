//! What happens to the file: it is full, cut off, or damaged. Nothing panics, and what can continue does.
#![allow(missing_docs)]

#[path = "faults/dir.rs"]
mod dir;

use self::dir::Dir;
use rusqlite::{Connection, params};
use std::{fs, path::Path, time::Duration};
use tokio::time::sleep;
use workflows_durable::{DurableRun, Host, HostError, RunStatus, StoreError};
use workflows_runtime::prelude::*;
use workflows_sqlite::SqliteStore;

#[event]
struct Part(u32);
#[event]
struct Got(u32);
#[event]
struct Sum(u32);

/// A fan-out, a stream, a change of the state, and a question.
#[workflow(state = u32, stream = u32)]
struct Work;

#[workflow]
impl Work {
    #[step]
    async fn split(&self, ctx: &Context<Self>, Start(parts): Start<u32>) -> Vec<Part> {
        ctx.publish(parts);
        (0..parts).map(Part).collect()
    }
    #[step(workers = 2)]
    async fn part(&self, ctx: &Context<Self>, Part(n): Part) -> Got {
        sleep(Duration::from_millis(2)).await;
        ctx.state().update(|parts| *parts += 1);
        Got(n)
    }
    #[step]
    async fn gather(&self, ctx: &Context<Self>, all: Vec<Got>) -> Sum {
        ctx.publish(0);
        Sum(all.iter().map(|Got(n)| n).sum())
    }
    #[step]
    async fn ask(&self, Sum(sum): Sum) -> InputRequired<u32> {
        InputRequired(sum)
    }
    #[step]
    async fn done(&self, ctx: &Context<Self>, HumanResponse(answer): HumanResponse<u32>) -> Stop<u32> {
        Stop(answer + ctx.state().get())
    }
}

const PARTS: u32 = 6;

/// The result of a run with `PARTS` parts that is answered with the prompt.
const RESULT: u32 = 15 + PARTS;

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

async fn host(path: &Path) -> Host {
    Host::on(open(path).await).workflow(Work).start().await.unwrap()
}

async fn asked(run: &DurableRun<Work>) {
    let mut events = run.events();
    while run.open_prompts().is_empty() {
        events.next().await.expect("it asks");
    }
}

async fn finish(run: &DurableRun<Work>) -> u32 {
    asked(run).await;
    let prompt = &run.open_prompts()[0];
    run.answer(prompt.id, prompt.prompt).await.unwrap();
    run.result().await.unwrap()
}

/// A file with a run that waits for an answer, all of it in the write-ahead log, and another one that has ended.
async fn file(dir: &Dir) -> Host {
    let host = host(&dir.db()).await;
    let ended = host.run::<Work>(1).id("ended").start().await.unwrap();
    assert_eq!(finish(&ended).await, 1);
    let run = host.run::<Work>(PARTS).id("a").start().await.unwrap();
    asked(&run).await;
    host
}

#[tokio::test(start_paused = true)]
async fn runs_wait_while_the_disk_is_full() {
    let dir = Dir::new();
    let store = open(&dir.db()).await;
    let host = Host::on(store.clone()).workflow(Work).start().await.unwrap();
    let first = host.run::<Work>(PARTS).id("first").start().await.unwrap();
    asked(&first).await;
    // No smaller than the file is.
    store.set_max_size(1).await.unwrap();
    let mut refused = None;
    for number in 0..1000 {
        match host.run::<Work>(PARTS).id(format!("more-{number}")).start().await {
            Ok(_) => {}
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    let refused = refused.expect("the file does not grow");
    assert!(matches!(&refused, HostError::Store(error) if error.to_string().contains("full")), "{refused}");
    while host.health().failing.is_none() {
        sleep(Duration::from_millis(5)).await;
    }
    let (_, failing) = host.health().failing.unwrap();
    assert!(failing.to_string().contains("full"), "{failing}");

    store.set_max_size(1 << 30).await.unwrap();
    let runs = host.list(workflows_durable::Filter::default()).await.unwrap();
    for run in &runs {
        let run = host.handle::<Work>(run.id.clone()).unwrap();
        while host.health().failing.is_some() {
            sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(finish(&run).await, RESULT, "{}", run.id());
    }
    assert!(host.health().failing.is_none());
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn log_may_be_cut_anywhere() {
    let dir = Dir::new();
    drop(open(&dir.db()).await);
    let host = file(&dir).await;
    // As a crash leaves it: nothing is in the database itself, since the last connection was not closed.
    let (db, log) = (fs::read(dir.db()).unwrap(), fs::read(log_of(&dir)).unwrap());
    host.stop().await;
    assert!(log.len() > 40_000, "{}", log.len());

    let (mut continued, mut gone) = (0, 0);
    for length in (0..=log.len()).step_by(512) {
        let cut = Dir::new();
        fs::write(cut.db(), &db).unwrap();
        fs::write(log_of(&cut), &log[..length]).unwrap();
        let host = self::host(&cut.db()).await;
        assert!(host.recovered().refused.is_empty(), "cut at {length}: {:?}", host.recovered());
        let run = if let Some(run) = host.handle::<Work>("a") {
            continued += 1;
            run
        } else {
            gone += 1;
            assert!(host.find("a").await.unwrap().is_none(), "cut at {length}");
            host.run::<Work>(PARTS).id("a").start().await.unwrap()
        };
        assert_eq!(finish(&run).await, RESULT, "cut at {length}");
        let items = host.items("a", 0, 100).await.unwrap();
        let numbers: Vec<u64> = items.iter().map(|item| item.number).collect();
        assert_eq!(numbers, (0..items.len() as u64).collect::<Vec<_>>(), "cut at {length}");
        host.stop().await;
    }
    assert!(continued > 20 && gone > 5, "{continued} continued, {gone} were gone");
}

/// Flips a bit of a text, in the middle of it.
fn flip(connection: &Connection, table: &str, column: &str, of_run: &str) -> usize {
    let find = format!("select rowid, {column} from {table} where {of_run} and {column} is not null");
    let mut select = connection.prepare(&find).unwrap();
    let rows = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let found: Vec<(i64, String)> = rows.map(Result::unwrap).collect();
    for (rowid, text) in &found {
        let mut bytes = text.clone().into_bytes();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1 << 7;
        connection
            .execute(&format!("update {table} set {column} = cast(?1 as text) where rowid = ?2"), params![bytes, rowid])
            .unwrap();
    }
    found.len()
}

/// The write-ahead log of a database.
fn log_of(dir: &Dir) -> std::path::PathBuf {
    dir.db().with_extension("db-wal")
}

/// A crash with the run `intact`, which waits, and another one in the middle of its parts, which has ticks.
async fn file_with_ticks(dir: &Dir) {
    for number in 0..50 {
        let crashing = Dir::new();
        let host = host(&crashing.db()).await;
        asked(&host.run::<Work>(PARTS).id("intact").start().await.unwrap()).await;
        let _run = host.run::<Work>(40).id(format!("run-{number}")).start().await.unwrap();
        sleep(Duration::from_millis(30)).await;
        let (db, log) = (fs::read(crashing.db()).unwrap(), fs::read(log_of(&crashing)).unwrap());
        host.stop().await;
        fs::write(dir.db(), &db).unwrap();
        fs::write(log_of(dir), &log).unwrap();
        let connection = Connection::open(dir.db()).unwrap();
        let ticks: u32 = connection.query_row("select count(*) from ticks", (), |row| row.get(0)).unwrap();
        if ticks > 2 {
            return;
        }
        drop(connection);
        fs::remove_file(dir.db()).unwrap();
        let _ = fs::remove_file(log_of(dir));
    }
    panic!("no run has ticks");
}

#[tokio::test(start_paused = true)]
async fn flipped_bit_in_any_text_sets_its_run_aside() {
    for (table, column, what) in [
        ("runs", "snapshot", "the stored snapshot is damaged: its checksum does not match"),
        ("ticks", "body", "the stored tick is damaged: its checksum does not match"),
        ("messages", "body", "the stored message is damaged: its checksum does not match"),
        ("runs", "graph", ""),
    ] {
        let dir = Dir::new();
        file_with_ticks(&dir).await;
        let connection = Connection::open(dir.db()).unwrap();
        if table == "messages" {
            connection
                .execute(
                    "insert into messages(run, received, body, sum) select n, 0, 'abc', 1 from runs where id <> 'intact'",
                    (),
                )
                .unwrap();
        }
        let of_run = if table == "runs" { "id <> 'intact'" } else { "run <> (select n from runs where id = 'intact')" };
        let flipped = flip(&connection, table, column, of_run);
        drop(connection);
        let host = host(&dir.db()).await;
        assert!(flipped > 0, "{table}");
        let recovered = host.recovered();
        assert!(recovered.resumed.iter().any(|id| id == "intact"), "{table}: {recovered:?}");
        assert!(!recovered.refused.is_empty(), "{table}");
        for (id, reason) in &recovered.refused {
            assert!(what.is_empty() || reason == what, "{reason}");
            assert_eq!(host.find(id.clone()).await.unwrap().unwrap().status, RunStatus::Running, "it stays");
        }
        assert!(host.list(workflows_durable::Filter::default()).await.unwrap().len() >= 2);
        assert_eq!(finish(&host.handle::<Work>("intact").unwrap()).await, RESULT);
        host.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn flipped_bit_in_an_item_is_reported_with_the_item() {
    let dir = Dir::new();
    file(&dir).await.stop().await;
    let connection = Connection::open(dir.db()).unwrap();
    assert!(flip(&connection, "items", "body", "run = (select n from runs where id = 'a') and number = 1") == 1);
    let host = host(&dir.db()).await;
    let items = host.items("a", 0, 10).await.unwrap();
    assert_eq!(items[0].body.as_deref(), Ok("6"));
    assert_eq!(
        items[1].body.clone().unwrap_err().to_string(),
        "the stored item is damaged: its checksum does not match"
    );
    assert_eq!(finish(&host.handle::<Work>("a").unwrap()).await, RESULT, "the run does not need it");
}

/// Opens a damaged file and does what is possible.
async fn try_all(path: &Path) -> Result<(), StoreError> {
    let store = SqliteStore::open(path).await?;
    let host = match Host::on(store).workflow(Work).start().await {
        Ok(host) => host,
        Err(HostError::Store(error)) => return Err(error),
        Err(error) => panic!("{error}"),
    };
    // Each of these may fail.
    let _ = host.list(workflows_durable::Filter::default()).await;
    let _ = host.items("a", 0, 10).await;
    if let Some(run) = host.handle::<Work>("a")
        && let Some(prompt) = run.open_prompts().first()
        && run.answer(prompt.id, prompt.prompt).await.is_ok()
    {
        let _ = tokio::time::timeout(Duration::from_millis(200), run.result()).await;
    }
    host.stop().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn flipped_bit_anywhere_in_the_file_does_not_panic() {
    let dir = Dir::new();
    file(&dir).await.stop().await;
    Connection::open(dir.db()).unwrap().execute_batch("pragma wal_checkpoint(truncate)").unwrap();
    let intact = fs::read(dir.db()).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let broken = Dir::new();
        let mut bytes = intact.clone();
        let at = random.usize(..bytes.len());
        bytes[at] ^= 1 << random.u32(..8);
        fs::write(broken.db(), &bytes).unwrap();
        // An error is right, and so is a run that does not need this bit.
        let tried = tokio::spawn({
            let path = broken.db();
            async move { try_all(&path).await }
        });
        let _ = tried.await.unwrap_or_else(|panic| panic!("a bit of byte {at}: {panic}"));
    }
}
