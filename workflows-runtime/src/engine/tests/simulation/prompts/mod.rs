//! Random answers to prompts, compared with a model of waits.
//!
//! Executions make the waits of a script, fail, are retried, drop waits, return early, and are lost and resumed.
//! Meanwhile the caller answers any prompt that was ever published, by its number, and sends responses without one.
//!
//! An answer is on its way for some turns, as in the mailbox of a run. By then its wait may have timed out, or may
//! have been dropped, answered or detached. Others are answers that the driver would refuse, such as the second one to
//! a prompt: the engine ignores them by itself.

mod execution;
mod model;
mod responses;
mod runner;
mod wait;

use self::runner::Runner;
use super::{
    Seed,
    coverage::{Coverage, PromptCoverage},
    flow::Flow,
    graph::Sim,
    many, run_all, seed,
};
use crate::graph::Table;
use fastrand::Rng;

/// A workflow whose step `work` waits for responses, and one in which the step `log` takes copies of these.
fn tables() -> [&'static Table; 2] {
    let work = [("plan", 1, "start", "A"), ("work", 99, "A wait", "")];
    let log = ("log", 99, "human", "");
    [Flow::new(&work).table(), Flow::new(&[work[0], work[1], log]).table()]
}

fn run(seed: u64, tables: [&'static Table; 2], is_verbose: bool) -> Coverage {
    let _seed = Seed(seed);
    let mut rng = Rng::with_seed(seed);
    let has_log = rng.bool();
    let machine_only = seed % 4 >= 2;
    let table = tables[usize::from(has_log)];
    let prompts = if rng.bool() {
        Runner::<Sim<true, true>>::new(table, has_log, machine_only, rng, is_verbose).run()
    } else {
        Runner::<Sim<false, false>>::new(table, has_log, machine_only, rng, is_verbose).run()
    };
    Coverage { prompts, ..Coverage::default() }
}

#[test]
fn random_answers_reach_waits_of_their_prompts() {
    let tables = tables();
    let coverage = run_all(0..2_000, |seed| run(seed, tables, false)).prompts;
    let PromptCoverage { open, detached, resumed, closed, repeated, ended, timed_out, dropped, .. } = coverage;
    assert!(open > 2_000 && detached > 500 && resumed > 500, "{coverage:?}");
    assert!(closed > 4_000 && repeated > 4_000 && ended > 2_000, "{coverage:?}");
    assert!(timed_out > 100 && dropped > 300, "{coverage:?}");
    let PromptCoverage { rejected, mismatched, without_wait, blocked, buffered, unread, .. } = coverage;
    assert!(rejected > 300 && mismatched > 100 && without_wait > 1_000, "{coverage:?}");
    assert!(blocked > 200 && buffered > 5_000 && unread > 200, "{coverage:?}");
    let PromptCoverage { replayed_ticks, replayed_decisions, restored_tails, .. } = coverage;
    let is_replayed = replayed_ticks > 20_000 && replayed_decisions > 2_000 && restored_tails > 500;
    assert!(!cfg!(feature = "durable") || is_replayed, "{coverage:?}");
}

/// A prompt is asked again while a wait before it blocks the buffered responses: both waits may take these.
#[test]
fn prompt_that_is_asked_again_takes_buffered_responses() {
    for seed in [26_117_405, 26_118_120] {
        run(seed, tables(), false);
    }
}

#[test]
#[ignore = "takes minutes"]
fn many_random_answers_reach_waits_of_their_prompts() {
    let tables = tables();
    run_all(many(100_000), |seed| run(seed, tables, false));
}

/// Reproduces one run, and prints its ticks: `SIMULATION_SEED=<seed> cargo test -p workflows-runtime --lib -- --ignored seeded_answers`.
#[test]
#[ignore = "runs the seed in SIMULATION_SEED"]
fn seeded_answers_reach_waits_of_their_prompts() {
    run(seed(), tables(), true);
}
