//! How a run ends, and that it ends once.

use super::flow::Flow;

const NONE: [&str; 0] = [];

#[test]
fn a_stop_ends_the_run_at_once() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A] !"), ("work", 9, "A", "! B"), ("gather", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.done("work 2", "");
    // `gather` would run now: nothing else is left in the batch.
    assert_eq!(flow.done("work 1", "B3 !4 B5"), ["stop 4"]);
    assert_eq!(flow.done("work 1", "!6"), NONE);
    assert_eq!(flow.stalled(), NONE);
}

#[test]
fn the_first_stop_wins() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 9, "A", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    assert_eq!(flow.done("work 2", "!3 !4"), ["stop 3"]);
    assert_eq!(flow.done("work 1", "!5"), NONE);
}

#[test]
fn a_failure_ends_the_run() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 1, "A", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.supersede("3");
    assert_eq!(flow.failed("work 1"), ["work failed after 3ms"]);
    assert_eq!(flow.failed("work 1"), NONE);
    assert_eq!(flow.done("work 1", "!3"), NONE);
}

#[test]
fn a_cancelled_run_is_over() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", "!")]);
    flow.start();
    assert_eq!(flow.cancel(), ["cancelled"]);
    assert_eq!(flow.cancel(), NONE);
    assert_eq!(flow.done("plan 0", "A1"), NONE);
}

#[test]
fn a_run_that_takes_too_long_tells_what_was_active() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A B C"), ("a", 1, "A", ""), ("b", 1, "B", ""), ("c", 1, "C", "")]);
    flow.start_within("10");
    flow.done("plan 0", "C1 A2");
    assert_eq!(flow.supersede("9"), NONE);
    assert_eq!(flow.supersede("1"), ["timed out after 10ms: a c"]);
    assert_eq!(flow.supersede("1"), NONE);
}

#[test]
fn an_idle_run_may_time_out_too() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("answered", 1, "human", "!")]);
    flow.start_within("10");
    assert_eq!(flow.done("plan 0", "?1"), ["ask 1", "idle"]);
    assert_eq!(flow.supersede("10"), ["timed out after 10ms:"]);
}

#[test]
fn executions_that_take_too_long_fail_and_the_first_ends_the_run() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work@5", 1, "A", ""), ("other@5", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.supersede("4");
    assert_eq!(flow.done("work 1", ""), ["work 2"]);
    // The time of the second one began when it was launched.
    assert_eq!(flow.supersede("1"), ["drop other 1", "other failed after 5ms"]);
    assert_eq!(flow.supersede("9"), NONE);
}

#[test]
fn nothing_is_said_twice_for_a_tick_of_the_past() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("answered", 1, "human", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", ""), ["idle"]);
    assert_eq!(flow.done("plan 0", "?1"), NONE);
    assert_eq!(flow.failed("plan 0"), NONE);
    assert_eq!(flow.supersede("1"), NONE);
    assert_eq!(flow.respond(2), ["answered 2"]);
    // Something goes on, so that nothing has stalled.
    assert_eq!(flow.stalled(), NONE);
}
