//! Resumed runs.

use super::{
    flow::Flow,
    trace::Wanted,
    waits::{only, within},
};
use std::{collections::BTreeSet, time::Duration};

const NONE: [&str; 0] = [];

#[test]
fn resumed_executions_restart_in_order_before_queue() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A A"), ("work", 2, "A", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2 A3 A4");
    flow.retry("work 1", 0);
    assert_eq!(flow.resume(0), ["work 1 (attempt 2)", "work 2"]);
    assert_eq!(flow.done("work 2", ""), ["work 3"]);
    assert_eq!(flow.resume(0), ["work 1 (attempt 2)", "work 3"]);
    assert_eq!(flow.done("work 1", ""), ["work 4"]);
}

#[test]
fn resumed_step_does_not_repeat_sends_and_prompts() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("work", 9, "A", "")]);
    flow.start();
    assert_eq!(flow.send("plan 0", "A1"), ["work 1"]);
    assert_eq!(flow.prompt("plan 0", 2), ["prompt 2"]);
    for _ in 0..2 {
        assert_eq!(flow.resume(0), ["plan 0", "work 1"]);
        assert_eq!(flow.send("plan 0", "A1"), NONE);
    }
    assert_eq!(flow.prompt("plan 0", 2), NONE);
    assert_eq!(flow.send("plan 0", "A3"), ["work 3"]);
    // Another attempt sends again.
    flow.retry("plan 0", 0);
    assert_eq!(flow.send("plan 0", "A4"), ["work 4"]);
}

#[test]
fn retry_and_wait_timers_run_between_snapshot_and_resume() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    let wanted = Wanted { timeout: Some(Duration::from_millis(20)), ..Wanted::default() };
    flow.retry("work 1", 10);
    flow.wait_for("work 2", wanted.clone());
    assert_eq!(flow.resume(8), ["work 2"]);
    flow.wait_for("work 2", wanted);
    assert_eq!(flow.advance("2"), ["work 1 (attempt 2)"]);
    assert_eq!(flow.advance("9"), NONE);
    assert_eq!(flow.advance("1"), ["work 2: 0 timed out"]);
}

#[test]
fn resumed_waits_replay_answers_and_keep_their_order() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("work", 2, "A wait", "")]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    let asking = Wanted { prompt: Some(3), ..Wanted::default() };
    flow.wait("work 1");
    flow.respond(7);
    assert_eq!(flow.wait_for("work 1", asking.clone()), ["prompt 3"]);
    flow.wait("work 2");
    flow.resume(0);
    // The first wait was not replayed yet, and blocks the second.
    assert_eq!(flow.wait("work 2"), NONE);
    assert_eq!(flow.respond(8), NONE);
    assert_eq!(flow.wait("work 1"), ["work 1: 0 is 7"]);
    assert_eq!(flow.wait_for("work 1", asking), ["work 1: 1 is 8"]);
    assert_eq!(flow.respond(9), ["work 2: 0 is 9"]);
}

#[test]
fn buffered_response_reaches_replayed_wait_and_steps() {
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
fn dropped_wait_is_registered_again_after_resume() {
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
fn resumed_run_with_two_waits_is_idle() {
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

#[test]
fn snapshot_contains_budgets_and_batches() {
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

/// The names of all fields and variants in a serialized value.
fn names(value: &serde_json::Value, names: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                names.insert(name.clone());
                // The format of an error and of a time is defined elsewhere.
                if name != "error" && name != "at" {
                    self::names(value, names);
                }
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                self::names(value, names);
            }
        }
        _ => {}
    }
}

#[test]
fn state_is_serialized_with_documented_names() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A] C C"),
        ("work@9", 9, "A wait", "B"),
        ("mend*1", 9, "failed", "B"),
        ("gather", 1, "Vec<B>", "!"),
        ("slow", 1, "C", ""),
    ]);
    flow.start_within("50");
    flow.done("plan 0", "[A1, A2, A3, A4] C5 C6");
    flow.done("work 1", "B7");
    flow.failed("work 2");
    flow.wait_for("work 3", within(5));
    flow.unwait("work 3", 0);
    flow.wait_for("work 3", only(9));
    flow.respond(8);
    flow.retry("work 4", 5);
    let mut used = BTreeSet::new();
    names(&flow.serialized(), &mut used);
    for name in ["inputs", "timer", "dropped_at", "buffered", "remaining_timeout", "children", "last_failure", "index"]
    {
        assert!(used.contains(name), "{name} is not exercised: {used:?}");
    }
    let table = include_str!("../../state.rs").lines().filter(|line| line.starts_with("//! |"));
    let documented: BTreeSet<&str> =
        table.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    for name in used {
        // A field of the test's own event, or of a `Duration`.
        let is_foreign = name == "id" || name == "secs" || name == "nanos";
        assert!(is_foreign || documented.contains(&*name), "`{name}` is missing in the table of engine/state.rs");
    }
}
