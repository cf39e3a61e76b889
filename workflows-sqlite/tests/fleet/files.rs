//! What the outside sees of the processes.

use rusqlite::Connection;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::Duration,
};

/// A directory with a store and what the processes write.
pub(crate) struct Files(PathBuf);

pub(crate) struct Effect {
    pub(crate) run: u32,
    pub(crate) stage: u32,
}

/// A process, which is killed when it is dropped.
pub(crate) struct Process(Child, PathBuf);

impl Files {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("workflows-fleet-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn spawn(&self, role: &str, name: &str, runs: u32) -> Process {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
        command.env("FLEET_DIR", &self.0).env("FLEET_ROLE", role).env("FLEET_NAME", name);
        command.env("FLEET_RUNS", runs.to_string());
        let output = self.path(&format!("output of {name}"));
        command.stdout(Stdio::null()).stderr(File::create(&output).unwrap());
        Process(command.spawn().unwrap(), output)
    }

    /// Waits until the processes have come so far.
    pub(crate) fn wait_for(&self, is_reached: impl Fn(&Self) -> bool) {
        for _ in 0..30_000 {
            if is_reached(self) {
                return;
            }
            sleep(Duration::from_millis(2));
        }
        panic!("the processes in {} do nothing", self.0.display());
    }

    /// Whether no process is in the middle of a commit.
    pub(crate) fn is_writable(&self) -> bool {
        let connection = Connection::open(self.path("runs.db")).unwrap();
        connection.busy_timeout(Duration::from_millis(20)).unwrap();
        connection.execute_batch("begin immediate; rollback").is_ok()
    }

    pub(crate) fn effects(&self) -> Vec<Effect> {
        let fields = lines(&self.path("world"));
        fields.iter().map(|of| Effect { run: of[0].parse().unwrap(), stage: of[1].parse().unwrap() }).collect()
    }

    /// The run, epoch and process of each record.
    pub(crate) fn records(&self) -> Vec<(String, u64, String)> {
        let fields = lines(&self.path("records"));
        fields.into_iter().map(|of| (of[0].clone(), of[1].parse().unwrap(), of[2].clone())).collect()
    }

    /// The number of runs.
    pub(crate) fn started(&self) -> u32 {
        let connection = Connection::open(self.path("runs.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection.query_row("select count(*) from runs", (), |row| row.get(0)).unwrap()
    }

    pub(crate) fn results(&self) -> Vec<(u32, u32)> {
        let connection = Connection::open(self.path("runs.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        let mut select = connection.prepare("select id, result from runs where status = 'completed'").unwrap();
        let rows = select.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
        let mut results: Vec<(u32, u32)> = Vec::new();
        for row in rows {
            let (id, result) = row.unwrap();
            results.push((id["run-".len()..].parse().unwrap(), result.parse().unwrap()));
        }
        results.sort_unstable();
        results
    }
}

/// The words of each complete line.
fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

impl Drop for Files {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

impl Process {
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([format!("-{signal}"), self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn wait(&mut self) {
        let status = self.0.wait().unwrap();
        assert!(status.success(), "{status}: {}", fs::read_to_string(&self.1).unwrap());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, unless the test fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
