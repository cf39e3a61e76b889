//! Failed attempts: retries, error handlers, and the end of the run.

use super::flow::{Flow, GatheringFlow};

const NONE: [&str; 0] = [];

#[test]
fn failed_step_is_retried_with_same_input_after_delay() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    assert_eq!(flow.retry("work 1", 5), NONE);
    // The other executions continue, and the run is not idle.
    assert_eq!(flow.done("work 2", ""), NONE);
    assert_eq!(flow.stalled(), NONE);
    assert_eq!(flow.advance("4"), NONE);
    assert_eq!(flow.advance("1"), ["work 1 (attempt 2)"]);
    flow.advance("2");
    assert_eq!(flow.failed("work 1"), ["work failed 2 times in 7ms"]);
}

#[test]
fn backoff_holds_no_worker_and_retry_precedes_queue() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A"), ("work", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2 A3");
    assert_eq!(flow.retry("work 1", 5), ["work 2"]);
    assert_eq!(flow.advance("5"), NONE);
    assert_eq!(flow.done("work 2", ""), ["work 1 (attempt 2)"]);
    assert_eq!(flow.retry("work 1", 0), ["work 1 (attempt 3)"]);
    assert_eq!(flow.done("work 1", ""), ["work 3"]);
    assert_eq!(flow.done("work 3", ""), ["idle"]);
    assert!(flow.is_empty());
}

#[test]
fn simultaneous_retries_run_in_order_of_failure() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.retry("work 2", 5);
    flow.retry("work 1", 5);
    assert_eq!(flow.advance("5"), ["work 2 (attempt 2)", "work 1 (attempt 2)"]);
}

#[test]
fn tick_of_earlier_attempt_has_no_effect() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", "B"), ("end", 1, "B", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    let first = flow.execution("work 1");
    flow.retry("work 1", 0);
    let second = flow.execution("work 1");
    assert_eq!((first.serial, second.serial, second.attempt), (2, 2, 2));
    flow.forget(second);
    assert_eq!(flow.done("work 1", "B2"), NONE);
    assert_eq!(flow.failed("work 1"), NONE);
    assert_eq!(flow.send("work 1", "B3"), NONE);
}

#[test]
fn backoff_and_waiting_steps_are_not_active() {
    let mut flow =
        Flow::new(&[("plan", 1, "start", "A B C"), ("a", 1, "A", ""), ("b", 1, "B wait", ""), ("c", 1, "C", "")]);
    flow.start_within("10");
    flow.done("plan 0", "A1 B2 C3");
    flow.retry("a 1", 50);
    flow.wait("b 2");
    assert_eq!(flow.advance("10"), ["timed out after 10ms: c"]);
}

#[test]
fn retried_step_has_full_timeout_again() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow.advance("4");
    flow.retry("work 1", 0);
    assert_eq!(flow.advance("4"), NONE);
    assert_eq!(flow.advance("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn batch_with_retries_drains_once() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 9, "A", "B"), ("gather", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.retry("work 1", 5);
    assert_eq!(flow.done("work 2", "B3"), NONE);
    flow.advance("5");
    assert_eq!(flow.done("work 1", "B4"), ["gather 4 3"]);
}

#[test]
fn retry_before_next_branch_knows_its_failure() {
    let mut flow =
        GatheringFlow::new(&[("plan", 1, "start", "[A]"), ("work", 2, "A", "B"), ("gather", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2, A3]");
    assert_eq!(flow.retry_and_done("work 1", "work 2", "B4"), ["work 1 (attempt 2)", "work 3"]);
    flow.done("work 3", "B5");
    assert_eq!(flow.done("work 1", "B6"), ["gather 6 4 5"]);
}

#[test]
fn race_cancels_step_in_backoff() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 9, "A", "B"), ("first", 1, "First<B,1>", "")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.retry("work 1", 5);
    assert_eq!(flow.done("work 2", "B3"), ["drop work 1", "first 3"]);
    assert_eq!(flow.advance("5"), NONE);
    assert_eq!(flow.done("first 3", ""), ["idle"]);
    assert!(flow.is_empty());
}

#[test]
fn failure_of_handler_ends_run() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", ""), ("mend*3", 1, "failed", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.retry("work 1", 0), ["work 1 (attempt 2)"]);
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    assert_eq!(flow.failed("mend 1"), ["mend failed after 0ns"]);
}

#[test]
fn handler_runs_in_batch_and_branch_of_failed_step() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("work", 9, "A", "B"),
        ("mend*1", 9, "failed", "B"),
        ("gather", 1, "Vec<B>", "!"),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    assert_eq!(flow.done("work 2", "B3"), NONE);
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    assert_eq!(flow.done("mend 1", "B4"), ["gather 4 3"]);
}

#[test]
fn budget_spans_attempts_and_sends() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 9, "A", ""), ("mend*2", 9, "failed", "A")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    // The event is sent, not returned, by the second attempt of the handler.
    flow.retry("mend 1", 0);
    assert_eq!(flow.send("mend 1", "A2"), ["work 2"]);
    assert_eq!(flow.done("mend 1", ""), NONE);
    assert_eq!(flow.failed("work 2"), ["mend 2"]);
    assert_eq!(flow.done("mend 2", "A3"), ["work 3"]);
    assert_eq!(flow.failed("work 3"), ["work failed after 0ns"]);
}

#[test]
fn branches_have_separate_budgets() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 9, "A", ""), ("mend*1", 9, "failed", "A")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    assert_eq!(flow.failed("work 2"), ["mend 2"]);
    assert_eq!(flow.done("mend 1", "A3"), ["work 3"]);
    assert_eq!(flow.failed("work 3"), ["work failed after 0ns"]);
}

#[test]
fn join_combines_budgets_of_its_events() {
    for first in ["work 1", "work 2"] {
        let mut flow = Flow::new(&[
            ("plan", 1, "start", "[A]"),
            ("work", 9, "A", "B"),
            ("mend*1", 9, "failed", "B"),
            ("pair", 1, "[B;2]", ""),
        ]);
        flow.start();
        flow.done("plan 0", "[A1, A2]");
        flow.failed(first);
        let (mended, other) = if first == "work 1" { ("mend 1", "work 2") } else { ("mend 2", "work 1") };
        flow.done(mended, "B3");
        assert_eq!(flow.done(other, "B4"), ["pair 3 4"]);
        assert_eq!(flow.failed("pair 3 4"), ["pair failed after 0ns"]);
    }
}
