//! Several processes on one file: they are stopped, killed and upgraded.
//!
//! The test `child` is a process of the fleet: with `FLEET_DIR` in its environment it hosts runs.
#![cfg(unix)]
#![allow(missing_docs)]

#[path = "fleet/child.rs"]
mod child;
#[path = "fleet/children.rs"]
mod children;
#[path = "fleet/files.rs"]
mod files;

use self::{
    child::{STAGES, expected},
    files::Files,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    thread::sleep,
    time::Duration,
};

#[test]
fn child() {
    child::main();
}

#[test]
fn stopped_process_is_fenced_and_goes_no_further() {
    let files = Files::new();
    let runs = 12;
    let mut one = files.spawn("stopped", "one", runs);
    files.wait_for(|files| files.effects().len() > 2 * runs as usize && files.started() == runs);
    // Not in the middle of a commit, in which it locks the file.
    loop {
        one.signal("STOP");
        sleep(Duration::from_millis(30));
        if files.is_writable() {
            break;
        }
        one.signal("CONT");
        sleep(Duration::from_millis(3));
    }
    let before = files.effects().len();
    let mut two = files.spawn("work", "two", runs);
    two.wait();
    assert_eq!(files.results(), (0..runs).map(|run| (run, expected(run))).collect::<Vec<_>>());
    let all = files.effects();
    assert!(all.len() > before, "the second process has taken over");
    one.signal("CONT");
    one.wait();
    let effects = files.effects();
    let finished = effects.len() - all.len();
    assert!(finished <= runs as usize, "at most the step in flight of each run, and not {finished}");
    let mut times = BTreeMap::<(u32, u32), u32>::new();
    for effect in &effects {
        *times.entry((effect.run, effect.stage)).or_default() += 1;
    }
    assert_eq!(times.len(), (runs * STAGES) as usize);
    let mut repeated = BTreeMap::<u32, u32>::new();
    for ((run, _), times) in times {
        *repeated.entry(run).or_default() += times - 1;
    }
    assert!(repeated.values().all(|times| *times <= 1), "one step of a run was in flight: {repeated:?}");
    assert_eq!(files.results(), (0..runs).map(|run| (run, expected(run))).collect::<Vec<_>>());
}

#[test]
fn live_processes_own_each_run_one_after_the_other() {
    let files = Files::new();
    let runs = 30;
    let mut one = files.spawn("work", "one", runs);
    let mut two = files.spawn("work", "two", runs);
    let has_records = |files: &Files, name: &str| files.records().iter().any(|(_, _, owner)| owner == name);
    files.wait_for(|files| has_records(files, "one") && has_records(files, "two"));
    one.kill();
    let mut three = files.spawn("work", "three", runs);
    files.wait_for(|files| files.started() == runs && files.effects().len() > 3 * runs as usize);
    three.kill();
    two.wait();
    assert_eq!(files.results(), (0..runs).map(|run| (run, expected(run))).collect::<Vec<_>>());
    let mut owners = BTreeMap::<(String, u64), BTreeSet<String>>::new();
    for (run, epoch, owner) in files.records() {
        owners.entry((run, epoch)).or_default().insert(owner);
    }
    assert!(owners.values().all(|owners| owners.len() == 1), "{owners:?}");
    assert!(owners.keys().any(|(_, epoch)| *epoch > 1), "runs were taken over");
    assert!(files.effects().len() <= (runs * (STAGES + 2)) as usize, "a kill repeats one step of a run");
}

#[test]
fn upgraded_program_continues_what_it_accepts_and_migrates_the_rest() {
    let files = Files::new();
    files.spawn("old", "a", 3).wait();
    // Steps were added and have another order: it answers the first run.
    files.spawn("reordered", "b", 3).wait();
    assert_eq!(files.results(), [(0, 100)]);
    // A step has another name: it refuses the others, of which one ends in the old program.
    files.spawn("renamed", "c", 3).wait();
    let refused = std::fs::read_to_string(files.path("refused")).unwrap();
    let refused: Vec<&str> = refused.lines().collect();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|reason| reason.contains("there is no step `ask` any more")), "{refused:?}");
    assert_eq!(files.results(), [(0, 100)]);
    files.spawn("old again", "d", 3).wait();
    assert_eq!(files.results(), [(0, 100), (1, 101)]);
    files.spawn("migrating", "e", 3).wait();
    assert_eq!(std::fs::read_to_string(files.path("migrated")).unwrap(), "run-2 changed, run-2 changed");
    assert_eq!(files.results(), [(0, 100), (1, 101), (2, 202)]);
}

#[test]
fn upgraded_program_migrates_a_parent_and_its_child() {
    let files = Files::new();
    files.spawn("parent", "a", 1).wait();
    files.spawn("migrating parent", "b", 1).wait();
    let reported = std::fs::read_to_string(files.path("migrated")).unwrap();
    let reported: Vec<&str> = reported.lines().collect();
    assert!(reported[0].starts_with("parent: its child `parent/1/1`: "), "{reported:?}");
    assert!(reported[0].contains("there is no step `ask` any more"), "{reported:?}");
    assert_eq!(reported[1..], ["parent/1/1, a child of parent: changed", "parent: changed"]);
}
