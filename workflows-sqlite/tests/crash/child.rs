//! The process that dies.

use core::time::Duration;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use workflows_durable::{
    Commit, DurableRun, Filter, Host, HostError, MessageError, RunInfo,
    store::{self, Applied, Change, Store, StoreFuture},
};
use workflows_runtime::{Answers, Workflow, prelude::*};
use workflows_sqlite::SqliteStore;

/// Hosts the runs until all have ended, if this is the child.
pub(crate) fn main() {
    let Some(dir) = std::env::var_os("CRASH_DIR") else { return };
    let dir = PathBuf::from(dir);
    let runs = std::env::var("CRASH_RUNS").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let commits = runtime.block_on(host_runs(&dir, runs));
    std::fs::write(dir.join("commits"), commits.to_string()).unwrap();
}

async fn host_runs(dir: &Path, runs: u32) -> u32 {
    let commits = Arc::new(AtomicU32::new(0));
    let store = SqliteStore::open(dir.join("runs.db")).await.unwrap();
    let store = CrashingStore { store, crash: Crash::from_environment(), commits: Arc::clone(&commits) };
    WORLD.set(Mutex::new(append_to(&dir.join("world")))).unwrap();
    let parks = std::env::var_os("CRASH_PARKS").is_some();
    let double = Arc::new(Double { asks: parks });
    let work = Work { double: Arc::clone(&double) };
    let commit = if std::env::var_os("CRASH_BEHIND").is_some() { Commit::Behind } else { Commit::Before };
    let mut host = Host::on(store).workflow(work).workflow(double).commit(commit);
    if parks {
        host = host.idle_after(Duration::from_millis(1)).park_parents(true);
    }
    let host = host.start().await.unwrap();
    assert!(host.recovered().refused.is_empty(), "{:?}", host.recovered().refused);
    let mut driven = Vec::new();
    for number in 0..runs {
        let id = format!("run-{number}");
        let started = host.run::<Work>(number).id(&*id).start().await;
        if parks {
            assert!(matches!(started, Ok(_) | Err(HostError::Exists(_))), "{started:?}");
            driven.push(tokio::spawn(answer_stored_prompts(host.clone(), id)));
            continue;
        }
        let run = match started {
            Ok(run) => run,
            Err(HostError::Exists(_)) => match host.handle::<Work>(&*id) {
                Some(run) => run,
                // It has ended.
                None => continue,
            },
            Err(error) => panic!("{error}"),
        };
        driven.push(tokio::spawn(answer_until_end(run)));
    }
    for run in driven {
        run.await.unwrap();
    }
    host.stop().await;
    commits.load(Ordering::Relaxed)
}

/// Answers each prompt twice with the same key: it counts once.
async fn answer_until_end(run: DurableRun<Work>) {
    let mut events = run.events();
    while let Some(event) = events.next().await {
        let RunEvent::InputRequired { id, prompt, .. } = event else { continue };
        for _ in 0..2 {
            match run.send(HumanResponse(answer_to(prompt))).key(id.to_string()).await {
                // The second one may come after the end.
                Ok(()) | Err(MessageError::Ended) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    run.result().await.unwrap();
}

/// Answers the prompts of a run and of its child that are stored, wherever they are.
async fn answer_stored_prompts(host: Host, id: String) {
    let mut children = Filter::default();
    children.parent = Some((&*id).into());
    loop {
        let found = host.find(&*id).await.unwrap().unwrap();
        if found.ended.is_some() {
            return;
        }
        answer_prompts::<Work>(&host, found).await;
        for child in host.list(children.clone()).await.unwrap() {
            answer_prompts::<Double>(&host, child).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn answer_prompts<W: Workflow>(host: &Host, of: RunInfo)
where
    u64: Answers<W>,
{
    for open in of.prompts {
        let answer = answer_to(open.body.parse().unwrap());
        match host.answer::<W, u64>(&of.id, open.id, answer).key(open.id.to_string()).await {
            Ok(()) | Err(MessageError::Ended | MessageError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn answer_to(prompt: u64) -> u64 {
    7 * prompt
}

static WORLD: OnceLock<Mutex<File>> = OnceLock::new();

fn append_to(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

/// What a step does to the outside, as a line in one write.
fn effect(run: u32, stage: u32, part: u32) {
    let line = format!("{run} {stage} {part}\n");
    WORLD.get().unwrap().lock().unwrap().write_all(line.as_bytes()).unwrap();
}

#[event]
struct Hop {
    run: u32,
    stage: u32,
    sum: u64,
}
#[event]
struct Part {
    run: u32,
    stage: u32,
    sum: u64,
    number: u32,
}
#[event]
struct Got {
    run: u32,
    stage: u32,
    sum: u64,
}
#[event]
struct Asking {
    run: u32,
    sum: u64,
}
#[event]
struct Flaky {
    run: u32,
    sum: u64,
}
#[event]
struct Broken {
    run: u32,
    sum: u64,
}
#[event]
struct Recovered {
    run: u32,
    sum: u64,
}

#[event]
struct Doubled {
    run: u32,
    sum: u64,
}

/// A child in two steps, which may ask first.
#[workflow]
struct Double {
    asks: bool,
}

#[workflow]
impl Double {
    #[step]
    async fn double(
        &self,
        ctx: &Context<Self, (InputRequired<u64>, HumanResponse<u64>)>,
        Start((run, sum)): Start<(u32, u64)>,
    ) -> Doubled {
        let sum = if self.asks { sum + ctx.ask_for::<u64>(0).await } else { sum };
        effect(run, HOPS + 3, 0);
        Doubled { run, sum: sum * 2 }
    }
    #[step]
    async fn end(&self, Doubled { run, sum }: Doubled) -> Stop<u64> {
        effect(run, HOPS + 4, 0);
        Stop(sum)
    }
}

const HOPS: u32 = 3;

/// Fan-outs of blocking steps, questions, retries, a handler, a child, state and a stream.
#[workflow(state = u64, stream = u32, timeout = "1h")]
struct Work {
    double: Arc<Double>,
}

#[workflow]
impl Work {
    #[step]
    async fn start(&self, Start(run): Start<u32>) -> Hop {
        effect(run, 0, 0);
        Hop { run, stage: 1, sum: run.into() }
    }
    #[step]
    async fn hop(&self, ctx: &Context<Self>, Hop { run, stage, sum }: Hop) -> Vec<Part> {
        ctx.publish(stage);
        (0..3).map(|number| Part { run, stage, sum, number }).collect()
    }
    #[step(workers = 2)]
    #[blocking(io)]
    fn part(&self, Part { run, stage, sum, number }: Part) -> Got {
        effect(run, stage, number);
        Got { run, stage, sum: sum + u64::from(number) }
    }
    #[step]
    async fn gather(&self, ctx: &Context<Self>, all: Vec<Got>) -> OneOf<Hop, Asking> {
        let Got { run, stage, .. } = all[0];
        let sum = all.iter().map(|got| got.sum).sum();
        ctx.state().update(|gathered| *gathered += 1);
        if stage < HOPS { Hop { run, stage: stage + 1, sum }.emit() } else { Asking { run, sum }.emit() }
    }
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<u64>, HumanResponse<u64>)>,
        Asking { run, sum }: Asking,
    ) -> Flaky {
        let first = ctx.ask_for::<u64>(1).await;
        let second = ctx.ask_for::<u64>(2).await;
        effect(run, HOPS + 1, 0);
        Flaky { run, sum: sum + 1_000 * first + 100_000 * second }
    }
    #[step(retry = Retry::fixed(Duration::from_millis(5)).max_attempts(3))]
    async fn flaky(&self, ctx: &Context<Self>, Flaky { run, sum }: Flaky) -> StepResult<Broken> {
        if ctx.attempt().number < 3 {
            return Err(StepError::msg("not yet"));
        }
        effect(run, HOPS + 2, 0);
        Ok(Broken { run, sum })
    }
    #[step]
    async fn broken(&self, Broken { .. }: Broken) -> StepResult<Recovered> {
        Err(StepError::msg("never"))
    }
    #[catch_error(steps(broken))]
    async fn recover(&self, failed: StepFailed) -> Recovered {
        let Some(Broken { run, sum }) = failed.input() else { return Recovered { run: 0, sum: 0 } };
        Recovered { run, sum: sum + 1 }
    }
    #[step]
    async fn last(&self, ctx: &Context<Self>, Recovered { run, sum }: Recovered) -> StepResult<Stop<u64>> {
        let double = ctx.run_child(&self.double, (run, sum)).await?;
        effect(run, HOPS + 5, 0);
        Ok(Stop(double + ctx.state().get()))
    }
}

/// The result of a run.
pub(crate) fn expected(run: u32) -> u64 {
    let mut sum = u64::from(run);
    for _ in 0..HOPS {
        sum = 3 * sum + 3;
    }
    sum += 1_000 * answer_to(1) + 100_000 * answer_to(2) + 1;
    sum * 2 + u64::from(HOPS)
}

/// The effects of a run that is not interrupted, by stage.
pub(crate) fn effects() -> usize {
    1 + 3 * HOPS as usize + 5
}

/// How many items a run publishes.
pub(crate) const ITEMS: u32 = HOPS;

/// A crash before or after a commit.
struct Crash {
    before: bool,
    at: u32,
}

impl Crash {
    fn from_environment() -> Option<Self> {
        let crash = std::env::var("CRASH_AT").ok()?;
        let (when, at) = crash.split_once(':')?;
        Some(Self { before: when == "before", at: at.parse().ok()? })
    }
}

/// A store that takes the process down at one of its commits, without a word.
struct CrashingStore {
    store: SqliteStore,
    crash: Option<Crash>,
    commits: Arc<AtomicU32>,
}

impl store::StoreWrapper for CrashingStore {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        let crash = move |before| {
            if let Some(crash) = &self.crash
                && crash.before == before
                && crash.at == number
            {
                std::process::abort();
            }
        };
        Box::pin(async move {
            crash(true);
            let applied = self.inner().commit(changes).await;
            crash(false);
            applied
        })
    }
}
