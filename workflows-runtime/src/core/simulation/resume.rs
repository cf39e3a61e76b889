//! Going on from what was written down.

use super::{flow::Flow, told::Wanted};
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
    assert_eq!(flow.pass("2"), ["work 1 for the 2. time"]);
    assert_eq!(flow.pass("9"), NONE);
    assert_eq!(flow.pass("1"), ["work 2: 0 timed out"]);
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
