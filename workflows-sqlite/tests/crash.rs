//! Processes that die at any moment: nothing is lost, nothing counts twice.
//!
//! The test `child` is the process that dies: with `CRASH_DIR` in its environment it hosts runs until all have ended.
//! Steps append what they do to the file `world`, as the outside would see it.
#![cfg(unix)]
#![allow(missing_docs)]

#[path = "crash/child.rs"]
mod child;
#[path = "crash/world.rs"]
mod world;

use self::{
    child::expected,
    world::{World, run_child, wait_killing},
};
use std::time::Duration;
use workflows_durable::Commit;

#[test]
fn child() {
    child::main();
}

#[test]
fn crash_at_any_commit_loses_nothing() {
    crash_at_any_commit(Commit::Before, 20);
}

#[test]
fn crash_at_any_commit_of_a_run_that_does_not_wait_loses_its_last_states_only() {
    crash_at_any_commit(Commit::Behind, 6);
}

/// Crashes a run before and after each of its commits, of which there are more than `least`, and once more after that.
fn crash_at_any_commit(commit: Commit, least: u32) {
    let runs = 1;
    let world = World::new(commit);
    let commits = run_child(&world, runs, None).expect("it ends");
    world.check(runs, 0);
    assert!(commits > least, "{commits}");

    let mut died = 0;
    for at in 1..=commits {
        for when in ["before", "after"] {
            let world = World::new(commit);
            let mut crashes = 0;
            for crash in [Some((when, at)), Some((when, 2))] {
                if run_child(&world, runs, crash).is_none() {
                    crashes += 1;
                }
            }
            run_child(&world, runs, None).expect("it ends");
            world.check(runs, crashes);
            died += crashes;
        }
    }
    // A few of the last commits depend on timing, and are not reached every time.
    let least = if commit == Commit::Before { 3 * commits } else { commits };
    assert!(died >= least, "{died} crashes at {commits} commits");
}

#[test]
fn random_kills_lose_nothing() {
    for commit in [Commit::Before, Commit::Behind] {
        kill_some(|| World::new(commit), 0x1234_5678);
    }
}

#[test]
fn random_kills_lose_no_parked_run() {
    kill_some(World::parking, 0x8765_4321);
}

/// Kills the processes of one world after the other until six kills have hit. A fast machine ends a world before that.
fn kill_some(make: impl Fn() -> World, seed: u64) {
    let mut killed = 0;
    for seed in seed..seed + 20 {
        killed += kills(&make(), 30, 12, seed);
        if killed >= 6 {
            return;
        }
    }
    panic!("{killed} kills");
}

/// `just kills`
#[test]
#[ignore = "takes minutes"]
fn many_random_kills_lose_nothing() {
    for commit in [Commit::Before, Commit::Behind] {
        let killed = kills(&World::new(commit), 400, 100, fastrand::u64(..));
        assert!(killed >= 50, "{killed}");
    }
}

/// Kills the process so many times while it executes the runs; returns how often it was alive.
fn kills(world: &World, runs: u32, times: u32, seed: u64) -> u32 {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut killed = 0;
    for _ in 0..times {
        let after = Duration::from_millis(random.u64(5..150));
        if wait_killing(world, runs, after) {
            killed += 1;
        }
    }
    run_child(world, runs, None).expect("it ends");
    let repeats = world.check(runs, killed);
    println!("{killed} kills of {runs} runs, {repeats} effects repeated, seed {seed}");
    assert_eq!(world.results().len(), runs as usize);
    assert!(world.results().iter().all(|(run, result)| *result == expected(*run).to_string()));
    killed
}
