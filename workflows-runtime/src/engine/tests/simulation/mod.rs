//! The core, shown right by simulation: random graphs, random runs, and a model that says what
//! has to come of them.

mod coverage;
mod crashes;
mod ends;
mod failures;
mod flow;
mod graph;
mod inputs;
mod model;
mod resume;
mod runner;
mod stress;
mod trace;
mod waits;

use self::{
    coverage::Tally,
    graph::{Case, Sim, Style},
    runner::World,
};
use fastrand::Rng;
use std::ops::Range;

#[test]
fn random_runs_are_as_the_model_says() {
    let tally = run_all(0..3_000, run);
    // All of it has been tried, and often.
    assert!(tally.launches > 100_000, "{tally:?}");
    assert!(tally.sets > 5_000 && tally.joins > 5_000 && tally.empty_joins > 1_000, "{tally:?}");
    assert!(tally.unordered_joins > 200 && tally.root_joins > 200, "{tally:?}");
    assert!(tally.races > 1_000 && tally.root_races > 200, "{tally:?}");
    assert!(
        tally.dropped_executions > 500 && tally.dropped_queued > 1_000 && tally.dropped_events > 1_000,
        "{tally:?}"
    );
    assert!(tally.retries > 5_000 && tally.immediate_retries > 2_000 && tally.timeouts > 200, "{tally:?}");
    assert!(tally.lined_up > 1_000 && tally.dropped_attempts > 30, "{tally:?}");
    assert!(tally.recoveries > 3_000 && tally.more_recoveries > 500 && tally.joined_recoveries > 100, "{tally:?}");
    assert!(tally.spent > 20 && tally.failed_handlers > 10, "{tally:?}");
    assert!(tally.crashes > 1_000 && tally.begun_again > 5_000, "{tally:?}");
    assert!(tally.frozen_retries > 500 && tally.repeats > 100, "{tally:?}");
}

#[test]
#[ignore = "takes minutes"]
fn very_many_random_runs_are_as_the_model_says() {
    run_all(0..50_000, run);
}

/// Does this for each seed.
fn run_all(seeds: Range<u64>, run: impl Fn(u64) -> Tally + Copy + Sync) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = |first| seeds.clone().skip(first).step_by(threads).map(run).fold(Tally::default(), Tally::and);
    std::thread::scope(|scope| {
        let part = &part;
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        parts.into_iter().map(|part| part.join().expect("a run fails, see above")).fold(Tally::default(), Tally::and)
    })
}

/// Makes one random run. One that fails is repeated alone with its seed.
fn run(seed: u64) -> Tally {
    let _seed = Seed(seed);
    let mut rng = Rng::with_seed(seed);
    let style = rng.choice([Style::Flat, Style::Batched, Style::Batched, Style::Races, Style::Races]);
    let style = style.unwrap_or(Style::Flat);
    let case = Case::random(&mut rng, style);
    // What a graph does not need may be there all the same, and must not change anything.
    match (case.table.batched || rng.u8(..4) == 0, case.table.races || rng.u8(..4) == 0) {
        (_, true) => World::<Sim<true, true>>::new(case, rng).run(),
        (true, false) => World::<Sim<true, false>>::new(case, rng).run(),
        (false, false) => World::<Sim<false, false>>::new(case, rng).run(),
    }
}

/// Says which seed it was when a run fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was the run with the seed {}", self.0);
        }
    }
}
