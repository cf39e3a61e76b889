//! The programs to measure, and their tables.

use crate::common::{current_thread, in_a_task, median};
use futures::future::BoxFuture;
use std::{
    env,
    process::Command,
    sync::{Arc, Mutex},
};

/// One program for a piece of work.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The name of the crate in the lock file, or another name for a program without a crate.
    pub(crate) of: &'static str,
    pub(crate) how: &'static str,
    /// The number of hops, runs or branches per round.
    pub(crate) size: u32,
    /// Returns the nanoseconds per hop, run or branch.
    pub(crate) nanos: fn(u32) -> BoxFuture<'static, f64>,
}

/// One program with runs that wait for a response.
#[derive(Clone, Copy)]
pub(crate) struct Parked {
    pub(crate) of: &'static str,
    pub(crate) how: &'static str,
    /// Starts the given number of runs. Returns the bytes per run, and the nanoseconds per run from the response to
    /// the result.
    pub(crate) cost: fn(u32) -> BoxFuture<'static, (f64, f64)>,
}

/// This crate and other programs on the same work.
pub(crate) struct Comparison {
    pub(crate) work: &'static str,
    pub(crate) ours: Entry,
    pub(crate) others: &'static [Entry],
}

/// The number of parked runs.
const RUNS: u32 = 10_000;

impl Comparison {
    /// Measures all programs in turns and prints their table.
    pub(crate) fn run(&self, rounds: usize) {
        let mut entries = vec![self.ours];
        entries.extend_from_slice(self.others);
        let mut times = vec![Vec::new(); entries.len()];
        for _ in 0..rounds {
            for (times, entry) in times.iter_mut().zip(&entries) {
                times.push(entry.measure());
            }
        }
        println!("\n| {} | ns | / ours | spread | how |\n|---|--:|--:|---|---|", self.work);
        for (entry, of) in entries.iter().zip(&times) {
            row(entry.of, of, &times[0], entry.how);
        }
    }
}

impl Entry {
    fn measure(&self) -> f64 {
        in_a_fresh_runtime((self.nanos)(self.size))
    }
}

fn in_a_fresh_runtime<T: Send + 'static>(work: BoxFuture<'static, T>) -> T {
    let result = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&result);
    in_a_task(&current_thread(), async move {
        let value = work.await;
        *slot.lock().unwrap() = Some(value);
    });
    result.lock().unwrap().take().unwrap()
}

/// Prints a row of a table: the median, and the median and spread of the ratios to ours in the same round.
fn row(of: &str, times: &[f64], ours: &[f64], how: &str) {
    let ratios: Vec<_> = times.iter().zip(ours).map(|(time, ours)| time / ours).collect();
    let least = ratios.iter().copied().fold(f64::MAX, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    let time = median(times.to_vec());
    let ratio = median(ratios);
    println!("| {} | {time:.1} | {ratio:.2} | {least:.2}..{most:.2} | {how} |", named(of));
}

/// Returns the name, with the version from the lock file if it is a crate.
fn named(of: &str) -> String {
    let mut lines = include_str!("../Cargo.lock").lines();
    let line = format!("name = \"{of}\"");
    let version = lines.find(|known| **known == line).and_then(|_| lines.next()?.split('"').nth(1));
    match version {
        Some(version) => format!("{of} {version}"),
        None => of.to_owned(),
    }
}

/// Measures one program and prints its costs, if the arguments are `--parked <number>`: the separate process of
/// [`measure_parked`].
pub(crate) fn parked(all: &[Parked]) -> Option<()> {
    let number = env::args().skip_while(|argument| argument != "--parked").nth(1)?;
    let parked = all[number.parse::<usize>().ok()?];
    let (bytes, nanos) = in_a_fresh_runtime((parked.cost)(RUNS));
    println!("{bytes} {nanos}");
    Some(())
}

/// Measures parked runs, each program in a separate process, in turns, and prints their tables.
pub(crate) fn measure_parked(all: &[Parked], rounds: usize) {
    let mut costs = vec![(Vec::new(), Vec::new()); all.len()];
    for _ in 0..rounds {
        for (number, cost) in costs.iter_mut().enumerate() {
            let mut process = Command::new(env::current_exe().unwrap());
            let output = process.args(["--parked", &number.to_string()]).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let (bytes, nanos) = text.trim().split_once(' ').unwrap_or_else(|| panic!("nothing measured: {text}"));
            cost.0.push(bytes.parse().unwrap());
            cost.1.push(nanos.parse().unwrap());
        }
    }
    let work = format!("W4, one of {RUNS} parked runs");
    println!("\n| {work}: memory | bytes | / ours | spread | how |\n|---|--:|--:|---|---|");
    for (parked, (bytes, _)) in all.iter().zip(&costs) {
        row(parked.of, bytes, &costs[0].0, parked.how);
    }
    println!("\n| {work}: from response to result | ns | / ours | spread | how |\n|---|--:|--:|---|---|");
    for (parked, (_, nanos)) in all.iter().zip(&costs) {
        row(parked.of, nanos, &costs[0].1, parked.how);
    }
}
