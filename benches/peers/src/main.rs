//! Compares this crate, the baselines and other crates on the same work: in one process, in turns, on one thread, in
//! thread time. Parked runs are measured in one process per program.
//!
//! `benches/peers/run.sh`, with `--quick` for a few rounds.

mod apalis;
mod cano;
#[path = "../../common/mod.rs"]
mod common;
mod dagrs;
mod entry;
mod floxide;
mod graph_flow;
mod kameo;
mod ours;
mod ractor;

use common::rounds;
use entry::{Comparison, Parked};

const ROUNDS: usize = 11;

const COMPARISONS: [Comparison; 4] = [
    Comparison {
        work: "W1, one hop of a loop",
        ours: ours::HOP,
        others: &[
            ours::HOP_BASELINE,
            cano::HOP,
            ractor::HOP,
            kameo::HOP,
            dagrs::HOP,
            graph_flow::HOP,
            floxide::HOP,
            apalis::HOP,
        ],
    },
    Comparison {
        work: "W2, one run of two steps, awaited in place",
        ours: ours::RUN,
        others: &[ours::RUN_BASELINE, cano::RUN, graph_flow::RUN, floxide::RUN],
    },
    Comparison {
        work: "W2, one run of two steps, started as a task",
        ours: ours::STARTED,
        others: &[ours::STARTED_BASELINE, ractor::RUN, kameo::RUN, dagrs::RUN, apalis::RUN],
    },
    Comparison {
        work: "W3, one gathered branch of a fan-out",
        ours: ours::BRANCH,
        others: &[
            ours::BRANCH_BASELINE,
            ractor::BRANCH,
            kameo::BRANCH,
            cano::BRANCH,
            graph_flow::BRANCH,
            floxide::BRANCH,
            dagrs::BRANCH,
            apalis::BRANCH,
        ],
    },
];

const PARKED: [Parked; 7] = [
    ours::PARKED,
    ours::PARKED_BASELINE,
    floxide::PARKED,
    graph_flow::PARKED,
    cano::PARKED,
    ractor::PARKED,
    kameo::PARKED,
];

fn main() {
    if entry::parked(&PARKED).is_some() {
        return;
    }
    for comparison in &COMPARISONS {
        comparison.run(rounds(ROUNDS));
    }
    entry::measure_parked(&PARKED, rounds(5));
}
