//! The time and the memory of `cargo workflows check` for a program with more than 200 dependencies, after its build.
//!
//! `cargo bench -p cargo-workflows`. The first run builds `tests/large`, whose dependencies are downloaded.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const ROUNDS: usize = 11;

/// The limits: seconds of CPU time, and megabytes. Two threads read, so without load the check takes less time than that.
const SECONDS: f64 = 15.0;
const MEGABYTES: f64 = 1500.0;

/// One check of the built program.
struct Round {
    /// From the start to the exit, with `cargo check` finding that all crates are built.
    seconds: f64,
    /// Of the check itself, without cargo.
    cpu_seconds: f64,
    megabytes: f64,
}

fn main() {
    println!("building the program");
    assert_eq!(check().status().expect("the check can run").code(), Some(1), "one call blocks");
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| round()).collect();
    let (crates, megabytes) = modules();
    println!("{crates} crates, {megabytes:.0} MB of LLVM IR, {ROUNDS} rounds: median (minimum..maximum)");
    row("time", "s", rounds.iter().map(|round| round.seconds).collect());
    let seconds = row("CPU time", "s", rounds.iter().map(|round| round.cpu_seconds).collect());
    let megabytes = row("memory", "MB", rounds.iter().map(|round| round.megabytes).collect());
    assert!(seconds <= SECONDS && megabytes <= MEGABYTES, "the limits are {SECONDS} s and {MEGABYTES} MB");
}

fn check() -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/large");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-workflows"));
    command.current_dir(folder).args(["workflows", "check", "--locked"]);
    command.stdout(Stdio::null());
    command
}

fn round() -> Round {
    let began = Instant::now();
    let mut child = check().stderr(Stdio::null()).spawn().expect("the check can run");
    let process = Path::new("/proc").join(child.id().to_string());
    let (mut cpu_seconds, mut megabytes) = (0.0, 0.0);
    // Both only grow, so the last values before the exit are those of the whole check.
    while child.try_wait().expect("a child").is_none() {
        cpu_seconds = cpu(&process).unwrap_or(cpu_seconds);
        megabytes = memory(&process).unwrap_or(megabytes);
        sleep(Duration::from_millis(5));
    }
    Round { seconds: began.elapsed().as_secs_f64(), cpu_seconds, megabytes }
}

/// The CPU time of a process, in ticks of 10 ms.
fn cpu(process: &Path) -> Option<f64> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // The name before `)` may have spaces. User and system time are the 14th and the 15th value.
    let mut values = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = values.next()?.parse().ok()?;
    let system: f64 = values.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}

/// The largest memory of a process so far.
fn memory(process: &Path) -> Option<f64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

/// Prints the median and the spread, and returns the median.
fn row(name: &str, unit: &str, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let median = values[values.len() / 2];
    println!("{name}: {median:.1} {unit} ({:.1}..{:.1})", values[0], values[values.len() - 1]);
    median
}

/// The number and the size of the files that are read.
fn modules() -> (usize, f64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/large/target/workflows-check/debug/deps");
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let modules: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "ll")).collect();
    #[allow(clippy::cast_precision_loss, reason = "shown in MB")]
    let size = modules.iter().map(|path| path.metadata().expect("a file").len() as f64 / 1e6).sum();
    (modules.len(), size)
}
