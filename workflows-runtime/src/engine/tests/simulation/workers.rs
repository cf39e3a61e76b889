//! Blocking code that begins later than its attempt, or ends later.

use super::flow::Flow;

const NONE: [&str; 0] = [];

#[test]
fn timed_out_step_holds_its_worker_until_its_code_ends() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work@5", 1, "A", ""), ("mend*9", 1, "failed", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.outlive(1);
    assert_eq!(flow.advance("5"), ["drop work 1", "mend 1"]);
    assert_eq!(flow.done("mend 1", ""), NONE);
    assert_eq!(flow.stalled(), NONE, "an input waits for the worker");
    assert_eq!(flow.vacate(), ["work 2"]);
    assert_eq!(flow.done("work 2", ""), ["idle"]);
    assert!(flow.is_empty());
}

#[test]
fn retry_waits_for_the_code_of_the_attempt_before() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.retry_outlived("work 1", 5), NONE);
    assert_eq!(flow.advance("5"), NONE, "the delay is over, but its code runs");
    assert_eq!(flow.vacate(), ["work 1 (attempt 2)"]);
    assert_eq!(flow.retry_outlived("work 1", 5), NONE);
    assert_eq!(flow.vacate(), NONE, "its code has ended, but the delay runs");
    assert_eq!(flow.advance("5"), ["work 1 (attempt 3)"]);
}

#[test]
fn other_workers_stay_free() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    assert_eq!(flow.retry_outlived("work 1", 0), NONE);
    assert_eq!(flow.done("work 2", ""), ["work 1 (attempt 2)"]);
    assert_eq!(flow.done("work 1", ""), ["idle"]);
    assert_eq!(flow.vacate(), NONE);
}

#[test]
fn race_loser_holds_its_worker_until_its_code_ends() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A] C"),
        ("work", 2, "A", "B"),
        ("first", 1, "First<B,1>", ""),
        ("more", 1, "C", "[A]"),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2, A3] C9");
    flow.outlive(1);
    assert_eq!(flow.done("work 1", "B4"), ["drop work 2", "first 4"], "the third is cancelled in the queue");
    assert_eq!(flow.done("more 9", "[A5, A6]"), ["work 5"]);
    assert_eq!(flow.vacate(), ["work 6"]);
}

#[test]
fn cancelled_inputs_behind_a_held_worker_do_not_delay_the_end() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("work@5", 1, "A", "B"),
        ("mend*1", 1, "failed", "B"),
        ("first", 1, "First<B,1>", ""),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.outlive(1);
    assert_eq!(flow.advance("5"), ["drop work 1", "mend 1"]);
    assert_eq!(flow.done("mend 1", "B3"), ["first 3"]);
    assert_eq!(flow.done("first 3", ""), ["idle"], "nothing is left but the code that runs");
    assert_eq!(flow.vacate(), NONE);
    assert!(flow.is_empty());
}

#[test]
fn run_that_ends_does_not_wait_for_held_workers() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow.outlive(1);
    assert_eq!(flow.advance("5"), ["drop work 1", "work failed after 5ms"]);
    assert_eq!(flow.vacate(), NONE);
}

#[test]
fn nothing_holds_a_worker_after_a_resume() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 1, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.retry_outlived("work 1", 0), NONE);
    assert_eq!(flow.resume(0), ["work 1 (attempt 2)"]);
}

#[test]
fn timeout_counts_from_the_beginning_on_the_thread() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5~30", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.advance("20"), NONE);
    assert_eq!(flow.begin("work 1"), NONE);
    assert_eq!(flow.advance("4"), NONE);
    assert_eq!(flow.begin("work 1"), NONE, "it begins once");
    assert_eq!(flow.advance("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn queue_timeout_fails_an_attempt_that_has_not_begun() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5~30", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.advance("29"), NONE);
    assert_eq!(flow.advance("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn each_attempt_queues_anew() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5~30", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    flow.advance("29");
    flow.begin("work 1");
    assert_eq!(flow.retry("work 1", 0), ["work 1 (attempt 2)"]);
    assert_eq!(flow.advance("29"), NONE);
    assert_eq!(flow.resume(0), ["work 1 (attempt 2)"]);
    assert_eq!(flow.advance("29"), NONE, "a resume starts it again");
    flow.begin("work 1");
    assert_eq!(flow.advance("4"), NONE);
    assert_eq!(flow.advance("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn timeout_counts_for_resources_and_stops_in_the_queue() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5~30+", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.advance("2"), NONE);
    assert_eq!(flow.queue("work 1"), NONE);
    assert_eq!(flow.advance("29"), NONE);
    assert_eq!(flow.begin("work 1"), NONE);
    assert_eq!(flow.queue("work 1"), NONE, "it queues once");
    assert_eq!(flow.advance("2"), NONE);
    assert_eq!(flow.advance("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn timeout_may_expire_while_a_blocking_step_waits_for_its_resources() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work@5~3+", 1, "A", ""), ("mend*1", 1, "failed", "!")]);
    flow.start();
    flow.done("plan 0", "A1");
    assert_eq!(flow.advance("4"), NONE);
    assert_eq!(flow.advance("1"), ["drop work 1", "mend 1"]);
}

#[test]
fn cancelled_inputs_behind_a_held_worker_leave_the_run_idle() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "A [A]"),
        ("first", 1, "First<A,2>", ""),
        ("work@5", 1, "A", ""),
        ("mend*1", 1, "failed", ""),
    ]);
    flow.start();
    // The race cancels the second input of `work`.
    assert_eq!(flow.done("plan 0", "A1 [A2, A3]"), ["work 1", "first 2 3"]);
    flow.done("first 2 3", "");
    flow.outlive(1);
    assert_eq!(flow.advance("5"), ["drop work 1", "mend 1"]);
    assert_eq!(flow.done("mend 1", ""), ["idle"]);
    assert!(flow.vacate().is_empty());
}
