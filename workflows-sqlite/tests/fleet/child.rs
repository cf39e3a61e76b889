//! A process of the fleet.

use crate::children;
use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};
use tokio::time::sleep;
use workflows_durable::{
    DurableRun, Filter, Host, HostError, RunStatus,
    store::{self, Applied, Change, ChangeKind, Store, StoreFuture},
};
use workflows_runtime::prelude::*;
use workflows_sqlite::SqliteStore;

/// The lease of a process that is to lose it, and of others: a busy machine must not take it from them.
const LEASES: (Duration, Duration) = (Duration::from_millis(400), Duration::from_mins(1));

/// How many steps a run has.
pub(crate) const STAGES: u32 = 8;

/// The result of a run.
pub(crate) fn expected(run: u32) -> u32 {
    run + STAGES
}

pub(crate) fn main() {
    let Some(dir) = std::env::var_os("FLEET_DIR") else { return };
    let dir = PathBuf::from(dir);
    let (role, name) = (std::env::var("FLEET_ROLE").unwrap(), std::env::var("FLEET_NAME").unwrap());
    let runs = std::env::var("FLEET_RUNS").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        match &*role {
            "work" => work(&dir, name, runs, LEASES.1).await,
            "stopped" => work(&dir, name, runs, LEASES.0).await,
            "old" => ask(&dir, runs).await,
            "reordered" => answer::<reordered::Ask>(&dir, reordered::Ask, 0).await,
            "renamed" => refuse(&dir).await,
            "parent" => children::start(&dir).await,
            "migrating parent" => children::migrate(&dir).await,
            "old again" => answer::<old::Ask>(&dir, old::Ask, 1).await,
            _ => migrate(&dir).await,
        }
    });
}

static WORLD: OnceLock<Mutex<File>> = OnceLock::new();

fn append_to(path: &Path) -> Mutex<File> {
    Mutex::new(OpenOptions::new().create(true).append(true).open(path).unwrap())
}

/// A line in one write.
fn write(file: &Mutex<File>, line: &str) {
    file.lock().unwrap().write_all(line.as_bytes()).unwrap();
}

#[event]
struct Stage {
    run: u32,
    stage: u32,
}

/// Steps that take a while, each of which does something to the outside.
#[workflow]
struct Work;

#[workflow]
impl Work {
    #[step]
    async fn begin(&self, Start(run): Start<u32>) -> Stage {
        write(WORLD.get().unwrap(), &format!("{run} 0\n"));
        Stage { run, stage: 1 }
    }
    #[step]
    async fn work(&self, Stage { run, stage }: Stage) -> OneOf<Stage, Stop<u32>> {
        write(WORLD.get().unwrap(), &format!("{run} {stage}\n"));
        sleep(Duration::from_millis(60)).await;
        if stage + 1 < STAGES { Stage { run, stage: stage + 1 }.emit() } else { Stop(run + STAGES).emit() }
    }
}

/// Hosts the runs until all have ended, wherever they do.
async fn work(dir: &Path, name: String, runs: u32, lease: Duration) {
    WORLD.set(append_to(&dir.join("world"))).unwrap();
    // Each has some of the runs, whichever begins first.
    let is_own = |run: &u32| match &*name {
        "one" => lease == LEASES.0 || run.is_multiple_of(2),
        "two" => !run.is_multiple_of(2),
        _ => true,
    };
    let numbers: Vec<u32> = (0..runs).filter(is_own).collect();
    let store = SqliteStore::open(dir.join("runs.db")).await.unwrap();
    let store = Logged { store, name, records: Arc::new(append_to(&dir.join("records"))) };
    let host = Host::on(store).workflow(Work).lease(lease).start().await.unwrap();
    for run in numbers {
        match host.run::<Work>(run).id(format!("run-{run}")).start().await {
            Ok(_) | Err(HostError::Exists(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let running = Filter::default();
    loop {
        let found = host.list(running.clone()).await.unwrap();
        if found.len() == runs as usize && found.iter().all(|run| run.status == RunStatus::Completed) {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    while host.health().running > 0 {
        // It drops what it has lost.
        sleep(Duration::from_millis(20)).await;
    }
    host.stop().await;
}

/// A store that notes what it has recorded.
struct Logged {
    store: SqliteStore,
    name: String,
    records: Arc<Mutex<File>>,
}

impl store::StoreWrapper for Logged {
    fn inner(&self) -> &dyn Store {
        &self.store
    }

    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        Box::pin(async move {
            let applied = self.inner().commit(Arc::clone(&changes)).await?;
            for (Change { run, kind, .. }, applied) in changes.iter().zip(&applied) {
                if let ChangeKind::Progress { epoch, .. } | ChangeKind::End { epoch, .. } = kind
                    && *applied == Applied::Done
                {
                    write(&self.records, &format!("{run} {epoch} {}\n", self.name));
                }
            }
            Ok(applied)
        })
    }
}

pub(crate) mod old {
    use super::*;

    #[event]
    pub(crate) struct Asking(pub(crate) u32);

    #[workflow]
    pub(crate) struct Ask;

    #[workflow]
    impl Ask {
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Asking {
            Asking(n)
        }
        #[step]
        async fn ask(
            &self,
            ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
            Asking(n): Asking,
        ) -> Stop<u32> {
            Stop(n + ctx.ask_for::<u32>(n).await)
        }
    }
}

mod reordered {
    use super::*;
    pub(crate) use old::Asking;

    #[workflow]
    pub(crate) struct Ask;

    #[workflow]
    impl Ask {
        #[step]
        async fn notify(&self, _: Asking) {}
        #[step]
        async fn ask(
            &self,
            ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
            Asking(n): Asking,
        ) -> Stop<u32> {
            Stop(n + ctx.ask_for::<u32>(n).await)
        }
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Asking {
            Asking(n)
        }
    }
}

pub(crate) mod renamed {
    use super::*;

    #[event]
    pub(crate) struct Question(pub(crate) u32);

    #[workflow(state = String)]
    pub(crate) struct Ask;

    #[workflow]
    impl Ask {
        #[step]
        async fn question(
            &self,
            ctx: &Context<Self, (InputRequired<u32>, HumanResponse<u32>)>,
            Question(n): Question,
        ) -> Stop<u32> {
            let more: u32 = ctx.state().get().parse().unwrap_or_default();
            Stop(n + more + ctx.ask_for::<u32>(n).await)
        }
        #[step]
        async fn begin(&self, Start(n): Start<u32>) -> Question {
            Question(n)
        }
    }
}

pub(crate) async fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir.join("runs.db")).await.unwrap()
}

/// Starts the runs and stops once all ask.
async fn ask(dir: &Path, runs: u32) {
    let host = Host::on(open(dir).await).workflow(old::Ask).start().await.unwrap();
    for run in 0..runs {
        let run = host.run::<old::Ask>(run).id(format!("run-{run}")).start().await.unwrap();
        asked(&run).await;
    }
    host.stop().await;
}

async fn asked<W: Workflow>(run: &DurableRun<W>) {
    while run.open_prompts().is_empty() {
        sleep(Duration::from_millis(2)).await;
    }
}

/// Answers one of the runs, and leaves the others.
async fn answer<W>(dir: &Path, workflow: W, run: u32)
where
    W: WorkflowExt<Workflow = W> + workflows_runtime::durable::Durable + Workflow<Output = u32>,
    u32: workflows_runtime::Answers<W>,
{
    let host = Host::on(open(dir).await).workflow(workflow).start().await.unwrap();
    assert!(host.recovered().refused.is_empty(), "{:?}", host.recovered());
    let Some(handle) = host.handle::<W>(format!("run-{run}")) else {
        panic!("{:?}, {:?}", host.recovered(), host.find(format!("run-{run}")).await);
    };
    asked(&handle).await;
    handle.answer(handle.open_prompts()[0].id, 100_u32).await.unwrap();
    assert_eq!(handle.result().await.unwrap(), 100 + run);
    host.stop().await;
}

async fn refuse(dir: &Path) {
    let host = Host::on(open(dir).await).workflow(renamed::Ask).start().await.unwrap();
    let recovered = host.recovered();
    assert!(recovered.resumed.is_empty(), "{recovered:?}");
    let reasons: Vec<String> = recovered.refused.into_iter().map(|(_, reason)| reason).collect();
    std::fs::write(dir.join("refused"), reasons.join("\n")).unwrap();
    host.stop().await;
}

async fn migrate(dir: &Path) {
    let host = Host::on(open(dir).await).workflow(renamed::Ask).start().await.unwrap();
    let migration = host
        .migration::<renamed::Ask>()
        .rename_step("ask", "question")
        .rename_event("Asking", "Question")
        .state(|_: std::collections::BTreeMap<String, u32>| "100".to_owned());
    let mut outcomes = Vec::new();
    for migrated in [migration.dry_run().await.unwrap(), migration.apply().await.unwrap()] {
        outcomes.extend(migrated.iter().map(|run| format!("{} {}", run.id, run.outcome)));
    }
    std::fs::write(dir.join("migrated"), outcomes.join(", ")).unwrap();
    let Some(run) = host.handle::<renamed::Ask>("run-2") else { panic!("{outcomes:?}, {:?}", host.recovered()) };
    asked(&run).await;
    run.answer(run.open_prompts()[0].id, 100_u32).await.unwrap();
    assert_eq!(run.result().await.unwrap(), 202);
    host.stop().await;
}
