//! What the outside sees of processes that die.

use super::child::{ITEMS, effects, expected};
use rusqlite::Connection;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};
use workflows_durable::Commit;

/// A directory with a store and the file `world`.
pub(crate) struct World {
    path: PathBuf,
    commit: Commit,
    /// Whether runs are parked as soon as they wait.
    parks: bool,
}

impl World {
    pub(crate) fn new(commit: Commit) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("workflows-crash-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path, commit, parks: false }
    }

    /// One whose runs are parked as soon as they wait.
    pub(crate) fn parking() -> Self {
        let mut world = Self::new(Commit::Before);
        world.parks = true;
        world
    }

    fn connection(&self) -> Connection {
        Connection::open(self.path.join("runs.db")).unwrap()
    }

    /// The results of the completed runs.
    pub(crate) fn results(&self) -> Vec<(u32, String)> {
        let connection = self.connection();
        let mut select =
            connection.prepare("select id, result from runs where status = 'completed' and parent is null").unwrap();
        let rows = select.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).unwrap();
        rows.map(|row| row.unwrap()).map(|(id, result)| (id["run-".len()..].parse().unwrap(), result)).collect()
    }

    /// Checks that all runs have ended as they should, with so many deaths on the way. Returns how many effects were
    /// repeated.
    pub(crate) fn check(&self, runs: u32, deaths: u32) -> usize {
        let mut results = self.results();
        results.sort();
        let right: Vec<(u32, String)> = (0..runs).map(|run| (run, expected(run).to_string())).collect();
        assert_eq!(results, right, "{}", self.path.display());
        self.check_children(runs);
        self.check_items(runs);
        let repeats = self.check_effects(runs);
        if self.commit == Commit::Behind {
            return repeats;
        }
        // At most two parts of a run are in flight, and one other step.
        assert!(repeats <= 2 * (runs * deaths) as usize, "{repeats} repeats, {deaths} deaths");
        repeats
    }

    /// Each run has one child, which has ended: a step that begins again finds it.
    fn check_children(&self, runs: u32) {
        let connection = self.connection();
        let mut select =
            connection.prepare("select parent, id, status from runs where parent is not null order by n").unwrap();
        let rows = select
            .query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
            .unwrap();
        let mut children: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for row in rows {
            let (parent, child, status) = row.unwrap();
            children.entry(parent).or_default().push((child, status));
        }
        assert_eq!(children.len(), runs as usize);
        for (parent, children) in children {
            assert_eq!(children.len(), 1, "{parent}: {children:?}, {}", self.path.display());
            assert_eq!(children[0].1, "completed", "{parent}: {children:?}");
        }
    }

    /// Numbers have no gaps, and an item is repeated in a later epoch only.
    fn check_items(&self, runs: u32) {
        let connection = self.connection();
        let mut select = connection
            .prepare(
                "select runs.id, number, items.epoch, body from items join runs on runs.n = items.run
                 order by runs.id, number",
            )
            .unwrap();
        let rows = select
            .query_map((), |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?, row.get::<_, String>(3)?))
            })
            .unwrap();
        let mut items: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
        for row in rows {
            let (run, number, epoch, body) = row.unwrap();
            let of_run = items.entry(run).or_default();
            assert_eq!(number as usize, of_run.len(), "numbers have no gaps");
            of_run.push((body.parse().unwrap(), epoch));
        }
        assert_eq!(items.len(), runs as usize);
        for of_run in items.values() {
            for pair in of_run.windows(2) {
                let ((before, first), (after, second)) = (pair[0], pair[1]);
                let is_next = after == before + 1 && second >= first;
                let is_repeated = after == before && second > first;
                assert!(is_next || is_repeated, "{of_run:?}");
            }
            assert_eq!((of_run[0].0, of_run[of_run.len() - 1].0), (1, ITEMS));
        }
    }

    /// No effect of a step follows one of a later step, if runs wait for their records. Returns how many were repeated.
    fn check_effects(&self, runs: u32) -> usize {
        let text = std::fs::read_to_string(self.path.join("world")).unwrap();
        let mut latest: BTreeMap<u32, u32> = BTreeMap::new();
        let mut seen: BTreeMap<(u32, u32, u32), u32> = BTreeMap::new();
        for line in text.lines() {
            let fields: Vec<u32> = line.split(' ').map(|field| field.parse().unwrap()).collect();
            let [run, stage, part] = fields[..] else { panic!("torn line `{line}`") };
            let latest = latest.entry(run).or_default();
            let is_in_order = stage >= *latest || self.commit == Commit::Behind;
            assert!(is_in_order, "run {run}: stage {stage} after stage {latest}, {}", self.path.display());
            *latest = stage;
            *seen.entry((run, stage, part)).or_default() += 1;
        }
        assert_eq!(seen.len(), runs as usize * effects(), "each effect has happened");
        seen.values().map(|times| *times as usize - 1).sum()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn spawn(world: &World, runs: u32, crash: Option<(&str, u32)>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    command.env("CRASH_DIR", &world.path).env("CRASH_RUNS", runs.to_string());
    if world.commit == Commit::Behind {
        command.env("CRASH_BEHIND", "1");
    }
    if world.parks {
        command.env("CRASH_PARKS", "1");
    }
    if let Some((when, at)) = crash {
        command.env("CRASH_AT", format!("{when}:{at}"));
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs the process to its end. Returns the number of its commits, `None` if it has crashed.
pub(crate) fn run_child(world: &World, runs: u32, crash: Option<(&str, u32)>) -> Option<u32> {
    let status = spawn(world, runs, crash).wait().unwrap();
    if crash.is_some() && !status.success() {
        return None;
    }
    assert!(status.success(), "the process fails by itself: {status}, {}", world.path.display());
    let commits = std::fs::read_to_string(world.path.join("commits")).unwrap();
    Some(commits.parse().unwrap())
}

/// Kills the process after a while. Returns false if it has ended before.
pub(crate) fn wait_killing(world: &World, runs: u32, after: Duration) -> bool {
    let mut child = spawn(world, runs, None);
    let until = Instant::now() + after;
    while Instant::now() < until {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "the process fails by itself: {status}, {}", world.path.display());
            return false;
        }
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    let _ = child.wait().unwrap();
    true
}
