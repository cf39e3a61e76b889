//! The kinds of step parameters, one at a time.

use super::flow::Flow;

const NONE: [&str; 0] = [];

#[test]
fn event_launches_all_takers_in_declaration_order() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("one", 1, "A", ""), ("two", 1, "A", "")]);
    assert_eq!(flow.start(), ["plan 0"]);
    assert_eq!(flow.done("plan 0", "A1"), ["one 1", "two 1"]);
    assert_eq!(flow.done("one 1", ""), NONE);
    assert_eq!(flow.done("two 1", ""), ["idle"]);
    assert_eq!(flow.stalled(), ["stalled"]);
}

#[test]
fn queue_is_fifo_and_bounded_by_workers() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 2, "A", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[A1, A2, A3, A4]"), ["work 1", "work 2"]);
    assert_eq!(flow.done("work 2", ""), ["work 3"]);
    assert_eq!(flow.done("work 1", ""), ["work 4"]);
}

#[test]
fn self_loop_does_not_overtake_queue() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("turn", 1, "A", "A")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "A1 A2"), ["turn 1"]);
    assert_eq!(flow.done("turn 1", "A3"), ["turn 2"]);
    assert_eq!(flow.done("turn 2", ""), ["turn 3"]);
}

#[test]
fn start_event_launches_its_step() {
    let mut flow = Flow::new(&[("one", 1, "start", "A"), ("end", 1, "A", "!")]);
    assert_eq!(flow.start(), ["one 0"]);
    assert_eq!(flow.done("one 0", "A1"), ["end 1"]);
    assert_eq!(flow.done("end 1", "!7"), ["stop 7"]);
}

#[test]
fn each_response_launches_its_step() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("answered", 1, "human", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "?5"), ["prompt 5", "idle"]);
    assert_eq!(flow.respond(1), ["answered 1"]);
    assert_eq!(flow.done("answered 1", ""), ["idle"]);
    assert_eq!(flow.respond(2), ["answered 2"]);
    assert_eq!(flow.done("answered 2", "!6"), ["stop 6"]);
    assert_eq!(flow.respond(3), NONE);
}

#[test]
fn one_of_parameter_launches_for_each_type() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A B"), ("either", 2, "A|B", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "B1 A2"), ["either 1", "either 2"]);
}

#[test]
fn parameters_are_paired_in_arrival_order_within_batch() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A B]"),
        ("slow", 9, "B", "C"),
        ("pair", 9, "A C", "D"),
        ("gather", 1, "Vec<D>", ""),
    ]);
    flow.start();
    let launched = flow.done("plan 0", "[A1 B2, A3 B4]");
    assert_eq!(launched, ["slow 2", "slow 4"]);
    assert_eq!(flow.done("slow 4", "C5"), ["pair 1 5"]);
    assert_eq!(flow.done("slow 2", "C6"), ["pair 3 6"]);
    assert_eq!(flow.done("pair 3 6", "D8"), NONE);
    // In emit order: `D7` descends from the first branch.
    assert_eq!(flow.done("pair 1 5", "D7"), ["gather 8 7"]);
}

#[test]
fn incomplete_join_keeps_batch_open() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("pair", 9, "[A;2]", "B"), ("gather", 1, "Vec<B>", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[A1, A2, A3]"), ["pair 1 2"]);
    assert_eq!(flow.done("pair 1 2", "B4"), ["idle"]);
    assert_eq!(flow.stalled(), ["stalled pair parks 1, misses A gather parks 1, misses "]);
}

#[test]
fn array_and_event_parameters_take_their_counts() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A A B B"), ("pair", 9, "[A;2] B", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "B1 A2 A3 A4 A5 B6"), ["pair 2 3 1", "pair 4 5 6"]);
}

#[test]
fn array_launches_for_each_full_set() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("three", 9, "[A;3]", "")]);
    flow.start();
    let launched = flow.done("plan 0", "[A1, A2, A3, A4, A5, A6]");
    assert_eq!(launched, ["three 1 2 3", "three 4 5 6"]);
}

#[test]
fn vec_receives_whole_batch_in_emit_order() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2, A3]");
    assert_eq!(flow.done("search 3", "B4"), NONE);
    assert_eq!(flow.done("search 1", "B5"), NONE);
    assert_eq!(flow.done("search 2", ""), ["rank 5 4"]);
    assert_eq!(flow.done("rank 5 4", "!1"), ["stop 1"]);
}

#[test]
fn vec_launches_for_empty_batch() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[]"), ["rank"]);

    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1]");
    assert_eq!(flow.done("search 1", ""), ["rank"]);
}

#[test]
fn sent_event_stays_in_batch() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.send("search 2", "B3");
    assert_eq!(flow.done("search 2", "B4"), NONE);
    assert_eq!(flow.done("search 1", "B5"), ["rank 5 3 4"]);
}

#[test]
fn nested_batch_drains_into_parent_branch() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("split", 9, "A", "[B]"),
        ("inner", 9, "Vec<B>", "C"),
        ("outer", 1, "Vec<C>", "!"),
    ]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[A1, A2]"), ["split 1", "split 2"]);
    assert_eq!(flow.done("split 2", "[B3, B4]"), ["inner 3 4"]);
    assert_eq!(flow.done("split 1", "[]"), ["inner"]);
    assert_eq!(flow.done("inner 3 4", "C5"), NONE);
    assert_eq!(flow.done("inner", "C6"), ["outer 6 5"]);
}

#[test]
fn batches_of_two_loops_do_not_mix() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "A A"),
        ("turn", 9, "A", "[B]"),
        ("work", 9, "B", "C"),
        ("gather", 9, "Vec<C>", "A"),
    ]);
    flow.start();
    flow.done("plan 0", "A1 A2");
    flow.done("turn 1", "[B3, B4]");
    flow.done("turn 2", "[B5, B6]");
    flow.done("work 3", "C7");
    flow.done("work 5", "C8");
    assert_eq!(flow.done("work 6", "C9"), ["gather 8 9"]);
    assert_eq!(flow.done("gather 8 9", "A10"), ["turn 10"]);
    assert_eq!(flow.done("work 4", "C11"), ["gather 7 11"]);
}

#[test]
fn race_cancels_rest_of_batch() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("ask", 2, "A", "B"), ("cheapest", 1, "First<B,2>", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[A1, A2, A3, A4, A5]"), ["ask 1", "ask 2"]);
    assert_eq!(flow.done("ask 2", "B6"), ["ask 3"]);
    // The fourth and fifth are never launched; the third is dropped.
    assert_eq!(flow.done("ask 1", "B7"), ["drop ask 3", "cheapest 6 7"]);
    assert_eq!(flow.done("ask 3", "B8"), NONE);
    assert_eq!(flow.done("cheapest 6 7", "!9"), ["stop 9"]);
}

#[test]
fn race_leaves_parent_batch_running() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("split", 9, "A", "[B]"),
        ("ask", 3, "B", "C"),
        ("first", 9, "First<C,1>", "D"),
        ("gather", 1, "Vec<D>", ""),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    assert_eq!(flow.done("split 1", "[B3, B4]"), ["ask 3", "ask 4"]);
    assert_eq!(flow.done("split 2", "[B5, B6]"), ["ask 5"]);
    assert_eq!(flow.done("ask 4", "C7"), ["drop ask 3", "ask 6", "first 7"]);
    assert_eq!(flow.done("ask 6", "C8"), ["drop ask 5", "first 8"]);
    assert_eq!(flow.done("first 8", "D9"), NONE);
    assert_eq!(flow.done("first 7", "D10"), ["gather 10 9"]);
}

#[test]
fn race_cancels_nested_batches() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("split", 9, "A", "[B] C"),
        ("work", 1, "B", "D"),
        ("gather", 9, "Vec<D>", "C"),
        ("first", 1, "First<C,1>", "!"),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    assert_eq!(flow.done("split 1", "[B3, B4]"), ["work 3"]);
    assert_eq!(flow.done("split 2", "C5"), ["drop work 3", "first 5"]);
    assert_eq!(flow.done("first 5", ""), ["idle"]);
    assert_eq!(flow.stalled(), ["stalled"]);
}

#[test]
fn output_deciding_race_drops_its_remaining_events() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A] B"), ("first", 1, "First<A,1>", ""), ("other", 1, "B|A", "")]);
    flow.start();
    // The batch is cancelled before `other` receives its copy and before the later branches; the batch
    // of the sender is not.
    assert_eq!(flow.done("plan 0", "[A1, A2 ?3] B4"), ["first 1", "prompt 3", "other 4"]);
}

#[test]
fn execution_can_decide_race_that_cancels_it() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("ask", 2, "A", "B"),
        ("first", 1, "First<B,1>", "!"),
        ("log", 1, "B", ""),
    ]);
    flow.start();
    flow.done("plan 0", "[A1]");
    // Its batch is cancelled before `log` receives its copy.
    assert_eq!(flow.send("ask 1", "B2"), ["drop ask 1", "first 2"]);
    assert_eq!(flow.send("ask 1", "B3"), NONE);
    assert_eq!(flow.done("ask 1", "B4"), NONE);
    assert_eq!(flow.done("first 2", "!5"), ["stop 5"]);
}

#[test]
fn race_cancels_execution_that_was_not_started() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("ask", 9, "A", "B C"),
        ("check", 9, "B", "C"),
        ("first", 1, "First<C,1>", "!"),
    ]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    // The launch of `check` is the next action, and nothing has to be dropped.
    flow.done_unseen("ask 1", "B3");
    assert_eq!(flow.done("ask 2", "C4"), ["first 4"]);
}
