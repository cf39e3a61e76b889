//! The Chrome trace: it parses, and its slices are nested.

use super::{
    trace_of,
    workflows::{Done, Part, Single},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::sleep;
use workflows_runtime::{prelude::*, run_trace::RunTrace};
use workflows_tests::{Attempts, ms, secs};

/// A fan-out whose branches run children, wait and fail.
#[workflow]
struct Everything;

#[workflow]
impl Everything {
    #[step]
    async fn split(&self, Start(n): Start<u32>) -> Vec<Part> {
        sleep(ms(1)).await;
        (0..n).map(Part).collect()
    }
    #[step(workers = 3, retry = Attempts(2, ms(7)))]
    async fn work(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, Part(n): Part) -> StepResult<Done> {
        sleep(ms(10)).await;
        ctx.run_child(Single(ms(3)), n).await?;
        let _ = ctx.wait_for::<bool>().timeout(Duration::from_nanos(5_000_001)).await;
        if n == 1 && ctx.attempt().number == 1 { Err(StepError::msg("\"again\"")) } else { Ok(Done(n)) }
    }
    #[step]
    async fn gather(&self, all: Vec<Done>) -> Stop<usize> {
        Stop(all.len())
    }
}

fn parse(trace: &RunTrace) -> Vec<Value> {
    let parsed: Value = serde_json::from_str(&trace.chrome_trace().to_string()).unwrap();
    parsed["traceEvents"].as_array().unwrap().clone()
}

fn thread(event: &Value) -> (u64, u64) {
    (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap())
}

/// Checks the slices of each thread: times do not decrease, and each end is that of the innermost slice.
#[track_caller]
fn assert_nested(events: &[Value]) -> usize {
    let mut open: BTreeMap<(u64, u64), Vec<String>> = BTreeMap::new();
    let mut last: BTreeMap<(u64, u64), f64> = BTreeMap::new();
    let mut slices = 0;
    for event in events.iter().filter(|event| event["ph"] != "M") {
        let at = event["ts"].as_f64().unwrap();
        let before = last.insert(thread(event), at).unwrap_or_default();
        assert!(before <= at, "{event} is before {before}");
        let stack = open.entry(thread(event)).or_default();
        let name = event["name"].as_str().unwrap().to_owned();
        match event["ph"].as_str().unwrap() {
            "B" => stack.push(name),
            "E" => {
                assert_eq!(stack.pop(), Some(name), "{event}");
                slices += 1;
            }
            "s" | "f" => assert!(!stack.is_empty(), "the arrow {event} is outside of a slice"),
            other => panic!("{other}"),
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
    slices
}

#[tokio::test(start_paused = true)]
async fn slices_are_nested_on_each_thread() {
    let trace = trace_of(Everything.run(7)).await;
    let events = parse(&trace);
    let slices = |cat: &str, name: &str| {
        let of = |event: &&Value| event["ph"] == "B" && event["cat"] == cat && event["name"] == name;
        events.iter().filter(of).count()
    };
    // The wait of the retried attempt is replayed.
    assert_eq!((slices("step", "work"), slices("step", "only"), slices("state", "suspended")), (8, 8, 7));
    // With those of `split` and `gather`. Woken branches may wait for a worker.
    assert_eq!(assert_nested(&events), 8 + 8 + 2 + 7 + slices("state", "queued"));
    let tops = events.iter().filter(|event| event["ph"] == "B" && event["cat"] == "step");
    assert_eq!(tops.count(), trace.runs().iter().map(|run| run.attempts.len()).sum::<usize>());
}

#[tokio::test(start_paused = true)]
async fn times_are_microseconds() {
    let trace = trace_of(Everything.run(1)).await;
    let events = parse(&trace);
    let find = |ph: &str, name: &str| {
        let event = events.iter().find(|event| event["ph"] == ph && event["name"] == name).unwrap();
        event["ts"].as_f64().unwrap()
    };
    assert_eq!((find("B", "work"), find("B", "suspended")), (1_000.0, 14_000.0));
    let work = events.iter().find(|event| event["ph"] == "B" && event["name"] == "work").unwrap();
    assert_eq!(work["args"]["run_us"], 13_000);
    assert_eq!((&work["args"]["batch"], &work["args"]["branch"]), (&1.into(), &0.into()));
}

#[tokio::test(start_paused = true)]
async fn runs_are_processes_and_parallel_attempts_have_threads() {
    let trace = trace_of(Everything.run(7)).await;
    let events = parse(&trace);
    let named = |kind: &str| -> BTreeMap<(u64, u64), String> {
        let names = events.iter().filter(|event| event["ph"] == "M" && event["name"] == kind);
        names.map(|event| (thread(event), event["args"]["name"].as_str().unwrap().to_owned())).collect()
    };
    let processes = named("process_name");
    assert_eq!(processes.len(), 9);
    assert_eq!(processes.values().filter(|name| name.starts_with("Single ")).count(), 8);
    let threads = named("thread_name");
    let of_run: Vec<_> = threads.iter().filter(|((pid, _), _)| *pid == 1).map(|(_, name)| name.as_str()).collect();
    // Waiting branches hold no worker, so more than three overlap.
    let work = of_run.iter().filter(|name| name.starts_with("work")).count();
    assert!(work >= 3, "{of_run:?}");
    assert!(of_run.contains(&"split") && of_run.contains(&"gather"));
    let used: BTreeSet<_> = events.iter().filter(|event| event["ph"] == "B").map(thread).collect();
    assert!(used.iter().all(|thread| threads.contains_key(thread)), "each thread has a name");
}

#[tokio::test(start_paused = true)]
async fn arrows_lead_from_parents_to_children() {
    let trace = trace_of(Everything.run(2)).await;
    let events = parse(&trace);
    let ids = |ph: &str| -> BTreeMap<u64, (f64, String)> {
        let arrows = events.iter().filter(|event| event["ph"] == ph);
        let entry = |event: &Value| (event["ts"].as_f64().unwrap(), event["name"].as_str().unwrap().to_owned());
        arrows.map(|event| (event["id"].as_u64().unwrap(), entry(event))).collect()
    };
    let (begins, ends) = (ids("s"), ids("f"));
    assert_eq!(begins.keys().collect::<Vec<_>>(), ends.keys().collect::<Vec<_>>());
    for (id, (at, name)) in &begins {
        assert!(*at <= ends[id].0 && *name == ends[id].1, "{id}");
    }
    let count = |name: &str| begins.values().filter(|arrow| arrow.1 == name).count();
    // Two branches, their gather, one retry, and the children of three attempts.
    assert_eq!((count("event"), count("retry"), count("child")), (4, 1, 3));
}

/// `second` is declared before the step that it follows, and nothing takes time.
#[workflow]
struct Loop;

#[workflow]
impl Loop {
    #[step]
    async fn second(&self, Done(n): Done) -> OneOf<Part, Stop<u32>> {
        if n == 0 { Stop(n).emit() } else { Part(n - 1).emit() }
    }
    #[step]
    async fn first(&self, from: OneOf<Part, Start<u32>>) -> Done {
        match from {
            OneOf::A(Part(n)) | OneOf::B(Start(n)) => Done(n),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn arrows_begin_before_they_end_also_at_equal_times() {
    for trace in [trace_of(Loop.run(3)).await, trace_of(Everything.run(3)).await] {
        let events = parse(&trace);
        let mut begun = BTreeSet::new();
        for event in events.iter().filter(|event| event["cat"] == "flow") {
            match event["ph"].as_str() {
                Some("s") => assert!(begun.insert(event["id"].as_u64())),
                _ => assert!(begun.contains(&event["id"].as_u64()), "{event} ends an arrow that has not begun"),
            }
        }
        assert!(begun.len() > 6);
        assert_nested(&events);
    }
}

#[tokio::test(start_paused = true)]
async fn live_trace_ends_its_open_slices_now() {
    let run = Everything.run(7).record_trace(100).start();
    sleep(ms(12)).await;
    let events = parse(&run.trace().unwrap());
    assert!(assert_nested(&events) > 3);
    let ends: Vec<&Value> = events.iter().filter(|event| event["ph"] == "E").map(|event| &event["ts"]).collect();
    assert!(ends.iter().any(|at| **at == 12_000), "{ends:?}");
    assert!(ends.iter().all(|at| at.as_f64() <= Some(12_000.0)), "{ends:?}");
    drop(run);
    sleep(secs(1)).await;
}
