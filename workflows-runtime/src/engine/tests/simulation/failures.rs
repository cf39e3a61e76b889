//! What comes after a failure: another attempt, a handler, or the end.

use super::flow::Flow;

const NONE: [&str; 0] = [];

// RT-02, RT-03, RT-05
#[test]
fn a_failed_execution_is_tried_again_with_the_same_input_after_the_delay() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    assert_eq!(flow.again("work 1", 5), NONE);
    // The others go on, and it is not idle meanwhile.
    assert_eq!(flow.done("work 2", ""), NONE);
    assert_eq!(flow.stalled(), NONE);
    assert_eq!(flow.supersede("4"), NONE);
    assert_eq!(flow.supersede("1"), ["work 1 for the 2. time"]);
    flow.supersede("2");
    assert_eq!(flow.failed("work 1"), ["work failed 2 times in 7ms"]);
}

// RT-05, SN-06
#[test]
fn what_is_tried_again_comes_before_what_is_queued_and_takes_no_worker_meanwhile() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A"), ("work", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2 A3");
    assert_eq!(flow.again("work 1", 5), ["work 2"]);
    assert_eq!(flow.supersede("5"), NONE);
    assert_eq!(flow.done("work 2", ""), ["work 1 for the 2. time"]);
    assert_eq!(flow.again("work 1", 0), ["work 1 for the 3. time"]);
    assert_eq!(flow.done("work 1", ""), ["work 3"]);
    assert_eq!(flow.done("work 3", ""), ["idle"]);
    assert!(flow.is_empty());
}

// RT-06
#[test]
fn two_that_fail_together_are_both_tried_again_in_order() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.again("work 2", 5);
    flow.again("work 1", 5);
    assert_eq!(flow.supersede("5"), ["work 2 for the 2. time", "work 1 for the 2. time"]);
}

#[test]
fn a_word_of_an_earlier_attempt_changes_nothing() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", "B"), ("end", 1, "B", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    let first = flow.execution("work 1");
    flow.again("work 1", 0);
    let second = flow.execution("work 1");
    assert_eq!((first.serial, second.serial, second.attempt), (2, 2, 2));
    flow.forget(second);
    assert_eq!(flow.done("work 1", "B2"), NONE);
    assert_eq!(flow.failed("work 1"), NONE);
    assert_eq!(flow.send("work 1", "B3"), NONE);
}

// TC-02
#[test]
fn what_backs_off_or_waits_is_not_active() {
    let mut flow =
        Flow::new(&[("plan", 1, "start", "A B C"), ("a", 1, "A", ""), ("b", 1, "B wait", ""), ("c", 1, "C", "")]);
    flow.start_within("10");
    flow.done("plan 0", "A1 B2 C3");
    flow.again("a 1", 50);
    flow.wait("b 2");
    assert_eq!(flow.supersede("10"), ["timed out after 10ms: c"]);
}

#[test]
fn a_timeout_is_a_failure_and_the_next_attempt_has_all_of_its_time() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow.supersede("4");
    flow.again("work 1", 0);
    assert_eq!(flow.supersede("4"), NONE);
    assert_eq!(flow.supersede("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn a_batch_drains_once_with_attempts_in_it() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 9, "A", "B"), ("gather", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.again("work 1", 5);
    assert_eq!(flow.done("work 2", "B3"), NONE);
    flow.supersede("5");
    assert_eq!(flow.done("work 1", "B4"), ["gather 4 3"]);
}

#[test]
fn a_race_cancels_what_would_be_tried_again() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 9, "A", "B"), ("first", 1, "First<B,1>", "")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.again("work 1", 5);
    assert_eq!(flow.done("work 2", "B3"), ["drop work 1", "first 3"]);
    assert_eq!(flow.supersede("5"), NONE);
    assert_eq!(flow.done("first 3", ""), ["idle"]);
    assert!(flow.is_empty());
}

// CA-01, CA-04, CA-05, CA-07
#[test]
fn a_failure_for_good_goes_to_its_handler_and_that_of_a_handler_ends_the_run() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", ""), ("mend*3", 1, "failed", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.again("work 1", 0), ["work 1 for the 2. time"]);
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    assert_eq!(flow.failed("mend 1"), ["mend failed after 0ns"]);
}

// CA-04
#[test]
fn a_handler_runs_in_the_batch_and_branch_of_what_has_failed() {
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

// CA-10, CA-11, SE-10
#[test]
fn a_budget_is_that_of_a_line_of_events_over_attempts_and_sends() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 9, "A", ""), ("mend*2", 9, "failed", "A")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    // Sent and not returned, and after another attempt of the handler.
    flow.again("mend 1", 0);
    assert_eq!(flow.send("mend 1", "A2"), ["work 2"]);
    assert_eq!(flow.done("mend 1", ""), NONE);
    assert_eq!(flow.failed("work 2"), ["mend 2"]);
    assert_eq!(flow.done("mend 2", "A3"), ["work 3"]);
    assert_eq!(flow.failed("work 3"), ["work failed after 0ns"]);
}

// CA-12
#[test]
fn branches_count_apart() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 9, "A", ""), ("mend*1", 9, "failed", "A")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    assert_eq!(flow.failed("work 1"), ["mend 1"]);
    assert_eq!(flow.failed("work 2"), ["mend 2"]);
    assert_eq!(flow.done("mend 1", "A3"), ["work 3"]);
    assert_eq!(flow.failed("work 3"), ["work failed after 0ns"]);
}

// CE-15, the other way round: no history is lost at a join.
#[test]
fn a_join_counts_all_that_its_events_have_recovered_from() {
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
