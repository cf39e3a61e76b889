//! Measures this crate and a baseline in turns, in one process, and prints their ratio. The terms are those of
//! `docs/performance.md`.

// Each bench uses only a part of this module.
#![allow(dead_code)]

pub(crate) mod baselines;
pub(crate) mod workflows;

use std::{hint::black_box, time::Instant};
use tokio::runtime::{Builder, Runtime};

/// Returns whether the run should be short: `cargo bench --bench hop -- --quick`.
pub(crate) fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--quick")
}

/// Returns whether rows are printed as those of a Markdown table: `-- --markdown`.
fn is_markdown() -> bool {
    std::env::args().any(|argument| argument == "--markdown")
}

/// Returns the number of rounds, which is at most 3 in a short run.
pub(crate) fn rounds(full: usize) -> usize {
    if is_quick() { full.min(3) } else { full }
}

/// One row of a bench's table.
pub(crate) struct Row {
    name: String,
    baseline: Vec<f64>,
    ours: Vec<f64>,
    target: f64,
}

impl Row {
    /// Creates a row with a target: the largest accepted ratio.
    pub(crate) fn new(name: impl Into<String>, target: f64) -> Self {
        Self { name: name.into(), baseline: Vec::new(), ours: Vec::new(), target }
    }

    /// Creates a row without a target, which reports its figures only.
    pub(crate) fn without_target(name: impl Into<String>) -> Self {
        Self::new(name, f64::INFINITY)
    }

    /// Adds one round: the figure of the baseline and ours, in the same unit.
    pub(crate) fn round(&mut self, baseline: f64, ours: f64) {
        self.baseline.push(baseline);
        self.ours.push(ours);
    }

    /// Returns the median of the ratios.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    fn ratios(&self) -> Vec<f64> {
        self.baseline.iter().zip(&self.ours).map(|(baseline, ours)| ours / baseline).collect()
    }

    /// Prints the medians, the ratio with its spread, and whether it meets the target.
    pub(crate) fn print(&self, unit: &str) {
        let Self { name, .. } = self;
        let baseline = median(self.baseline.clone());
        let ours = median(self.ours.clone());
        let ratios = self.ratios();
        let least = ratios.iter().copied().fold(f64::MAX, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let ratio = self.ratio();
        let (target, verdict) = match self.target {
            f64::INFINITY => ("–".to_owned(), ""),
            bound => (format!("{bound:.2}"), if ratio <= bound { "ok" } else { "MISSED" }),
        };
        if is_markdown() {
            println!(
                "| {name} | {baseline:.3} | {ours:.3} | {unit} | {ratio:.2} | {least:.2}..{most:.2} | {target} | {verdict} |"
            );
        } else {
            println!(
                "{name:<44} {baseline:>12.3} {ours:>12.3} {unit:<12} {ratio:>6.2} x  [{least:.2}..{most:.2}]  target {target}  {verdict}"
            );
        }
    }
}

/// Prints the header of a table. `name` is the kind of runtime.
pub(crate) fn head(name: &str) {
    if !is_markdown() {
        println!("{name:<44} {:>12} {:>12}", "baseline", "ours");
    }
}

/// Prints a line outside of the tables: to stderr if stdout is Markdown.
pub(crate) fn note(text: &str) {
    if is_markdown() {
        eprintln!("{text}");
    } else {
        println!("{text}");
    }
}

/// Returns the median of the values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Returns the microseconds of wall-clock time per repetition.
pub(crate) async fn micros<F: Future>(times: u32, mut once: impl FnMut() -> F) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        black_box(once().await);
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

/// Returns the nanoseconds of thread time per repetition. Other programs on the same cores affect it less than
/// wall-clock time; work on other threads is not counted.
pub(crate) async fn cpu_nanos<F: Future>(times: u32, mut once: impl FnMut() -> F) -> f64 {
    let begun = cpu();
    for _ in 0..times {
        black_box(once().await);
    }
    (cpu() - begun) / f64::from(times)
}

/// Returns the CPU time of this thread, in nanoseconds.
#[cfg(unix)]
pub(crate) fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    float(time.tv_sec) * 1e9 + float(time.tv_nsec)
}

/// Returns the wall-clock time since the first call, in nanoseconds, as there is no thread time.
#[cfg(not(unix))]
pub(crate) fn cpu() -> f64 {
    static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGUN.elapsed().as_secs_f64() * 1e9
}

/// Returns the resident memory of the process, in bytes. Linux only; 0 on other systems.
pub(crate) fn resident() -> f64 {
    let Ok(statm) = std::fs::read_to_string("/proc/self/statm") else { return 0.0 };
    let pages: u32 = match statm.split(' ').nth(1) {
        Some(pages) => pages.parse().unwrap_or_default(),
        None => 0,
    };
    f64::from(pages) * 4096.0
}

/// Converts an integer. All figures are far below 2^52, so no precision is lost.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn float(number: i64) -> f64 {
    number as f64
}

/// Creates a runtime with one thread.
pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Creates a runtime with two threads, which steal work from each other.
pub(crate) fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a bench in a spawned task, as the future of `block_on` itself is woken in another way.
pub(crate) fn in_a_task(runtime: &Runtime, bench: impl Future<Output = ()> + Send + 'static) {
    runtime.block_on(async { tokio::spawn(bench).await.unwrap() });
}
