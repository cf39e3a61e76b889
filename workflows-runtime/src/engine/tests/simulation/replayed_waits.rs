//! Waits that an attempt after a failure or a resume reaches again.

use super::{
    flow::Flow,
    trace::Wanted,
    waits::{only, within},
};

const NONE: [&str; 0] = [];

/// One execution of `work`, which may wait for a `human` and for a `B`.
fn waits_for_two(workers: u32) -> Flow {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", workers, "A wait wait:B", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow
}

fn asking(prompt: u64) -> Wanted {
    Wanted { prompt: Some(prompt), ..Wanted::default() }
}

#[test]
fn pending_wait_is_replayed_before_dropped_and_new_ones() {
    let mut flow = waits_for_two(1);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["prompt 3", "idle"]);
    flow.unwait("work 1", 0);
    assert_eq!(flow.wait_for("work 1", asking(4)), ["prompt 4", "idle"]);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["idle"]);
    assert_eq!(flow.respond(7), ["work 1: 1 is 7"]);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["work 1: 1 is 7"]);
    // The earlier question was answered: this is a new one.
    assert_eq!(flow.wait_for("work 1", asking(5)), ["prompt 5", "idle"]);
    flow.unwait("work 1", 2);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["work 1: 1 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking(5)), ["idle"]);
    assert_eq!(flow.respond(8), ["work 1: 2 is 8"]);
    assert_eq!(flow.wait_for("work 1", asking(6)), ["prompt 6", "idle"]);
    flow.done("work 1", "");
    assert!(flow.is_empty());
}

#[test]
fn answer_to_one_question_does_not_repeat_prompt_of_other() {
    let mut flow = waits_for_two(1);
    let first = Wanted { prompt: Some(3), ..only(7) };
    let second = Wanted { prompt: Some(4), ..only(8) };
    assert_eq!(flow.wait_for("work 1", first.clone()), ["prompt 3", "idle"]);
    assert_eq!(flow.wait_for("work 1", second.clone()), ["prompt 4", "idle"]);
    flow.unwait("work 1", 0);
    flow.unwait("work 1", 1);
    flow.retry("work 1", 5);
    assert_eq!(flow.respond(7), NONE);
    flow.advance("5");
    assert_eq!(flow.wait_for("work 1", first), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", second), ["idle"]);
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
}

#[test]
fn new_question_is_asked_after_fewer_reminders() {
    let mut flow = waits_for_two(1);
    for reminder in 0..3 {
        flow.wait_for("work 1", asking(reminder));
        flow.unwait("work 1", usize::try_from(reminder).expect("it is small"));
    }
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(0)), ["idle"]);
    assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking(10)), ["prompt 10", "idle"]);
}

#[test]
fn replayed_dropped_wait_keeps_its_order() {
    let mut flow = waits_for_two(2);
    flow.send("work 1", "A2");
    flow.wait("work 1");
    flow.unwait("work 1", 0);
    flow.wait("work 2");
    flow.resume(0);
    flow.wait("work 2");
    flow.wait("work 1");
    assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    assert_eq!(flow.respond(8), ["work 2: 0 is 8"]);
}

#[test]
fn racing_waits_replay_same_winner_in_either_order() {
    for human_comes_first in [true, false] {
        let mut flow = waits_for_two(1);
        flow.wait("work 1");
        flow.wait_for_event("work 1", "B");
        assert_eq!(flow.external("B7"), ["work 1: 1 is 7", "idle"]);
        flow.unwait("work 1", 0);
        flow.resume(0);
        assert_eq!(flow.respond(9), NONE);
        if human_comes_first {
            // It may have lost, so it receives nothing while it replays; nor is the run idle.
            assert_eq!(flow.wait("work 1"), NONE);
            assert_eq!(flow.stalled(), NONE);
            assert_eq!(flow.wait_for_event("work 1", "B"), ["work 1: 1 is 7", "work 1: 0 is 9"]);
        } else {
            assert_eq!(flow.wait_for_event("work 1", "B"), ["work 1: 1 is 7"]);
            assert_eq!(flow.wait("work 1"), ["work 1: 0 is 9"]);
        }
        // It has lost again, and the next wait receives its answer.
        assert_eq!(flow.unwait("work 1", 0), NONE);
        assert_eq!(flow.wait("work 1"), ["work 1: 2 is 9"]);
        assert_eq!(flow.done("work 1", ""), ["idle"]);
        assert!(flow.is_empty());
    }
}

#[test]
fn loser_of_race_loses_again_despite_later_win() {
    let mut flow = waits_for_two(1);
    flow.race("work 1", "B", true);
    assert_eq!(flow.external("B7"), ["work 1: 1 is 7", "idle"]);
    flow.unwait("work 1", 0);
    flow.race("work 1", "B", false);
    assert_eq!(flow.respond(8), ["work 1: 3 is 8", "idle"]);
    flow.unwait("work 1", 2);
    flow.race("work 1", "B", true);
    for human_comes_first in [true, false, false, true] {
        flow.resume(0);
        assert_eq!(flow.race("work 1", "B", human_comes_first)[0], "work 1: 1 is 7");
        flow.unwait("work 1", 0);
        assert_eq!(flow.race("work 1", "B", !human_comes_first)[0], "work 1: 3 is 8");
        flow.unwait("work 1", 2);
        assert_eq!(flow.race("work 1", "B", human_comes_first), ["idle"]);
    }
    assert_eq!(flow.external("B9"), ["work 1: 5 is 9", "idle"]);
}

#[test]
fn unreplayed_answer_goes_to_another_wait() {
    let mut flow = waits_for_two(2);
    flow.send("work 1", "A2");
    flow.wait("work 1");
    flow.wait_for_event("work 1", "B");
    flow.external("B7");
    flow.unwait("work 1", 0);
    flow.retry("work 1", 0);
    flow.wait_for_event("work 2", "B");
    assert_eq!(flow.respond(9), NONE);
    assert_eq!(flow.wait("work 1"), NONE);
    assert_eq!(flow.quiet(), ["work 1: 0 is 9"]);
    assert_eq!(flow.done("work 1", ""), ["work 2: 0 is 7"]);
    assert_eq!(flow.quiet(), NONE);
}

#[test]
fn replaying_wait_keeps_order_and_may_time_out_or_drop() {
    let new = || {
        let mut flow = waits_for_two(2);
        flow.send("work 1", "A2");
        flow.wait("work 2");
        flow.wait_for("work 1", within(20));
        flow.wait_for_event("work 1", "B");
        flow.external("B7");
        flow.resume(0);
        // It is behind the wait of the other execution, which replays no answer.
        flow.wait_for("work 1", within(20));
        flow.respond(8);
        assert_eq!(flow.wait("work 2"), ["work 2: 0 is 8"]);
        assert_eq!(flow.respond(9), NONE);
        assert_eq!(flow.wait("work 2"), NONE);
        flow
    };
    let mut flow = new();
    assert_eq!(flow.quiet(), ["work 1: 0 is 9"]);
    assert_eq!(flow.respond(10), ["work 2: 1 is 10"]);
    let mut flow = new();
    assert_eq!(flow.advance("20"), ["work 1: 0 timed out", "work 2: 1 is 9"]);
    let mut flow = new();
    assert_eq!(flow.unwait("work 1", 0), ["work 2: 1 is 9"]);
    let mut flow = new();
    assert_eq!(flow.resume(0), ["work 1", "work 2"]);
    // Both replay an answer, and the first wait was not reached again.
    assert_eq!(flow.wait("work 2"), ["work 2: 0 is 8"]);
    assert_eq!(flow.wait("work 2"), NONE);
    assert_eq!(flow.wait_for_event("work 1", "B"), ["work 1: 1 is 7"]);
    assert_eq!(flow.wait_for("work 1", within(20)), ["work 1: 0 is 9"]);
}

#[test]
fn answer_is_replayed_by_wait_that_matches_it() {
    for first in [7, 8] {
        let mut flow = waits_for_two(1);
        flow.wait_for("work 1", only(7));
        flow.wait_for("work 1", only(8));
        flow.respond(8);
        flow.resume(0);
        if first == 7 {
            assert_eq!(flow.wait_for("work 1", only(7)), NONE);
            assert_eq!(flow.wait_for("work 1", only(8)), ["work 1: 1 is 8", "idle"]);
        } else {
            assert_eq!(flow.wait_for("work 1", only(8)), ["work 1: 1 is 8"]);
            assert_eq!(flow.wait_for("work 1", only(7)), ["idle"]);
        }
        assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
        // A wait that is not replayed does not block others forever.
        flow.resume(0);
        assert_eq!(flow.wait_for("work 1", only(9)), NONE);
        assert_eq!(flow.quiet(), ["idle"]);
        assert_eq!(flow.respond(9), ["work 1: 2 is 9"]);
    }
}

#[test]
fn timeout_is_replayed_only_by_wait_with_timeout() {
    for first in [true, false] {
        let mut flow = waits_for_two(1);
        flow.wait("work 1");
        flow.wait_for("work 1", within(5));
        flow.advance("5");
        flow.resume(0);
        if first {
            assert_eq!(flow.wait("work 1"), NONE);
        }
        let actions = flow.wait_for("work 1", within(5));
        assert_eq!(actions[0], "work 1: 1 timed out");
        if !first {
            flow.wait("work 1");
        }
        assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    }
    let mut flow = waits_for_two(1);
    flow.wait_for("work 1", within(5));
    flow.resume(0);
    flow.wait("work 1");
    assert_eq!(flow.advance("5"), NONE);
    flow.resume(0);
    flow.wait_for("work 1", within(5));
    assert_eq!(flow.advance("5"), ["work 1: 0 timed out"]);
}

#[test]
fn question_after_the_answer_to_a_dropped_one_is_asked_once() {
    let mut flow = waits_for_two(1);
    flow.wait_for("work 1", asking(3));
    flow.unwait("work 1", 0);
    flow.retry("work 1", 0);
    flow.wait_for("work 1", asking(3));
    assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking(4)), ["prompt 4", "idle"]);
    flow.unwait("work 1", 1);
    for _ in 0..2 {
        flow.resume(0);
        assert_eq!(flow.wait_for("work 1", asking(3)), ["work 1: 0 is 7"]);
        assert_eq!(flow.wait_for("work 1", asking(4)), ["idle"]);
    }
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
}

#[test]
fn reminder_of_an_answered_question_is_never_replayed() {
    let mut flow = waits_for_two(1);
    for (wait, prompt) in [3, 4].into_iter().enumerate() {
        flow.wait_for("work 1", asking(prompt));
        flow.unwait("work 1", wait);
    }
    flow.resume(0);
    flow.wait_for("work 1", asking(3));
    // No reminder is needed this time.
    assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking(5)), ["prompt 5", "idle"]);
    flow.unwait("work 1", 2);
    for _ in 0..2 {
        flow.resume(0);
        assert_eq!(flow.wait_for("work 1", asking(3)), ["work 1: 0 is 7"]);
        assert_eq!(flow.wait_for("work 1", asking(5)), ["idle"]);
    }
    assert_eq!(flow.respond(8), ["work 1: 2 is 8"]);
}

#[test]
fn state_with_an_answered_reminder_is_valid_between_attempts() {
    let mut flow = waits_for_two(1);
    flow.wait_for("work 1", asking(3));
    flow.unwait("work 1", 0);
    flow.wait_for("work 1", asking(4));
    flow.respond(7);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(4)), ["work 1: 1 is 7"]);
    flow.retry("work 1", 5);
    flow.resume(0);
    assert_eq!(flow.advance("5"), ["work 1 (attempt 2)"]);
}
