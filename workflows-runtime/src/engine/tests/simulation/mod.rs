//! Simulation of the engine: random runs of random graphs, compared with a reference model, and small
//! hand-written runs.
//!
//! | file       | contains                                                                |
//! |------------|-------------------------------------------------------------------------|
//! | `graph`    | random workflows                                                        |
//! | `runner`   | random ticks for one run, compared with `model` and replayed            |
//! | `crashes`  | runs that are lost and resumed after any tick                           |
//! | `prompts`  | random answers to prompts, compared with a model of waits               |
//! | `tails`    | ticks since a snapshot that are replayed                                |
//! | `trace`    | ticks and actions as plain data                                         |
//! | `coverage` | counters that show that rare behaviors were exercised                   |
//! | `flow`     | small runs, used by `inputs`, `failures`, `waits`, `workers`, `resume`, `replayed_waits`, `ends` |
//! | `notation` | parameters, outputs and events of these runs as text                    |
//! | `stress`   | large runs                                                              |
//!
//! A failed random run prints its seed; call `run(seed)` to repeat it.

mod coverage;
mod crashes;
mod ends;
mod failures;
mod flow;
mod graph;
mod inputs;
mod model;
mod notation;
mod prompts;
mod replayed_waits;
mod resume;
mod runner;
mod stress;
#[cfg(feature = "durable")]
mod tails;
mod trace;
mod waits;
mod workers;

use self::{
    coverage::Coverage,
    graph::{Case, Sim, Style},
    runner::Runner,
};
use fastrand::Rng;
use std::ops::Range;

#[test]
fn random_runs_match_model() {
    let coverage = run_all(0..3_000, run);
    // Every behavior was exercised often.
    assert!(coverage.launches > 100_000, "{coverage:?}");
    assert!(coverage.sets > 5_000 && coverage.joins > 5_000 && coverage.empty_joins > 1_000, "{coverage:?}");
    assert!(coverage.unordered_joins > 200 && coverage.root_joins > 200, "{coverage:?}");
    assert!(coverage.races > 1_000 && coverage.root_races > 200, "{coverage:?}");
    assert!(
        coverage.dropped_executions > 500 && coverage.dropped_queued > 1_000 && coverage.dropped_events > 1_000,
        "{coverage:?}"
    );
    assert!(coverage.retries > 5_000 && coverage.immediate_retries > 2_000 && coverage.timeouts > 200, "{coverage:?}");
    assert!(coverage.requeued > 1_000 && coverage.dropped_attempts > 30, "{coverage:?}");
    assert!(
        coverage.recoveries > 3_000 && coverage.repeated_recoveries > 500 && coverage.joined_recoveries > 100,
        "{coverage:?}"
    );
    assert!(coverage.exhausted_budgets > 20 && coverage.failed_handlers > 10, "{coverage:?}");
    assert!(coverage.held > 5_000 && coverage.begun > 500 && coverage.queue_timeouts > 50, "{coverage:?}");
    assert!(coverage.crashes > 1_000 && coverage.restarted > 5_000, "{coverage:?}");
    assert!(coverage.backoffs_at_crash > 500 && coverage.duplicates > 100, "{coverage:?}");
    if cfg!(feature = "durable") {
        assert!(coverage.replayed_ticks > 40_000 && coverage.replayed_crashes > 500, "{coverage:?}");
        assert!(coverage.replayed_timeouts > 50 && coverage.replayed_holds > 200, "{coverage:?}");
        assert!(coverage.held_at_snapshot > 80, "{coverage:?}");
    }
}

#[test]
#[ignore = "takes minutes"]
fn many_random_runs_match_model() {
    run_all(many(50_000), run);
}

/// Reproduces one run: `SIMULATION_SEED=<seed> cargo test -p workflows-runtime --lib -- --ignored seeded_run`.
#[test]
#[ignore = "runs the seed in SIMULATION_SEED"]
fn seeded_run_matches_model() {
    run(seed());
}

/// So many seeds, from the one in `SIMULATION_SEED` if it is set.
fn many(seeds: u64) -> Range<u64> {
    let first = if std::env::var_os("SIMULATION_SEED").is_some() { seed() } else { 0 };
    first..first + seeds
}

/// The seed in `SIMULATION_SEED`.
fn seed() -> u64 {
    let seed = std::env::var("SIMULATION_SEED").expect("SIMULATION_SEED is set");
    seed.parse().expect("SIMULATION_SEED is a number")
}

/// Runs each seed, on all processors, and adds up the coverage.
fn run_all(seeds: Range<u64>, run: impl Fn(u64) -> Coverage + Copy + Sync) -> Coverage {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |first| seeds.clone().skip(first).step_by(threads).map(run).fold(Coverage::default(), Coverage::and);
    std::thread::scope(|scope| {
        let part = &part;
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        parts
            .into_iter()
            .map(|part| part.join().expect("a run failed, see above"))
            .fold(Coverage::default(), Coverage::and)
    })
}

/// Simulates one random run.
fn run(seed: u64) -> Coverage {
    let _seed = Seed(seed);
    let mut rng = Rng::with_seed(seed);
    let style = rng.choice([Style::Flat, Style::Batched, Style::Batched, Style::Races, Style::Races]);
    let style = style.unwrap_or(Style::Flat);
    let case = Case::random(&mut rng, style);
    // Batches and races that a graph does not need may be enabled, and must not change anything.
    match (case.table.batched || rng.u8(..4) == 0, case.table.races || rng.u8(..4) == 0) {
        (_, true) => Runner::<Sim<true, true>>::new(case, rng).run(),
        (true, false) => Runner::<Sim<true, false>>::new(case, rng).run(),
        (false, false) => Runner::<Sim<false, false>>::new(case, rng).run(),
    }
}

/// Prints the seed of a run that panics.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed run: seed {}", self.0);
        }
    }
}
