//! Going on from what was written down.

use super::{flow::Flow, trace::Wanted};
use std::time::Duration;

const NONE: [&str; 0] = [];

// SN-05 otherwise, SN-06, SN-07
#[test]
fn what_was_going_on_begins_again_in_order_and_before_what_was_queued() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2 A3 A4");
    flow.again("work 1", 0);
    assert_eq!(flow.resume(0), ["work 1 for the 2. time", "work 2"]);
    assert_eq!(flow.done("work 2", ""), ["work 3"]);
    assert_eq!(flow.resume(0), ["work 1 for the 2. time", "work 3"]);
    assert_eq!(flow.done("work 1", ""), ["work 4"]);
}

// SE-06, SN-08, and SN-10 otherwise
#[test]
fn what_was_sent_and_asked_before_has_no_effect_again() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 9, "A", "")]);
    flow.start();
    assert_eq!(flow.send("plan 0", "A1"), ["work 1"]);
    assert_eq!(flow.ask("plan 0", 2), ["ask 2"]);
    for _ in 0..2 {
        assert_eq!(flow.resume(0), ["plan 0", "work 1"]);
        assert_eq!(flow.send("plan 0", "A1"), NONE);
    }
    assert_eq!(flow.ask("plan 0", 2), NONE);
    assert_eq!(flow.send("plan 0", "A3"), ["work 3"]);
    // Another attempt is another matter.
    flow.again("plan 0", 0);
    assert_eq!(flow.send("plan 0", "A4"), ["work 4"]);
}

// RT-30, WE-23
#[test]
fn time_goes_on_meanwhile_for_attempts_and_waits_to_come() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    let wanted = Wanted { timeout: Some(Duration::from_millis(20)), ..Wanted::default() };
    flow.again("work 1", 10);
    flow.wait_for("work 2", wanted.clone());
    assert_eq!(flow.resume(8), ["work 2"]);
    flow.wait_for("work 2", wanted);
    assert_eq!(flow.supersede("2"), ["work 1 for the 2. time"]);
    assert_eq!(flow.supersede("9"), NONE);
    assert_eq!(flow.supersede("1"), ["work 2: 0 timed out"]);
}

// WE-21, WE-22 otherwise
#[test]
fn waits_that_were_over_give_the_same_answers_and_the_others_keep_their_place() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    let asking = Wanted { prompt: Some(3), ..Wanted::default() };
    flow.wait("work 1");
    flow.respond(7);
    assert_eq!(flow.wait_for("work 1", asking.clone()), ["ask 3"]);
    flow.wait("work 2");
    flow.resume(0);
    // The first in line has not said yet what it wants.
    assert_eq!(flow.wait("work 2"), NONE);
    assert_eq!(flow.respond(8), NONE);
    assert_eq!(flow.wait("work 1"), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking), ["work 1: 1 is 8"]);
    assert_eq!(flow.respond(9), ["work 2: 0 is 9"]);
}

#[test]
fn an_answer_kept_meanwhile_reaches_who_wants_it_and_the_steps() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A wait", ""), ("log", 9, "human", "")]);
    let wanted = Wanted { answer: Some(9), ..Wanted::default() };
    flow.start();
    flow.done("plan 0", "A1");
    flow.wait_for("work 1", wanted.clone());
    flow.resume(0);
    assert_eq!(flow.respond(8), NONE);
    assert_eq!(flow.respond(9), NONE);
    assert_eq!(flow.wait_for("work 1", wanted), ["log 8", "work 1: 0 is 9", "log 9"]);
}

#[test]
fn what_a_body_has_given_up_on_is_waited_for_again() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    let asking = Wanted { prompt: Some(3), ..Wanted::default() };
    flow.wait_for("work 1", asking.clone());
    flow.unwait("work 1", 0);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking), ["idle"]);
    assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    assert_eq!(flow.done("work 1", ""), ["idle"]);
    assert!(flow.is_empty());
}

/// One execution of `work`, which waits for a `human` and for a `B`.
fn waits_for_two(workers: u32) -> Flow {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", workers, "A wait wait:B", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow
}

fn asking(prompt: u64) -> Wanted {
    Wanted { prompt: Some(prompt), ..Wanted::default() }
}

fn only(answer: u64) -> Wanted {
    Wanted { answer: Some(answer), ..Wanted::default() }
}

fn within(ms: u64) -> Wanted {
    Wanted { timeout: Some(Duration::from_millis(ms)), ..Wanted::default() }
}

#[test]
fn what_still_waited_is_met_before_what_was_given_up_and_what_is_new() {
    let mut flow = waits_for_two(1);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["ask 3", "idle"]);
    flow.unwait("work 1", 0);
    assert_eq!(flow.wait_for("work 1", asking(4)), ["ask 4", "idle"]);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["idle"]);
    assert_eq!(flow.respond(7), ["work 1: 1 is 7"]);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["work 1: 1 is 7"]);
    // What was asked before that has its answer: this is another question.
    assert_eq!(flow.wait_for("work 1", asking(5)), ["ask 5", "idle"]);
    flow.unwait("work 1", 2);
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(3)), ["work 1: 1 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking(5)), ["idle"]);
    assert_eq!(flow.respond(8), ["work 1: 2 is 8"]);
    assert_eq!(flow.wait_for("work 1", asking(6)), ["ask 6", "idle"]);
    flow.done("work 1", "");
    assert!(flow.is_empty());
}

#[test]
fn of_two_questions_at_once_the_second_is_not_asked_again_when_the_first_has_its_answer() {
    let mut flow = waits_for_two(1);
    let (first, second) = (Wanted { prompt: Some(3), ..only(7) }, Wanted { prompt: Some(4), ..only(8) });
    assert_eq!(flow.wait_for("work 1", first.clone()), ["ask 3", "idle"]);
    assert_eq!(flow.wait_for("work 1", second.clone()), ["ask 4", "idle"]);
    flow.unwait("work 1", 0);
    flow.unwait("work 1", 1);
    flow.again("work 1", 5);
    assert_eq!(flow.respond(7), NONE);
    flow.supersede("5");
    assert_eq!(flow.wait_for("work 1", first), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", second), ["idle"]);
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
}

#[test]
fn a_question_after_reminders_is_asked_though_there_were_fewer_of_these_this_time() {
    let mut flow = waits_for_two(1);
    for reminder in 0..3 {
        flow.wait_for("work 1", asking(reminder));
        flow.unwait("work 1", usize::try_from(reminder).expect("it is small"));
    }
    flow.resume(0);
    assert_eq!(flow.wait_for("work 1", asking(0)), ["idle"]);
    assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking(10)), ["ask 10", "idle"]);
}

#[test]
fn what_was_given_up_is_in_its_old_place_when_it_is_waited_for_again() {
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
fn waits_for_two_types_come_in_either_order_and_the_same_one_wins() {
    for human_comes_first in [true, false] {
        let mut flow = waits_for_two(1);
        flow.wait("work 1");
        flow.wait_for_event("work 1", "B");
        assert_eq!(flow.external("B7"), ["work 1: 1 is 7", "idle"]);
        flow.unwait("work 1", 0);
        flow.resume(0);
        assert_eq!(flow.respond(9), NONE);
        if human_comes_first {
            // It might have lost, and so takes nothing before that is known; nor is the run idle.
            assert_eq!(flow.wait("work 1"), NONE);
            assert_eq!(flow.stalled(), NONE);
            assert_eq!(flow.wait_for_event("work 1", "B"), ["work 1: 1 is 7", "work 1: 0 is 9"]);
        } else {
            assert_eq!(flow.wait_for_event("work 1", "B"), ["work 1: 1 is 7"]);
            assert_eq!(flow.wait("work 1"), ["work 1: 0 is 9"]);
        }
        // It has lost again, and its answer is there for the next.
        assert_eq!(flow.unwait("work 1", 0), NONE);
        assert_eq!(flow.wait("work 1"), ["work 1: 2 is 9"]);
        assert_eq!(flow.done("work 1", ""), ["idle"]);
        assert!(flow.is_empty());
    }
}

#[test]
fn who_has_lost_a_race_loses_it_again_though_it_has_won_a_later_one() {
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
fn what_a_body_does_not_come_to_again_keeps_it_from_nothing_and_goes_to_others() {
    let mut flow = waits_for_two(2);
    flow.send("work 1", "A2");
    flow.wait("work 1");
    flow.wait_for_event("work 1", "B");
    flow.external("B7");
    flow.unwait("work 1", 0);
    flow.again("work 1", 0);
    flow.wait_for_event("work 2", "B");
    assert_eq!(flow.respond(9), NONE);
    assert_eq!(flow.wait("work 1"), NONE);
    assert_eq!(flow.quiet(), ["work 1: 0 is 9"]);
    assert_eq!(flow.done("work 1", ""), ["work 2: 0 is 7"]);
    assert_eq!(flow.quiet(), NONE);
}

#[test]
fn who_takes_nothing_yet_keeps_its_place_and_may_take_too_long_or_give_up() {
    let new = || {
        let mut flow = waits_for_two(2);
        flow.send("work 1", "A2");
        flow.wait("work 2");
        flow.wait_for("work 1", within(20));
        flow.wait_for_event("work 1", "B");
        flow.external("B7");
        flow.resume(0);
        // It is behind the other one, which has no answer to come to.
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
    assert_eq!(flow.supersede("20"), ["work 1: 0 timed out", "work 2: 1 is 9"]);
    let mut flow = new();
    assert_eq!(flow.unwait("work 1", 0), ["work 2: 1 is 9"]);
    let mut flow = new();
    assert_eq!(flow.resume(0), ["work 1", "work 2"]);
    // Both have had something, and the first in line has not come again.
    assert_eq!(flow.wait("work 2"), ["work 2: 0 is 8"]);
    assert_eq!(flow.wait("work 2"), NONE);
    assert_eq!(flow.wait_for_event("work 1", "B"), ["work 1: 1 is 7"]);
    assert_eq!(flow.wait_for("work 1", within(20)), ["work 1: 0 is 9"]);
}

#[test]
fn an_answer_is_met_again_by_the_one_that_wants_it() {
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
        // One that nobody wants any more is no obstacle.
        flow.resume(0);
        assert_eq!(flow.wait_for("work 1", only(9)), NONE);
        assert_eq!(flow.quiet(), ["idle"]);
        assert_eq!(flow.respond(9), ["work 1: 2 is 9"]);
    }
}

#[test]
fn only_what_may_take_too_long_has_taken_too_long_and_a_time_may_be_given_and_taken() {
    for first in [true, false] {
        let mut flow = waits_for_two(1);
        flow.wait("work 1");
        flow.wait_for("work 1", within(5));
        flow.supersede("5");
        flow.resume(0);
        if first {
            assert_eq!(flow.wait("work 1"), NONE);
        }
        let said = flow.wait_for("work 1", within(5));
        assert_eq!(said[0], "work 1: 1 timed out");
        if !first {
            flow.wait("work 1");
        }
        assert_eq!(flow.respond(7), ["work 1: 0 is 7"]);
    }
    let mut flow = waits_for_two(1);
    flow.wait_for("work 1", within(5));
    flow.resume(0);
    flow.wait("work 1");
    assert_eq!(flow.supersede("5"), NONE);
    flow.resume(0);
    flow.wait_for("work 1", within(5));
    assert_eq!(flow.supersede("5"), ["work 1: 0 timed out"]);
}

#[test]
fn a_run_that_waits_for_two_things_again_is_idle() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    let seven = Wanted { answer: Some(7), ..Wanted::default() };
    flow.wait("work 1");
    flow.wait_for("work 1", seven.clone());
    assert_eq!(flow.respond(8), ["work 1: 0 is 8", "idle"]);
    flow.resume(0);
    assert_eq!(flow.wait("work 1"), ["work 1: 0 is 8"]);
    assert_eq!(flow.wait_for("work 1", seven), ["idle"]);
}

// CA-14
#[test]
fn budgets_and_batches_are_written_down() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("work", 9, "A", "B"),
        ("mend*1", 9, "failed", "A"),
        ("gather", 1, "Vec<B>", "!"),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.done("work 2", "B3");
    flow.failed("work 1");
    assert_eq!(flow.resume(0), ["mend 1"]);
    assert_eq!(flow.done("mend 1", "A4 A5"), ["work 4", "work 5"]);
    assert_eq!(flow.done("work 4", "B6"), NONE);
    assert_eq!(flow.resume(0), ["work 5"]);
    assert_eq!(flow.failed("work 5"), ["work failed after 0ns"]);
}
