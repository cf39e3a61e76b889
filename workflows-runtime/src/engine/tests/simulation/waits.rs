//! Waits for external responses, inside a step.

use super::{flow::Flow, trace::Wanted};
use std::{sync::atomic::Ordering, time::Duration};

const NONE: [&str; 0] = [];

fn only(answer: u64) -> Wanted {
    Wanted { answer: Some(answer), ..Wanted::default() }
}

fn within(ms: u64) -> Wanted {
    Wanted { timeout: Some(Duration::from_millis(ms)), ..Wanted::default() }
}

/// Two executions of `work`, which has `workers`.
fn two(workers: u32) -> Flow {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work@5", workers, "A wait", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow
}

// WE-01, WE-03
#[test]
fn who_waits_holds_no_worker_and_comes_first_when_woken() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A"), ("work", 1, "A wait", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "A1 A2 A3"), ["work 1"]);
    assert_eq!(flow.wait("work 1"), ["work 2"]);
    assert_eq!(flow.respond(7), NONE);
    assert_eq!(flow.done("work 2", ""), ["work 1: 0 is 7"]);
    assert_eq!(flow.done("work 1", ""), ["work 3"]);
    assert_eq!(flow.done("work 3", ""), ["idle"]);
    assert!(flow.is_empty());
}

// WE-08, WE-11 otherwise: one answer, one wait.
#[test]
fn an_answer_goes_to_the_one_that_has_waited_longest_of_those_that_want_it() {
    let mut flow = two(2);
    flow.wait_for("work 1", only(9));
    assert_eq!(flow.wait("work 2"), ["idle"]);
    assert_eq!(flow.respond(7), ["work 2: 0 is 7"]);
    flow.wait("work 2");
    assert_eq!(flow.respond(9), ["work 1: 0 is 9"]);
}

// WE-10 otherwise, WE-13
#[test]
fn an_answer_that_comes_too_soon_is_kept_and_is_there_without_a_pause() {
    let mut flow = two(1);
    assert_eq!(flow.respond(7), NONE);
    assert_eq!(flow.respond(8), NONE);
    // The worker stays.
    assert_eq!(flow.wait_for("work 1", only(8)), ["work 1: 0 is 8"]);
    assert_eq!(flow.wait("work 1"), ["work 1: 1 is 7"]);
    assert_eq!(flow.wait("work 1"), ["work 2"]);
}

// WE-04
#[test]
fn a_prompt_is_published_once_also_when_the_step_is_tried_again() {
    let mut flow = two(1);
    let asking = Wanted { prompt: Some(3), ..Wanted::default() };
    assert_eq!(flow.wait_for("work 1", asking.clone()), ["ask 3", "work 2"]);
    flow.respond(7);
    flow.done("work 2", "");
    flow.again("work 1", 0);
    assert_eq!(flow.wait_for("work 1", asking), ["work 1: 0 is 7"]);
}

// WE-14, WE-15, WE-16, WE-17
#[test]
fn a_wait_may_take_too_long_and_its_step_meanwhile_does_not() {
    let mut flow = two(2);
    flow.wait_for("work 1", within(20));
    flow.wait_for("work 2", within(30));
    assert_eq!(flow.supersede("19"), NONE);
    assert_eq!(flow.supersede("1"), ["work 1: 0 timed out"]);
    assert_eq!(flow.respond(7), ["work 2: 0 is 7"]);
    // Five milliseconds each, without the waits.
    assert_eq!(flow.supersede("4"), NONE);
    assert_eq!(flow.again("work 1", 0), ["work 1 for the 2. time"]);
    assert_eq!(flow.wait_for("work 1", within(20)), ["work 1: 0 timed out"]);
    assert_eq!(flow.supersede("1"), ["drop work 2", "work failed after 25ms"]);
}

#[test]
fn of_two_waits_at_once_each_is_told_and_the_worker_comes_with_the_last() {
    let mut flow = two(1);
    flow.wait_for("work 1", only(7));
    assert_eq!(flow.wait_for("work 1", only(8)), NONE);
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
    assert_eq!(flow.respond(7), NONE);
    assert_eq!(flow.done("work 2", ""), ["work 1: 0 is 7"]);
}

#[test]
fn who_stands_in_line_and_waits_for_something_else_is_suspended_again() {
    let mut flow = two(1);
    flow.wait("work 1");
    assert_eq!(flow.respond(7), NONE);
    // Another of the body's futures goes on before it has a worker.
    assert_eq!(flow.wait("work 1"), ["work 1: 0 is 7"]);
    assert_eq!(flow.done("work 2", ""), ["idle"]);
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
}

#[test]
fn who_waits_no_more_goes_on_by_itself_with_its_time() {
    let mut flow = two(1);
    flow.supersede("2");
    flow.wait("work 1");
    flow.supersede("1");
    flow.wait("work 2");
    assert_eq!(flow.unwait("work 1", 0), NONE);
    assert_eq!(flow.unwait("work 2", 0), NONE);
    assert_eq!(flow.supersede("2"), NONE);
    assert_eq!(flow.supersede("1"), ["drop work 1", "work failed after 6ms"]);
}

#[test]
fn an_answer_that_is_not_looked_at_goes_to_the_next_and_not_to_the_steps_again() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A wait", ""), ("log", 9, "human", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.wait("work 1");
    assert_eq!(flow.respond(7), ["work 1: 0 is 7", "log 7"]);
    assert_eq!(flow.unwait("work 1", 0), NONE);
    assert_eq!(flow.wait("work 2"), ["work 2: 0 is 7"]);
}

// WE-12
#[test]
fn the_step_that_waits_is_not_started_with_the_answer_as_well_and_the_others_are() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("own", 9, "human wait", ""), ("log", 9, "human", "")]);
    flow.start();
    flow.done("plan 0", "");
    assert_eq!(flow.respond(1), ["own 1", "log 1"]);
    flow.wait("own 1");
    assert_eq!(flow.respond(2), ["own 1: 0 is 2", "log 2"]);
    assert_eq!(flow.respond(3), ["own 3", "log 3"]);
}

#[test]
fn an_answer_may_decide_a_race_that_drops_who_waits_for_it() {
    let mut flow =
        Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A wait", ""), ("first", 1, "First<human,1>", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow.wait("work 1");
    assert_eq!(flow.respond(2), ["drop work 1", "first 2"]);
    assert_eq!(flow.done("first 2", ""), ["idle"]);
    assert!(flow.is_empty());
}

// WE-18, WE-19
#[test]
fn nothing_is_left_of_the_waits_of_what_is_over() {
    let parts = [("plan", 1, "start", "A"), ("work", 1, "A wait", ""), ("mend*1", 1, "failed", "")];
    for fails in [false, true] {
        let mut flow = Flow::new(&parts);
        flow.start();
        flow.done("plan 0", "A1");
        flow.wait_for("work 1", within(5));
        if fails {
            assert_eq!(flow.failed("work 1"), ["mend 1"]);
            flow.done("mend 1", "");
        } else {
            flow.done("work 1", "");
        }
        assert!(flow.is_empty());
        assert_eq!(flow.supersede("5"), NONE);
    }
}

// WE-20
#[test]
fn waiting_does_not_count_attempts_anew() {
    let mut flow = two(2);
    flow.again("work 1", 0);
    flow.wait("work 1");
    flow.respond(7);
    assert_eq!(flow.again("work 1", 0), ["work 1 for the 3. time"]);
}

#[test]
fn a_stalled_run_tells_who_waits() {
    let mut flow = two(2);
    flow.wait("work 1");
    flow.wait_for("work 2", within(5));
    // In the course of time something goes on.
    assert_eq!(flow.stalled(), NONE);
    flow.supersede("5");
    flow.done("work 2", "");
    assert_eq!(flow.stalled(), ["stalled work waits"]);
}

#[test]
fn only_who_comes_is_asked_about_what_is_kept_and_who_goes_costs_nothing() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 9, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A0 A1 A2 A3 A4");
    for answer in 0..10 {
        flow.respond(answer);
    }
    let wanted = only(99);
    let asked = || wanted.asked.swap(0, Ordering::Relaxed);
    let wait = |flow: &mut Flow, work: u64| flow.wait_for(&format!("work {work}"), wanted.clone());
    for work in 0..5 {
        wait(&mut flow, work);
        assert_eq!(asked(), 10);
    }
    flow.unwait("work 4", 0);
    assert_eq!((asked(), flow.wait("work 4"), asked()), (0, vec!["work 4: 1 is 0".to_owned()], 0));
    assert_eq!(flow.done("work 4", ""), ["idle"]);
    assert_eq!(asked(), 0);

    // In the order of the line, each has only itself to be asked; behind one that has not come, nobody is.
    flow.resume(0);
    for work in 0..4 {
        wait(&mut flow, work);
        assert_eq!(asked(), 9);
    }
    flow.resume(0);
    for work in [3, 2, 1] {
        wait(&mut flow, work);
        assert_eq!(asked(), 0);
    }
    wait(&mut flow, 0);
    assert_eq!(asked(), 4 * 9);
}
