//! Crash tests: a run is lost after each of its ticks, and resumed from the state serialized then.

mod run;
mod script;

use self::{run::Run, script::Script};
use super::{
    Seed,
    coverage::Coverage,
    graph::{Case, Sim, Style, Token},
    run_all,
    trace::RecordedAction,
};
use crate::engine::definition::Definition;
use fastrand::Rng;
use std::{collections::BTreeSet, time::Duration};

/// Longer runs are skipped, since each is resumed after every tick.
const MAX_TICKS: usize = 70;

/// Resumes a run in a new engine after each tick at which no execution is requeued.
///
/// If executions continue in the order of their launch, those that were running restart, and from then
/// on every action is the same as without the crash, with the same serials. Sends and prompts from
/// before the crash have no further effect.
///
/// Requeued executions are in the order of their requeuing, and after a crash in that of their
/// serials; the other test covers them.
#[test]
fn run_resumed_after_any_tick_continues_identically() {
    let coverage = run_all(0..400, |seed| {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let style = [Style::Flat, Style::Batched, Style::Races][rng.usize(..3)];
        match Case::random(&mut rng, style) {
            case if case.table.races => crash_in_launch_order::<Sim<true, true>>(&case, seed),
            case if case.table.batched => crash_in_launch_order::<Sim<true, false>>(&case, seed),
            case => crash_in_launch_order::<Sim<false, false>>(&case, seed),
        }
    });
    assert!(coverage.crashes > 2_500 && coverage.restarted > 5_000, "{coverage:?}");
    assert!(coverage.retries > 1_000 && coverage.recoveries > 1_000 && coverage.duplicates > 1_000, "{coverage:?}");
}

/// Resumes a run after each tick, and once more later, while its executions continue in a random order.
///
/// In workflows whose result does not depend on the order (single events and `Vec`s), the run has the
/// same attempts with the same events, the same prompts, recoveries and end. Each response reaches the
/// wait that matches it and no other one, whether it arrives early, while its step waits, or before its
/// step has restarted. Only executions that were running restart, in the order of their launch and
/// ahead of queued inputs.
#[test]
fn run_crashed_in_any_order_has_same_result() {
    let coverage = run_all(0..700, |seed| {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let style = [Style::Flat, Style::Gathers, Style::Gathers][rng.usize(..3)];
        match Case::random(&mut rng, style) {
            case if case.table.batched => crash_in_random_order::<Sim<true, false>>(&case, seed),
            case => crash_in_random_order::<Sim<false, false>>(&case, seed),
        }
    });
    assert!(coverage.crashes > 2_500 && coverage.restarted > 5_000, "{coverage:?}");
    assert!(coverage.retries > 2_000 && coverage.recoveries > 1_000 && coverage.timeouts > 200, "{coverage:?}");
    assert!(coverage.answers > 5_000 && coverage.early_answers > 1_000, "{coverage:?}");
    assert!(coverage.waits_timed_out > 2_000 && coverage.waits_at_crash > 1_000, "{coverage:?}");
}

fn crash_in_launch_order<D: Definition<Event = Token, Output = u64, Prompt = u64>>(case: &Case, seed: u64) -> Coverage {
    let script = Script { case, seed, is_ordered: true };
    let Some((whole, crash_points)) = Run::<D>::complete(script) else { return Coverage::default() };
    let mut coverage = whole.coverage;
    for crash_point in crash_points.iter().filter(|crash_point| !crash_point.has_requeued) {
        let mut run = Run::<D>::resumed(script, crash_point, Duration::ZERO, None);
        let restarted: Vec<_> = crash_point.running.iter().map(|(id, step)| (*step, *id)).collect();
        let all: BTreeSet<_> = restarted.into_iter().collect();
        assert_eq!(run.restarted, all.into_iter().collect::<Vec<_>>(), "all restart at once, step by step");
        if let Some(RecordedAction::Idle) = run.actions.first() {
            // A resumed run reports once more that it is idle.
            run.actions.remove(0);
        }
        while run.turn() {}
        assert_eq!(run.actions, whole.actions[crash_point.actions..]);
        coverage = coverage.and(run.coverage);
    }
    coverage
}

fn crash_in_random_order<D: Definition<Event = Token, Output = u64, Prompt = u64>>(case: &Case, seed: u64) -> Coverage {
    let script = Script { case, seed, is_ordered: false };
    let Some((whole, crash_points)) = Run::<D>::complete(script) else { return Coverage::default() };
    let mut coverage = whole.coverage;
    for (nth, crash_point) in crash_points.iter().enumerate() {
        let mut rng = Rng::with_seed(seed ^ nth as u64);
        let away = Duration::from_micros(rng.u64(..20_000));
        let mut run = Run::<D>::resumed(script, crash_point, away, Some(rng.fork()));
        let mut actions = whole.actions[..crash_point.actions].to_vec();
        for _ in 0..rng.usize(..2 * crash_points.len()) {
            run.turn();
        }
        if !run.is_over {
            let crash_point = run.crash_point();
            actions.append(&mut run.actions);
            coverage = coverage.and(run.coverage);
            run = Run::<D>::resumed(script, &crash_point, away, Some(rng));
        }
        while run.turn() {}
        assert!(run.to_restart.is_empty(), "every running execution restarts");
        actions.append(&mut run.actions);
        assert_eq!(sorted(&actions), sorted(&whole.actions));
        coverage = coverage.and(run.coverage);
    }
    coverage
}

/// The actions as sorted texts, without the ids of executions.
fn sorted(actions: &[RecordedAction]) -> Vec<String> {
    let text = |action: &RecordedAction| match action {
        RecordedAction::Launch(id, step, events, before) => {
            let mut events = events.clone();
            events.sort_unstable();
            let failure = before.as_ref().map(|(text, _)| text);
            Some(format!("{step} with {events:?} for the {}. time after {failure:?}", id.attempt))
        }
        RecordedAction::Idle | RecordedAction::Drop(_) => None,
        other => Some(format!("{other:?}")),
    };
    let mut actions: Vec<_> = actions.iter().filter_map(text).collect();
    actions.sort_unstable();
    actions
}
