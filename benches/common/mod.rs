//! Measures something beside its limit, in turns, in one process: what counts is the ratio.

// Each bench uses its part of it.
#![allow(dead_code)]

pub(crate) mod baselines;
pub(crate) mod workflows;

use std::{hint::black_box, time::Instant};
use tokio::runtime::{Builder, Runtime};

/// Whether the run is to be a short one: `cargo bench --bench hop -- --quick`.
pub(crate) fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--quick")
}

/// Whether rows are to be written as those of a Markdown table: `-- --markdown`.
fn is_markdown() -> bool {
    std::env::args().any(|argument| argument == "--markdown")
}

/// So many rounds, or a few if the run is to be a short one.
pub(crate) fn rounds(full: usize) -> usize {
    if is_quick() { full.min(3) } else { full }
}

/// One row of a bench's table.
pub(crate) struct Row {
    name: String,
    limit: Vec<f64>,
    ours: Vec<f64>,
    at_most: f64,
}

impl Row {
    /// `ours` is to take at most so many times what its limit takes.
    pub(crate) fn new(name: impl Into<String>, at_most: f64) -> Self {
        Self { name: name.into(), limit: Vec::new(), ours: Vec::new(), at_most }
    }

    /// What it takes is told, and not judged.
    pub(crate) fn told(name: impl Into<String>) -> Self {
        Self::new(name, f64::INFINITY)
    }

    /// Adds one round: the limit's figure, then ours, in the same unit.
    pub(crate) fn round(&mut self, limit: f64, ours: f64) {
        self.limit.push(limit);
        self.ours.push(ours);
    }

    /// The median over the rounds of ours by its limit.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.ratios())
    }

    fn ratios(&self) -> Vec<f64> {
        self.limit.iter().zip(&self.ours).map(|(limit, ours)| ours / limit).collect()
    }

    /// Prints the medians, the ratio with its spread, and whether it is within bounds.
    pub(crate) fn print(&self, unit: &str) {
        let Self { name, at_most, .. } = self;
        let (limit, ours) = (median(self.limit.clone()), median(self.ours.clone()));
        let ratios = self.ratios();
        let (least, most) = ratios.iter().fold((f64::MAX, 0.0_f64), |(a, b), r| (a.min(*r), b.max(*r)));
        let ratio = self.ratio();
        let (goal, verdict) = match *at_most {
            f64::INFINITY => ("–".to_owned(), ""),
            bound => (format!("{bound:.2}"), if ratio <= bound { "ok" } else { "MISSED" }),
        };
        if is_markdown() {
            println!(
                "| {name} | {limit:.3} | {ours:.3} | {unit} | {ratio:.2} | {least:.2}..{most:.2} | {goal} | {verdict} |"
            );
        } else {
            println!(
                "{name:<44} {limit:>12.3} {ours:>12.3} {unit:<12} {ratio:>6.2} x  [{least:.2}..{most:.2}]  at most {goal}  {verdict}"
            );
        }
    }
}

/// The head of the table on this kind of runtime.
pub(crate) fn head(name: &str) {
    if !is_markdown() {
        println!("{name:<44} {:>12} {:>12}", "limit", "ours");
    }
}

/// Says something that belongs into no table.
pub(crate) fn note(text: &str) {
    if is_markdown() {
        eprintln!("{text}");
    } else {
        println!("{text}");
    }
}

/// The middle of the values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How many microseconds each of `times` repetitions takes.
pub(crate) async fn micros<F: Future>(times: u32, mut once: impl FnMut() -> F) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        black_box(once().await);
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

/// How many nanoseconds of this thread's own time each of `times` repetitions takes: steadier than
/// the wall's where other programs share the cores, and blind to other threads.
pub(crate) async fn cpu_nanos<F: Future>(times: u32, mut once: impl FnMut() -> F) -> f64 {
    let begun = cpu();
    for _ in 0..times {
        black_box(once().await);
    }
    (cpu() - begun) / f64::from(times)
}

/// The time that this thread has had of a core, in nanoseconds.
#[cfg(unix)]
pub(crate) fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    float(time.tv_sec) * 1e9 + float(time.tv_nsec)
}

/// Elsewhere the wall's, in nanoseconds.
#[cfg(not(unix))]
pub(crate) fn cpu() -> f64 {
    static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGUN.elapsed().as_secs_f64() * 1e9
}

/// What the process holds of memory, in bytes; Linux only, nothing elsewhere.
pub(crate) fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1).and_then(|pages| pages.parse::<u32>().ok()));
    f64::from(pages.unwrap_or_default()) * 4096.0
}

/// All figures here are far below 2^52.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn float(number: i64) -> f64 {
    number as f64
}

/// One thread for everything.
pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Two threads, which take work from each other.
pub(crate) fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Measures inside a task: what `block_on` itself drives is woken in another way.
pub(crate) fn in_a_task(runtime: &Runtime, bench: impl Future<Output = ()> + Send + 'static) {
    runtime.block_on(async { tokio::spawn(bench).await.unwrap() });
}
