//! The core, shown right by simulation: random graphs, random runs, and a model that says what
//! has to come of them.

mod graph;
mod inputs;
mod model;
mod volume;
mod world;

use self::{
    graph::{Case, Sim, Style},
    world::World,
};
use fastrand::Rng;

/// How many runs are tried; each seed below it is one.
const RUNS: u64 = 4_000;

#[test]
fn random_runs_are_as_the_model_says() {
    for seed in 0..RUNS {
        let told = std::panic::catch_unwind(|| run(seed));
        assert!(told.is_ok(), "seed {seed}: see above");
    }
}

fn run(seed: u64) {
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
