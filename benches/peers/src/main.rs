//! Other crates on the same work, beside ours and the limits: one process, in turns, one thread, by
//! the thread's own time. What a parked run takes of memory is measured in a process each.
//!
//! `benches/peers/run.sh`, or `-- --quick` for a few rounds.

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
use entry::{Contest, Parked};

const ROUNDS: usize = 11;

const CONTESTS: [Contest; 4] = [
    Contest {
        work: "W1, one hop of a loop",
        ours: ours::HOP,
        others: &[
            ours::HOP_BY_HAND,
            cano::HOP,
            ractor::HOP,
            kameo::HOP,
            dagrs::HOP,
            graph_flow::HOP,
            floxide::HOP,
            apalis::HOP,
        ],
    },
    Contest {
        work: "W2, one run of two steps, awaited where it is made",
        ours: ours::RUN,
        others: &[ours::RUN_BY_HAND, cano::RUN, graph_flow::RUN, floxide::RUN],
    },
    Contest {
        work: "W2, one run of two steps, on a task of its own",
        ours: ours::STARTED,
        others: &[ours::STARTED_BY_HAND, ractor::RUN, kameo::RUN, dagrs::RUN, apalis::RUN],
    },
    Contest {
        work: "W3, one branch of a fan-out that is gathered",
        ours: ours::BRANCH,
        others: &[
            ours::BRANCH_BY_HAND,
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
    ours::PARKED_BY_HAND,
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
    for contest in &CONTESTS {
        contest.hold(rounds(ROUNDS));
    }
    entry::hold_parked(&PARKED, rounds(5));
}
