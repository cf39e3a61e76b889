//! A run that is lost after any of its ticks, and gone on with from what was written down then.

mod run;
mod script;

use self::{run::Run, script::Deeds};
use super::{
    Seed,
    coverage::Tally,
    graph::{Case, Sim, Style, Token},
    run_all,
    trace::Seen,
};
use crate::engine::definition::Definition;
use fastrand::Rng;
use std::{collections::BTreeSet, time::Duration};

/// So many ticks are too many to go on from each of them.
const LONG: usize = 70;

/// After each tick at which no attempt stands in line for a worker, a run is gone on with in a fresh
/// core. If whoever has begun first always goes on first, then what had begun begins again, each in
/// its turn, and from there on all is launched, asked, dropped and ended exactly as without the crash,
/// under the same numbers; what was sent and asked before has no effect again.
///
/// (Who stands in line does so by when it is due, and after a crash by its number: see the other test.)
// SN-05 otherwise, SN-06, SN-07, SN-10 otherwise
#[test]
fn a_run_goes_on_after_any_tick_as_if_it_had_not_stopped() {
    let tally = run_all(0..400, |seed| {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let style = [Style::Flat, Style::Batched, Style::Races][rng.usize(..3)];
        match Case::random(&mut rng, style) {
            case if case.table.races => in_the_same_order::<Sim<true, true>>(&case, seed),
            case if case.table.batched => in_the_same_order::<Sim<true, false>>(&case, seed),
            case => in_the_same_order::<Sim<false, false>>(&case, seed),
        }
    });
    assert!(tally.crashes > 2_500 && tally.begun_again > 5_000, "{tally:?}");
    assert!(tally.retries > 1_000 && tally.recoveries > 1_000 && tally.repeats > 1_000, "{tally:?}");
}

/// Where nothing depends on who comes first (each event goes its own way, or is gathered with all of its
/// batch), a run that is lost after any of its ticks, and once more later, and whose executions go on in
/// another order each time, comes to the same: the same attempts with the same events, counted
/// once; the same prompts, recoveries, and end. Each answer that comes, be it too soon, while its body
/// waits, or while that has not begun again, reaches the wait that wants it, and no other one. Nothing
/// begins twice but what was going on when the run was lost, and that does so in the order in which it
/// had begun, before what is queued.
// SN-07, SN-08, RT-30, CA-14, WE-21, WE-23
#[test]
fn a_run_comes_to_the_same_after_crashes_in_any_order() {
    let tally = run_all(0..700, |seed| {
        let _seed = Seed(seed);
        let mut rng = Rng::with_seed(seed);
        let style = [Style::Flat, Style::Gathers, Style::Gathers][rng.usize(..3)];
        match Case::random(&mut rng, style) {
            case if case.table.batched => in_any_order::<Sim<true, false>>(&case, seed),
            case => in_any_order::<Sim<false, false>>(&case, seed),
        }
    });
    assert!(tally.crashes > 2_500 && tally.begun_again > 5_000, "{tally:?}");
    assert!(tally.retries > 2_000 && tally.recoveries > 1_000 && tally.timeouts > 200, "{tally:?}");
    assert!(tally.answers > 5_000 && tally.answers_too_soon > 1_000, "{tally:?}");
    assert!(tally.waits_timed_out > 2_000 && tally.waits_again > 1_000, "{tally:?}");
}

fn in_the_same_order<D: Definition<Event = Token, Output = u64, Prompt = u64>>(case: &Case, seed: u64) -> Tally {
    let deeds = Deeds { case, seed, is_ordered: true };
    let Some((whole, points)) = Run::<D>::materialize(deeds) else { return Tally::default() };
    let mut tally = whole.tally;
    for point in points.iter().filter(|point| !point.is_lined_up) {
        let mut run = Run::<D>::resumed(deeds, point, Duration::ZERO, None);
        let begun_again: Vec<_> = point.running.iter().map(|(id, step)| (*step, *id)).collect();
        let all: BTreeSet<_> = begun_again.into_iter().collect();
        assert_eq!(run.begun_again, all.into_iter().collect::<Vec<_>>(), "all at once, step by step");
        if let Some(Seen::Idle) = run.said.first() {
            // It is said once more to whoever goes on with it.
            run.said.remove(0);
        }
        while run.turn() {}
        assert_eq!(run.said, whole.said[point.said..]);
        tally = tally.and(run.tally);
    }
    tally
}

fn in_any_order<D: Definition<Event = Token, Output = u64, Prompt = u64>>(case: &Case, seed: u64) -> Tally {
    let deeds = Deeds { case, seed, is_ordered: false };
    let Some((whole, points)) = Run::<D>::materialize(deeds) else { return Tally::default() };
    let mut tally = whole.tally;
    for (nth, point) in points.iter().enumerate() {
        let mut rng = Rng::with_seed(seed ^ nth as u64);
        let away = Duration::from_micros(rng.u64(..20_000));
        let mut run = Run::<D>::resumed(deeds, point, away, Some(rng.fork()));
        let mut said = whole.said[..point.said].to_vec();
        for _ in 0..rng.usize(..2 * points.len()) {
            run.turn();
        }
        if !run.is_over {
            let point = run.point();
            said.append(&mut run.said);
            tally = tally.and(run.tally);
            run = Run::<D>::resumed(deeds, &point, away, Some(rng));
        }
        while run.turn() {}
        assert!(run.again.is_empty(), "what was going on begins again");
        said.append(&mut run.said);
        assert_eq!(sorted(&said), sorted(&whole.said));
        tally = tally.and(run.tally);
    }
    tally
}

/// What was said, in an order of its own, without the names of executions.
fn sorted(said: &[Seen]) -> Vec<String> {
    let text = |seen: &Seen| match seen {
        Seen::Launch(id, step, events, before) => {
            let mut events = events.clone();
            events.sort_unstable();
            let failure = before.as_ref().map(|(text, _)| text);
            Some(format!("{step} with {events:?} for the {}. time after {failure:?}", id.attempt))
        }
        Seen::Idle | Seen::Drop(_) => None,
        other => Some(format!("{other:?}")),
    };
    let mut said: Vec<_> = said.iter().filter_map(text).collect();
    said.sort_unstable();
    said
}
