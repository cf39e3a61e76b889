//! Waits for external responses, inside a step.

use super::{flow::Flow, trace::Wanted};
use std::{sync::atomic::Ordering, time::Duration};

const NONE: [&str; 0] = [];

pub(super) fn only(answer: u64) -> Wanted {
    Wanted { answer: Some(answer), ..Wanted::default() }
}

pub(super) fn within(ms: u64) -> Wanted {
    Wanted { timeout: Some(Duration::from_millis(ms)), ..Wanted::default() }
}

/// Two executions of `work`, which has `workers`.
fn two(workers: u32) -> Flow {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work@5", workers, "A wait", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow
}

#[test]
fn waiting_step_holds_no_worker_and_precedes_queue() {
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

#[test]
fn response_goes_to_first_matching_wait() {
    let mut flow = two(2);
    flow.wait_for("work 1", only(9));
    assert_eq!(flow.wait("work 2"), ["idle"]);
    assert_eq!(flow.respond(7), ["work 2: 0 is 7"]);
    flow.wait("work 2");
    assert_eq!(flow.respond(9), ["work 1: 0 is 9"]);
}

#[test]
fn early_response_is_buffered_and_read_without_suspending() {
    let mut flow = two(1);
    assert_eq!(flow.respond(7), NONE);
    assert_eq!(flow.respond(8), NONE);
    // It keeps its worker.
    assert_eq!(flow.wait_for("work 1", only(8)), ["work 1: 0 is 8"]);
    assert_eq!(flow.wait("work 1"), ["work 1: 1 is 7"]);
    assert_eq!(flow.wait("work 1"), ["work 2"]);
}

#[test]
fn prompt_is_published_once_over_all_attempts() {
    let mut flow = two(1);
    let asking = Wanted { prompt: Some(3), ..Wanted::default() };
    assert_eq!(flow.wait_for("work 1", asking.clone()), ["prompt 3", "work 2"]);
    flow.respond(7);
    flow.done("work 2", "");
    flow.retry("work 1", 0);
    assert_eq!(flow.wait_for("work 1", asking), ["work 1: 0 is 7"]);
}

#[test]
fn wait_timeout_runs_while_step_timeout_stops() {
    let mut flow = two(2);
    flow.wait_for("work 1", within(20));
    flow.wait_for("work 2", within(30));
    assert_eq!(flow.advance("19"), NONE);
    assert_eq!(flow.advance("1"), ["work 1: 0 timed out"]);
    assert_eq!(flow.respond(7), ["work 2: 0 is 7"]);
    // Five milliseconds each, not counting the waits.
    assert_eq!(flow.advance("4"), NONE);
    assert_eq!(flow.retry("work 1", 0), ["work 1 (attempt 2)"]);
    assert_eq!(flow.wait_for("work 1", within(20)), ["work 1: 0 timed out"]);
    assert_eq!(flow.advance("1"), ["drop work 2", "work failed after 25ms"]);
}

#[test]
fn two_waits_are_woken_and_last_one_takes_worker() {
    let mut flow = two(1);
    flow.wait_for("work 1", only(7));
    assert_eq!(flow.wait_for("work 1", only(8)), NONE);
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
    assert_eq!(flow.respond(7), NONE);
    assert_eq!(flow.done("work 2", ""), ["work 1: 0 is 7"]);
}

#[test]
fn woken_step_that_waits_again_is_suspended() {
    let mut flow = two(1);
    flow.wait("work 1");
    assert_eq!(flow.respond(7), NONE);
    // Another future of the step continues before it has a worker.
    assert_eq!(flow.wait("work 1"), ["work 1: 0 is 7"]);
    assert_eq!(flow.done("work 2", ""), ["idle"]);
    assert_eq!(flow.respond(8), ["work 1: 1 is 8"]);
}

#[test]
fn step_that_drops_its_wait_continues_with_its_timeout() {
    let mut flow = two(1);
    flow.advance("2");
    flow.wait("work 1");
    flow.advance("1");
    flow.wait("work 2");
    assert_eq!(flow.unwait("work 1", 0), NONE);
    assert_eq!(flow.unwait("work 2", 0), NONE);
    assert_eq!(flow.advance("2"), NONE);
    assert_eq!(flow.advance("1"), ["drop work 1", "work failed after 6ms"]);
}

#[test]
fn unread_answer_goes_to_next_wait_and_not_to_steps() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A wait", ""), ("log", 9, "human", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.wait("work 1");
    assert_eq!(flow.respond(7), ["work 1: 0 is 7", "log 7"]);
    assert_eq!(flow.unwait("work 1", 0), NONE);
    assert_eq!(flow.wait("work 2"), ["work 2: 0 is 7"]);
}

#[test]
fn response_launches_all_steps_but_the_waiting_one() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("own", 9, "human wait", ""), ("log", 9, "human", "")]);
    flow.start();
    flow.done("plan 0", "");
    assert_eq!(flow.respond(1), ["own 1", "log 1"]);
    flow.wait("own 1");
    assert_eq!(flow.respond(2), ["own 1: 0 is 2", "log 2"]);
    assert_eq!(flow.respond(3), ["own 3", "log 3"]);
}

#[test]
fn response_can_decide_race_that_cancels_waiting_step() {
    let mut flow =
        Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A wait", ""), ("first", 1, "First<human,1>", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow.wait("work 1");
    assert_eq!(flow.respond(2), ["drop work 1", "first 2"]);
    assert_eq!(flow.done("first 2", ""), ["idle"]);
    assert!(flow.is_empty());
}

#[test]
fn ended_execution_leaves_no_waits() {
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
        assert_eq!(flow.advance("5"), NONE);
    }
}

#[test]
fn waiting_does_not_reset_attempts() {
    let mut flow = two(2);
    flow.retry("work 1", 0);
    flow.wait("work 1");
    flow.respond(7);
    assert_eq!(flow.retry("work 1", 0), ["work 1 (attempt 3)"]);
}

#[test]
fn stalled_run_names_waiting_steps() {
    let mut flow = two(2);
    flow.wait("work 1");
    flow.wait_for("work 2", within(5));
    // A timer will continue the run.
    assert_eq!(flow.stalled(), NONE);
    flow.advance("5");
    flow.done("work 2", "");
    assert_eq!(flow.stalled(), ["stalled work waits for HumanResponse<u64>"]);
}

#[test]
fn buffered_responses_are_matched_by_new_waits_only() {
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

    // Waits replayed in order match only themselves; behind a blocked wait, none is matched.
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

#[test]
fn buffered_responses_are_new_to_each_wait_once() {
    const N: u64 = 50;
    let events: Vec<String> = (0..N).map(|work| format!("A{work}")).collect();
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 99, "A wait", "")]);
    flow.start();
    flow.done("plan 0", &events.join(" "));
    for answer in 0..N {
        flow.respond(answer);
    }
    let wanted = only(1_000);
    let asked = || wanted.asked.swap(0, Ordering::Relaxed);
    let n = usize::try_from(N).expect("it is small");
    for work in 0..N {
        flow.wait_for(&format!("work {work}"), wanted.clone());
        assert_eq!(asked(), n);
    }
    // A retried step has another matcher; to those behind it nothing is new.
    for _ in 0..10 {
        flow.retry("work 0", 0);
        flow.wait_for("work 0", wanted.clone());
        assert_eq!(asked(), n);
    }
    // A response that arrives while the first wait is blocked is the only new one.
    flow.retry("work 0", 5);
    flow.respond(N);
    assert_eq!(asked(), 0);
    flow.advance("5");
    flow.wait_for("work 0", wanted.clone());
    assert_eq!(asked(), n + 1 + (n - 1));
    // A response that all waits reject is not new later.
    flow.respond(N + 1);
    assert_eq!(asked(), n);
    flow.retry("work 0", 5);
    flow.advance("5");
    flow.done("work 0", "");
    assert_eq!(asked(), 0);
    // The last wait takes a response that the others have rejected, and does not read it.
    flow.retry("work 1", 5);
    flow.respond(1_000);
    flow.advance("5");
    assert_eq!(flow.done("work 1", ""), ["work 2: 0 is 1000"]);
    assert_eq!(asked(), 1);
    assert_eq!(flow.wait_for("work 2", only(7)), ["work 2: 1 is 7"]);
}

#[test]
fn matching_responses_are_found_at_once() {
    // Each wait takes the first response that is left.
    const N: u64 = 50;
    let events: Vec<String> = (0..N).map(|work| format!("A{work}")).collect();
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 99, "A wait", "")]);
    flow.start();
    flow.done("plan 0", &events.join(" "));
    let mut all = 0;
    for work in 0..N {
        flow.respond(work);
    }
    for work in 0..N {
        let wanted = only(work);
        flow.wait_for(&format!("work {work}"), wanted.clone());
        all += wanted.asked.load(Ordering::Relaxed);
    }
    assert_eq!(all, 50);
}
