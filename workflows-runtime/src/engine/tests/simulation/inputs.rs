//! What each kind of input means, one row of the table at a time.

use super::flow::Flow;

const NONE: [&str; 0] = [];

#[test]
fn an_event_runs_every_step_that_takes_it_in_declaration_order() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A"), ("one", 1, "A", ""), ("two", 1, "A", "")]);
    assert_eq!(flow.start(), ["plan 0"]);
    assert_eq!(flow.done("plan 0", "A1"), ["one 1", "two 1"]);
    assert_eq!(flow.done("one 1", ""), NONE);
    assert_eq!(flow.done("two 1", ""), ["idle"]);
    assert_eq!(flow.stalled(), ["stalled"]);
}

#[test]
fn a_queue_is_first_come_first_served_and_bounded_by_the_workers() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("work", 2, "A", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[A1, A2, A3, A4]"), ["work 1", "work 2"]);
    assert_eq!(flow.done("work 2", ""), ["work 3"]);
    assert_eq!(flow.done("work 1", ""), ["work 4"]);
}

#[test]
fn a_step_that_feeds_itself_does_not_overtake_its_queue() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A"), ("turn", 1, "A", "A")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "A1 A2"), ["turn 1"]);
    assert_eq!(flow.done("turn 1", "A3"), ["turn 2"]);
    assert_eq!(flow.done("turn 2", ""), ["turn 3"]);
}

#[test]
fn the_start_runs_every_step_that_takes_it() {
    let mut flow = Flow::new(&[("one", 1, "start", "A"), ("end", 1, "A", "!")]);
    assert_eq!(flow.start(), ["one 0"]);
    assert_eq!(flow.done("one 0", "A1"), ["end 1"]);
    assert_eq!(flow.done("end 1", "!7"), ["stop 7"]);
}

#[test]
fn an_answer_from_outside_runs_its_step_each_time() {
    let mut flow = Flow::new(&[("plan", 1, "start", "?"), ("answered", 1, "human", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "?5"), ["ask 5", "idle"]);
    assert_eq!(flow.respond(1), ["answered 1"]);
    assert_eq!(flow.done("answered 1", ""), ["idle"]);
    assert_eq!(flow.respond(2), ["answered 2"]);
    assert_eq!(flow.done("answered 2", "!6"), ["stop 6"]);
    assert_eq!(flow.respond(3), NONE);
}

#[test]
fn one_of_several_types_runs_for_each() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A B"), ("either", 2, "A|B", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "B1 A2"), ["either 1", "either 2"]);
}

#[test]
fn several_parameters_are_paired_first_come_first_served_within_a_batch() {
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
    // In the order of the batch: `D7` comes of the first branch.
    assert_eq!(flow.done("pair 1 5", "D7"), ["gather 8 7"]);
}

#[test]
fn what_is_left_over_at_a_join_keeps_its_batch_from_draining() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("pair", 9, "[A;2]", "B"), ("gather", 1, "Vec<B>", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[A1, A2, A3]"), ["pair 1 2"]);
    assert_eq!(flow.done("pair 1 2", "B4"), ["idle"]);
    assert_eq!(flow.stalled(), ["stalled pair keeps 1 gather keeps 1"]);
}

#[test]
fn an_array_beside_another_event_takes_what_each_needs() {
    let mut flow = Flow::new(&[("plan", 1, "start", "A A A A B B"), ("pair", 9, "[A;2] B", "")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "B1 A2 A3 A4 A5 B6"), ["pair 2 3 1", "pair 4 5 6"]);
}

#[test]
fn an_array_is_filled_each_time_so_many_have_come() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("three", 9, "[A;3]", "")]);
    flow.start();
    let launched = flow.done("plan 0", "[A1, A2, A3, A4, A5, A6]");
    assert_eq!(launched, ["three 1 2 3", "three 4 5 6"]);
}

#[test]
fn a_vec_gets_the_whole_batch_once_in_the_order_in_which_it_was_sent() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2, A3]");
    assert_eq!(flow.done("search 3", "B4"), NONE);
    assert_eq!(flow.done("search 1", "B5"), NONE);
    assert_eq!(flow.done("search 2", ""), ["rank 5 4"]);
    assert_eq!(flow.done("rank 5 4", "!1"), ["stop 1"]);
}

#[test]
fn a_vec_runs_also_when_nothing_has_reached_it() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    assert_eq!(flow.done("plan 0", "[]"), ["rank"]);

    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1]");
    assert_eq!(flow.done("search 1", ""), ["rank"]);
}

#[test]
fn what_a_step_sends_stays_in_its_batch() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A]"), ("search", 9, "A", "B"), ("rank", 1, "Vec<B>", "!")]);
    flow.start();
    flow.done("plan 0", "[A1, A2]");
    flow.send("search 2", "B3");
    assert_eq!(flow.done("search 2", "B4"), NONE);
    assert_eq!(flow.done("search 1", "B5"), ["rank 5 3 4"]);
}

#[test]
fn a_batch_within_a_batch_drains_into_its_branch() {
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
fn two_loops_do_not_mix() {
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
fn the_first_of_a_batch_win_and_the_rest_is_cancelled() {
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
fn a_race_leaves_the_batch_around_it_alone() {
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
fn a_race_cancels_the_batches_within() {
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
fn the_rest_of_an_output_that_decides_a_race_is_dropped_but_for_prompts_and_stops() {
    let mut flow = Flow::new(&[("plan", 1, "start", "[A] B"), ("first", 1, "First<A,1>", ""), ("other", 1, "B|A", "")]);
    flow.start();
    // The batch is closed before `other` has its copy, and so are the branches to come; the batch
    // of the sender is not.
    assert_eq!(flow.done("plan 0", "[A1, A2 ?3] B4"), ["first 1", "ask 3", "other 4"]);
}

#[test]
fn an_execution_may_decide_its_own_race() {
    let mut flow = Flow::new(&[
        ("plan", 1, "start", "[A]"),
        ("ask", 2, "A", "B"),
        ("first", 1, "First<B,1>", "!"),
        ("log", 1, "B", ""),
    ]);
    flow.start();
    flow.done("plan 0", "[A1]");
    // Its batch is gone before `log` would have its copy.
    assert_eq!(flow.send("ask 1", "B2"), ["drop ask 1", "first 2"]);
    assert_eq!(flow.send("ask 1", "B3"), NONE);
    assert_eq!(flow.done("ask 1", "B4"), NONE);
    assert_eq!(flow.done("first 2", "!5"), ["stop 5"]);
}
