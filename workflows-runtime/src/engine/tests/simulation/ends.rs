//! The ends of a run. A run ends once.

use super::flow::Flow;

const NONE: [&str; 0] = [];

#[test]
fn stop_ends_run_immediately() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A] !"), ("work", 9, "A", "! B"), ("gather", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.done("work 2", "");
    // `gather` would be launched now, since nothing else is left in the batch.
    assert_eq!(flow.done("work 1", "B3 !4 B5"), ["stop 4"]);
    assert_eq!(flow.done("work 1", "!6"), NONE);
    assert_eq!(flow.stalled(), NONE);
}

#[test]
fn first_stop_wins() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 9, "A", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    assert_eq!(flow.done("work 2", "!3 !4"), ["stop 3"]);
    assert_eq!(flow.done("work 1", "!5"), NONE);
}

#[test]
fn unhandled_failure_ends_run() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 1, "A", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.advance("3");
    assert_eq!(flow.failed("work 1"), ["work failed after 3ms"]);
    assert_eq!(flow.failed("work 1"), NONE);
    assert_eq!(flow.done("work 1", "!3"), NONE);
}

#[test]
fn failed_execution_restarts_first_with_all_attempts() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A B A A"), ("work", 2, "A", ""), ("other", 1, "B", "!")]);
    flow.start();
    flow.done("plan 0", "A1 A2 A3 B4");
    flow.retry("work 2", 0);
    assert_eq!(flow.failed("work 2"), ["work failed 2 times in 0ns"]);
    assert_eq!(flow.resume(0), ["work 2", "work 1", "other 4"]);
    // It is the first one only once.
    assert_eq!(flow.resume(0), ["work 1", "work 2", "other 4"]);
    assert_eq!(flow.done("work 2", ""), ["work 3"]);
    assert_eq!(flow.done("other 4", "!5"), ["stop 5"]);
}

#[test]
fn cancelled_run_ignores_ticks() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", "!")]);
    flow.start();
    assert_eq!(flow.cancel(), ["cancelled"]);
    assert_eq!(flow.cancel(), NONE);
    assert_eq!(flow.done("plan 0", "A1"), NONE);
}

#[test]
fn timed_out_run_names_active_steps() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A B C"), ("a", 1, "A", ""), ("b", 1, "B", ""), ("c", 1, "C", "")]);
    flow.start_within("10");
    flow.done("plan 0", "C1 A2");
    assert_eq!(flow.advance("9"), NONE);
    assert_eq!(flow.advance("1"), ["timed out after 10ms: a c"]);
    assert_eq!(flow.advance("1"), NONE);
}

#[test]
fn idle_run_times_out() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("answered", 1, "human", "!")]);
    flow.start_within("10");
    assert_eq!(flow.done("plan 0", "?1"), ["prompt 1", "idle"]);
    assert_eq!(flow.advance("10"), ["timed out after 10ms:"]);
}

#[test]
fn timed_out_step_ends_run() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work@5", 1, "A", ""), ("other@5", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.advance("4");
    assert_eq!(flow.done("work 1", ""), ["work 2"]);
    // The timeout of the second one started with its launch.
    assert_eq!(flow.advance("1"), ["drop other 1", "other failed after 5ms"]);
    assert_eq!(flow.advance("9"), NONE);
}

#[test]
fn late_tick_has_no_effect() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("answered", 1, "human", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", ""), ["idle"]);
    assert_eq!(flow.done("plan 0", "?1"), NONE);
    assert_eq!(flow.failed("plan 0"), NONE);
    assert_eq!(flow.advance("1"), NONE);
    assert_eq!(flow.respond(2), ["answered 2"]);
    // An execution is running, so the run is not stalled.
    assert_eq!(flow.stalled(), NONE);
}
