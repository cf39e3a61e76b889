//! What is measured, and the tables that come of it.

use crate::common::{current_thread, in_a_task, median};
use futures::future::BoxFuture;
use std::{
    env,
    process::Command,
    sync::{Arc, Mutex},
};

/// One way to do some work.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The crate, as in the lock file; or what it is, for those that are in none.
    pub(crate) of: &'static str,
    pub(crate) how: &'static str,
    /// So many hops, runs or branches a round.
    pub(crate) size: u32,
    /// How many nanoseconds each takes.
    pub(crate) nanos: fn(u32) -> BoxFuture<'static, f64>,
}

/// One way to have a run wait for the outside.
#[derive(Clone, Copy)]
pub(crate) struct Parked {
    pub(crate) of: &'static str,
    pub(crate) how: &'static str,
    /// How many bytes each of so many takes, and how many nanoseconds it takes to answer it and to see
    /// its end.
    pub(crate) cost: fn(u32) -> BoxFuture<'static, (f64, f64)>,
}

/// Ours and others on the same work.
pub(crate) struct Contest {
    pub(crate) work: &'static str,
    pub(crate) ours: Entry,
    pub(crate) others: &'static [Entry],
}

/// So many runs are parked.
const RUNS: u32 = 10_000;

impl Contest {
    pub(crate) fn hold(&self, rounds: usize) {
        let entries: Vec<_> = [self.ours].into_iter().chain(self.others.iter().copied()).collect();
        let mut times = vec![Vec::new(); entries.len()];
        for _ in 0..rounds {
            for (times, entry) in times.iter_mut().zip(&entries) {
                times.push(entry.measure());
            }
        }
        println!("\n| {} | ns | by ours | spread | how |\n|---|--:|--:|---|---|", self.work);
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
    let told = Arc::clone(&result);
    in_a_task(&current_thread(), async move {
        let value = work.await;
        *told.lock().unwrap() = Some(value);
    });
    result.lock().unwrap().take().unwrap()
}

/// A row of a table: the median, and its ratio to ours in the same round.
fn row(of: &str, times: &[f64], ours: &[f64], how: &str) {
    let ratios: Vec<_> = times.iter().zip(ours).map(|(time, ours)| time / ours).collect();
    let (least, most) = ratios.iter().fold((f64::MAX, 0.0_f64), |(a, b), ratio| (a.min(*ratio), b.max(*ratio)));
    let (time, ratio) = (median(times.to_vec()), median(ratios));
    println!("| {} | {time:.1} | {ratio:.2} | {least:.2}..{most:.2} | {how} |", named(of));
}

/// The name with the version that is in the lock file.
fn named(of: &str) -> String {
    let mut lines = include_str!("../Cargo.lock").lines();
    let line = format!("name = \"{of}\"");
    let version = lines.find(|known| **known == line).and_then(|_| lines.next()?.split('"').nth(1));
    version.map_or_else(|| of.to_owned(), |version| format!("{of} {version}"))
}

/// What this program does in a process of its own: `--parked <number>`.
pub(crate) fn parked(all: &[Parked]) -> Option<()> {
    let number = env::args().skip_while(|argument| argument != "--parked").nth(1)?;
    let parked = all[number.parse::<usize>().ok()?];
    let (bytes, nanos) = in_a_fresh_runtime((parked.cost)(RUNS));
    println!("{bytes} {nanos}");
    Some(())
}

/// The table of parked runs, each way in a process of its own, in turns.
pub(crate) fn hold_parked(all: &[Parked], rounds: usize) {
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
    println!("\n| {work}: memory | bytes | by ours | spread | how |\n|---|--:|--:|---|---|");
    for (parked, (bytes, _)) in all.iter().zip(&costs) {
        row(parked.of, bytes, &costs[0].0, parked.how);
    }
    println!("\n| {work}: answered to its end | ns | by ours | spread | how |\n|---|--:|--:|---|---|");
    for (parked, (_, nanos)) in all.iter().zip(&costs) {
        row(parked.of, nanos, &costs[0].1, parked.how);
    }
}
