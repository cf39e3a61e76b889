//! Assertions on the graph, and the snapshot of its Mermaid text.

use super::panic_in;
use std::{fs, path::PathBuf};
use workflows_runtime::prelude::*;

#[event]
struct Approved(u32);

#[event]
struct Paid(u32);

#[event]
struct Label(String);

/// `pay` has one way in. `ship` joins what `pay` and `label` emit.
#[workflow]
struct Shop;

#[workflow]
impl Shop {
    #[step]
    async fn approve(&self, Start(amount): Start<u32>) -> StepResult<(Approved, Label)> {
        Ok((Approved(amount), Label(amount.to_string())))
    }

    #[step]
    async fn pay(&self, Approved(amount): Approved) -> Paid {
        Paid(amount)
    }

    #[step]
    async fn ship(&self, Paid(amount): Paid, _label: Label) -> Stop<u32> {
        Stop(amount)
    }
}

/// The same, but a failure of `approve` is taken for a small approval.
#[workflow]
struct Lenient;

#[workflow]
impl Lenient {
    #[step]
    async fn approve(&self, Start(amount): Start<u32>) -> StepResult<Approved> {
        Ok(Approved(amount))
    }

    #[catch_error(steps(approve))]
    async fn approve_little(&self, _failed: StepFailed) -> Approved {
        Approved(1)
    }

    #[step]
    async fn pay(&self, Approved(amount): Approved) -> Stop<u32> {
        Stop(amount)
    }
}

/// The client answers `ask`, or does not wait for the question.
#[workflow]
struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
        InputRequired(question)
    }

    #[step]
    async fn decide(&self, HumanResponse(yes): HumanResponse<bool>) -> Approved {
        Approved(u32::from(yes))
    }

    #[step]
    async fn pay(&self, Approved(amount): Approved) -> Stop<u32> {
        Stop(amount)
    }
}

/// A batch may be empty, and `merge` gathers it all the same.
#[workflow]
struct Gather;

#[workflow]
impl Gather {
    #[step]
    async fn split(&self, Start(amounts): Start<Vec<u32>>) -> Vec<Approved> {
        amounts.into_iter().map(Approved).collect()
    }

    #[step]
    async fn pay(&self, Approved(amount): Approved) -> Paid {
        Paid(amount)
    }

    #[step]
    async fn merge(&self, all: Vec<Paid>) -> Stop<usize> {
        Stop(all.len())
    }
}

/// `take` gets its event from one branch of a choice or from a loop.
#[workflow]
struct Loop;

#[workflow]
impl Loop {
    #[step]
    async fn begin(&self, Start(amount): Start<u32>) -> OneOf<Approved, Paid> {
        if amount == 0 { Paid(amount).emit() } else { Approved(amount).emit() }
    }

    #[step]
    async fn check(&self, Approved(amount): Approved) -> Paid {
        Paid(amount)
    }

    #[step]
    async fn take(&self, Paid(amount): Paid) -> OneOf<Approved, Stop<u32>> {
        if amount > 9 { Approved(amount / 2).emit() } else { Stop(amount).emit() }
    }
}

/// No event leads to `unused`.
#[workflow]
struct Unused;

#[workflow]
impl Unused {
    #[step]
    async fn used(&self, Start(amount): Start<u32>) -> OneOf<Paid, Stop<u32>> {
        if amount > 9 { Paid(amount).emit() } else { Stop(amount).emit() }
    }

    #[step]
    async fn paid(&self, Paid(amount): Paid) -> Stop<u32> {
        Stop(amount)
    }

    #[step(unchecked(reachable))]
    async fn unused(&self, Approved(amount): Approved) -> OneOf<Approved, Stop<u32>> {
        if amount > 9 { Approved(amount / 2).emit() } else { Stop(amount).emit() }
    }
}

#[test]
fn step_that_no_run_reaches_is_reached_through_nothing() {
    let graph = Unused::graph();
    assert_eq!(graph.path_to("unused"), None);
    assert!(!graph.is_only_reached_through("unused", "used"));
    let message = panic_in(|| graph.assert_only_reached_through("unused", "used").steps.len());
    assert_eq!(message, "in `Unused`, no run reaches `unused`");
}

#[test]
fn step_with_one_way_in_is_only_reached_through_it() {
    let graph = Shop::graph();
    graph.assert_only_reached_through("pay", "approve").assert_only_reached_through("ship", "approve");
    assert!(!graph.is_only_reached_through("approve", "pay"));
    assert_eq!(graph.path_to("pay").unwrap().to_string(), "Start<u32> → `approve` → Approved → `pay`");
}

#[test]
fn join_is_only_reached_through_the_steps_of_all_its_events() {
    let graph = Shop::graph();
    graph.assert_only_reached_through("ship", "pay");
    // The way leads through the event that comes last.
    let path = graph.path_to("ship").unwrap();
    assert_eq!(path.to_string(), "Start<u32> → `approve` → Approved → `pay` → Paid → `ship`");
    assert_eq!(path.nodes.len(), 6);
}

#[test]
fn failure_with_a_handler_is_a_way_around_its_step() {
    let message = panic_in(|| Lenient::graph().assert_only_reached_through("pay", "approve").steps.len());
    assert_eq!(
        message,
        "in `Lenient`, `pay` is reached without `approve`: \
         Start<u32> → `approve` fails → `approve_little` → Approved → `pay`"
    );
}

#[test]
fn response_needs_no_prompt() {
    let graph = Ask::graph();
    graph.assert_only_reached_through("pay", "decide");
    assert_eq!(graph.path_around("decide", "ask").unwrap().to_string(), "HumanResponse<bool> → `decide`");
}

#[test]
fn empty_batch_is_a_way_around_its_branches() {
    let graph = Gather::graph();
    graph.assert_only_reached_through("merge", "split").assert_only_reached_through("pay", "split");
    let path = graph.path_around("merge", "pay").unwrap();
    assert_eq!(path.to_string(), "Start<Vec<u32>> → `split` → an empty batch → `merge`");
}

#[test]
fn alternative_and_loop_are_ways_around_a_step() {
    let graph = Loop::graph();
    assert_eq!(graph.path_around("take", "check").unwrap().to_string(), "Start<u32> → `begin` → Paid → `take`");
    graph.assert_only_reached_through("check", "begin");
    assert!(!graph.is_only_reached_through("check", "take"));
}

#[test]
fn step_is_reached_from_what_it_follows() {
    Shop::graph()
        .assert_reached_from("ship", "approve")
        .assert_not_reached_from("approve", "ship")
        .assert_not_reached_from("pay", "pay");
    Loop::graph().assert_reached_from("take", "take").assert_reached_from("check", "take");
    Lenient::graph().assert_reached_from("approve_little", "approve");
    // Through the client.
    Ask::graph().assert_reached_from("pay", "ask");
    Gather::graph().assert_reached_from("merge", "split").assert_reached_from("merge", "pay");
}

#[test]
fn events_name_the_steps_that_emit_and_take_them() {
    Loop::graph()
        .assert_emitted_by("Paid", ["check", "begin"])
        .assert_taken_by("Paid", ["take"])
        .assert_emitted_by("Start<u32>", [])
        .assert_emitted_by("Stop<u32>", ["take"]);
    let message = panic_in(|| Loop::graph().assert_emitted_by("Paid", ["check"]).steps.len());
    assert_eq!(message, "in `Loop`, `Paid` is emitted by `begin`, `check`, not by `check`");
}

#[test]
fn unknown_names_of_an_assertion_are_named() {
    let message = panic_in(|| Shop::graph().assert_only_reached_through("pya", "approve").steps.len());
    assert_eq!(message, "`Shop` has no step `pya`\nhelp: its steps are `approve`, `pay`, `ship`");
    let message = panic_in(|| Shop::graph().assert_taken_by("Paid", ["shop"]).steps.len());
    assert_eq!(message, "`Shop` has no step `shop`\nhelp: its steps are `approve`, `pay`, `ship`");
    let message = panic_in(|| Shop::graph().assert_emitted_by("paid", ["pay"]).steps.len());
    assert_eq!(
        message,
        "`Shop` has no event `paid`\nhelp: its events are `Start<u32>`, `Approved`, `Paid`, `Label`, `Stop<u32>`"
    );
}

/// A file of this process.
fn snapshot_path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("workflows-{}-{name}.mmd", std::process::id()))
}

#[test]
fn snapshot_that_equals_its_file_passes() {
    let path = snapshot_path("equal");
    fs::write(&path, Shop::graph().mermaid().to_string()).unwrap();
    Shop::graph().assert_snapshot(&path);
    // As Git for Windows checks it out.
    fs::write(&path, Shop::graph().mermaid().to_string().replace('\n', "\r\n")).unwrap();
    Shop::graph().assert_snapshot(&path);
    fs::remove_file(path).unwrap();
}

#[test]
fn snapshot_that_differs_fails_with_the_lines_and_the_command() {
    let path = snapshot_path("differs");
    let text = Shop::graph().mermaid().to_string();
    fs::write(&path, text.replace("    step_pay --> event_Paid\n", "    step_pay ==> event_Paid\n")).unwrap();
    let message = panic_in(|| Shop::graph().assert_snapshot(&path).steps.len());
    fs::remove_file(&path).unwrap();
    assert_eq!(
        message,
        format!(
            "the graph of `Shop` is not the one in {}:\n- step_pay ==> event_Paid\n+ step_pay --> event_Paid\n\
             help: review the difference, then run the test with `WORKFLOWS_UPDATE_GRAPHS=1` and commit the file",
            path.display()
        )
    );
}

/// Writing is asked for by a variable of the environment, so it needs a process of its own.
#[test]
fn snapshot_is_written_on_request() {
    const FOLDER: &str = "WORKFLOWS_TESTS_SNAPSHOT_FOLDER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        Shop::graph().assert_snapshot(PathBuf::from(folder).join("below/shop.mmd"));
        return;
    }
    let folder = snapshot_path("written");
    let (_crate_name, module) = module_path!().split_once("::").unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::snapshot_is_written_on_request")])
        .env("WORKFLOWS_UPDATE_GRAPHS", "1")
        .env(FOLDER, &folder)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    Shop::graph().assert_snapshot(folder.join("below/shop.mmd"));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn absent_snapshot_fails_with_the_command() {
    let path = snapshot_path("absent");
    let message = panic_in(|| Shop::graph().assert_snapshot(&path).steps.len());
    assert!(message.starts_with(&format!("cannot compare the graph of `Shop` with {}: ", path.display())), "{message}");
    assert!(message.contains("help: run the test with `WORKFLOWS_UPDATE_GRAPHS=1` and commit the file"), "{message}");
}
