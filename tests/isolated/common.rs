//! Executors for one test, and what must not be left of it.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, pidfd_open},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::{fd::OwnedFd, unix::process::CommandExt},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, MutexGuard};
use workflows_runtime::{Executors, isolated::ProcessMetrics};

/// One test at a time: they count the descriptors and the children of this process.
static TURN: Mutex<()> = Mutex::const_new(());

/// Executors that must have left nothing at the end of the test.
pub(crate) struct Isolated {
    pub(crate) executors: Executors,
    before: Vec<String>,
    _turn: MutexGuard<'static, ()>,
}

pub(crate) async fn isolated(processes: usize) -> Isolated {
    let turn = TURN.lock().await;
    crate::worker();
    let executors = Executors::builder().isolated_processes(processes).isolated_pool("extra", 1).build().unwrap();
    Isolated { executors, before: descriptors(), _turn: turn }
}

impl Isolated {
    pub(crate) fn metrics(&self) -> ProcessMetrics {
        self.executors.process_metrics().swap_remove(0)
    }

    /// Shuts the executors down, and asserts that nothing is left.
    pub(crate) async fn end(self) {
        assert!(self.executors.shutdown_timeout(Duration::from_secs(30)).await);
        for metrics in self.executors.process_metrics() {
            assert_eq!((metrics.processes, metrics.running, metrics.queued), (0, 0, 0), "{metrics:?}");
        }
        // Executors that were only dropped end their processes in the background.
        let limit = Instant::now() + Duration::from_secs(30);
        while (!children().is_empty() || descriptors() != self.before) && Instant::now() < limit {
            tokio::task::yield_now().await;
        }
        assert_eq!(children(), Vec::<u32>::new(), "processes are left");
        assert_eq!(descriptors(), self.before, "sockets or pipes are left");
    }
}

/// The sockets and pipes of this process, each once: the runtimes of other tests have copies of tokio's own.
fn descriptors() -> Vec<String> {
    let entries = fs::read_dir("/proc/self/fd").unwrap();
    let links = entries.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    let names = links.map(|link| link.to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("socket:") || name.starts_with("pipe:")).collect();
    names.sort();
    names.dedup();
    names
}

/// The children of this process.
fn children() -> Vec<u32> {
    let mut children = Vec::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let list = fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
        children.extend(list.split_whitespace().map(|pid| pid.parse::<u32>().unwrap()));
    }
    children
}

/// A process whose end can be waited for.
pub(crate) struct Watched(OwnedFd);

pub(crate) fn watch(pid: u32) -> Watched {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    Watched(pidfd_open(pid, PidfdFlags::empty()).unwrap())
}

impl Watched {
    /// Waits until the process has ended.
    pub(crate) async fn ended(self) {
        let ended = tokio::task::spawn_blocking(move || {
            let limit = Timespec { tv_sec: 30, tv_nsec: 0 };
            poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&limit)).unwrap()
        });
        assert_eq!(ended.await.unwrap(), 1, "the process is still running");
    }
}

/// Another process of this test binary, which executes one ignored test.
pub(crate) fn in_another_process(test: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.args(["--exact", test, "--ignored", "--nocapture"]).stdin(Stdio::null());
    command
}

pub(crate) fn assert_passes(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    output
}

/// Starts it in a group of its own. Returns it with the lines of its stdout.
pub(crate) fn start(command: &mut Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    (child, lines)
}

/// The rest of the next line that contains `marker`.
pub(crate) fn line_after(lines: &mut impl BufRead, marker: &str) -> String {
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "no `{marker}` before the end of the output");
        if let Some((_, rest)) = line.split_once(marker) {
            return rest.trim().to_owned();
        }
    }
}
