//! Snapshots that were damaged at random are refused, or run to an end: no panic, no endless run, no unbounded
//! memory.
//!
//! A binary of its own, since it sets a panic hook and a counting allocator.

#![allow(clippy::unused_async, clippy::unused_self, reason = "steps are async methods")]
#![allow(clippy::type_complexity, reason = "the context lists what a step sends and waits for")]

mod mutate;
mod workflows;

use self::workflows::{Mixed, Plain, Rich, Subject, Talk, drive, snapshots};
use fastrand::Rng;
use serde_json::Value;
use std::{cell::RefCell, env, fs, panic, path::Path, sync::Once};
use tokio::runtime::{Builder, Runtime};
use workflows_runtime::{ResumeError, RunError, Snapshot};

/// The mutations of each format, unless the variable `MUTATIONS` is set.
const MUTATIONS: u64 = 10_000;

/// The most memory that a resumed run may use. The largest run here needs less than 1 MiB.
const MAX_MEMORY: u64 = 32 << 20;

thread_local! {
    /// The panics of this thread.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Records panics instead of printing them: the driver of a run catches them.
fn record_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_in_runtime = info.location().is_none_or(|at| !at.file().ends_with("main.rs"));
            if is_in_runtime {
                PANICS.with_borrow_mut(|panics| panics.push(info.to_string()));
            } else {
                print(info);
            }
        }));
    });
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

/// How snapshots of one workflow are read and resumed.
struct Format {
    /// The number of the workflow in the fuzz targets.
    workflow: u8,
    /// A snapshot as JSON.
    json: Value,
    /// The same as postcard, and where its fingerprint ends.
    bytes: Vec<u8>,
    start: usize,
    read_json: fn(&str) -> Outcome,
    read_bytes: fn(&[u8]) -> Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Unreadable,
    Refused,
    Resumed,
}

fn formats() -> Vec<Format> {
    let mut formats = Vec::new();
    for variant in 0..4 {
        formats.extend(formats_of::<Rich>(0, variant));
        formats.extend(formats_of::<Talk>(1, variant));
        formats.extend(formats_of::<Plain>(2, variant));
        formats.extend(formats_of::<Mixed>(3, variant));
    }
    formats
}

fn formats_of<W: Subject>(workflow: u8, variant: u8) -> Vec<Format> {
    let mut formats = Vec::new();
    for snapshot in runtime().block_on(snapshots::<W>(variant)) {
        let mut json = serde_json::to_value(&snapshot).expect("a snapshot serializes");
        // In the future: no time passes between the snapshot and its resume.
        json["taken_at"]["secs_since_epoch"] = 1_u64.wrapping_shl(33).into();
        let snapshot: Snapshot<W> = serde_json::from_value(json.clone()).expect("a snapshot deserializes");
        let bytes = postcard::to_stdvec(&snapshot).expect("a snapshot serializes");
        let fingerprint = serde_json::to_string(&json["graph"]).expect("JSON").len() / 2;
        let name = snapshot.run_id().expect("a resumable snapshot").as_str().as_bytes();
        let at = bytes.windows(name.len()).position(|part| part == name);
        let start = at.unwrap_or(fingerprint);
        formats.push(Format { workflow, json, bytes, start, read_json: read_json::<W>, read_bytes: read_bytes::<W> });
    }
    formats
}

fn read_json<W: Subject>(text: &str) -> Outcome {
    match serde_json::from_str::<Snapshot<W>>(text) {
        Ok(snapshot) => resume(snapshot),
        Err(_) => Outcome::Unreadable,
    }
}

fn read_bytes<W: Subject>(bytes: &[u8]) -> Outcome {
    match postcard::from_bytes::<Snapshot<W>>(bytes) {
        Ok(snapshot) => resume(snapshot),
        Err(_) => Outcome::Unreadable,
    }
}

fn resume<W: Subject>(snapshot: Snapshot<W>) -> Outcome {
    match runtime().block_on(drive(snapshot)) {
        Err(RunError::Resume(ResumeError::Damaged { .. })) => Outcome::Refused,
        Err(RunError::Resume(_)) => Outcome::Unreadable,
        _ => Outcome::Resumed,
    }
}

/// Damages a snapshot as `seed` determines, and resumes it.
fn mutate(formats: &[Format], is_json: bool, seed: u64) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let format = &formats[rng.usize(..formats.len())];
    let mut outcome = Outcome::Unreadable;
    let mut run = || {
        if is_json && rng.u8(..4) > 0 {
            let mut json = format.json.clone();
            let part = *rng.choice(&["engine", "engine", "engine", "engine", "collected", "state"]).expect("six");
            let root = if rng.u8(..16) == 0 { &mut json } else { &mut json[part] };
            mutate::tree(&mut rng, root);
            outcome = (format.read_json)(&json.to_string());
        } else if is_json {
            let mut text = format.json.to_string().into_bytes();
            mutate::bytes(&mut rng, &mut text, 1);
            outcome = (format.read_json)(&String::from_utf8_lossy(&text));
        } else {
            let mut bytes = format.bytes.clone();
            let start = if rng.u8(..16) == 0 { 0 } else { format.start };
            mutate::bytes(&mut rng, &mut bytes, start);
            outcome = (format.read_bytes)(&bytes);
        }
    };
    let mut panicked = None;
    let used = allocation_counter::measure(|| {
        panicked = panic::catch_unwind(panic::AssertUnwindSafe(&mut run)).err();
    });
    let panics = PANICS.take();
    let kind = if is_json { "JSON" } else { "postcard" };
    assert!(
        panics.is_empty() && panicked.is_none(),
        "{kind}, seed {seed}: {panics:?}\nrun it alone with MUTATION_SEED={seed} cargo test --test mutations",
    );
    assert!(used.bytes_max < MAX_MEMORY, "{kind}, seed {seed}: {} bytes", used.bytes_max);
    outcome
}

fn mutate_all(is_json: bool) {
    record_panics();
    let formats = formats();
    assert!(formats.len() > 50, "{}", formats.len());
    // Undamaged snapshots are accepted.
    for format in &formats {
        let outcomes = [(format.read_json)(&format.json.to_string()), (format.read_bytes)(&format.bytes)];
        assert_eq!(outcomes, [Outcome::Resumed; 2], "{}", format.json);
    }
    if let Ok(seed) = env::var("MUTATION_SEED") {
        let seed = seed.parse().expect("MUTATION_SEED is a number");
        println!("{:?}", mutate(&formats, is_json, seed));
        return;
    }
    let trace = env::var_os("MUTATION_TRACE").is_some();
    let mut outcomes = [0; 3];
    let mutations = match env::var("MUTATIONS") {
        Ok(count) => count.parse().expect("MUTATIONS is a number"),
        Err(_) => MUTATIONS,
    };
    for seed in 0..mutations {
        if trace {
            eprintln!("seed {seed}");
        }
        outcomes[mutate(&formats, is_json, seed) as usize] += 1;
    }
    println!("unreadable, refused, resumed: {outcomes:?}");
    let [_, refused, resumed] = outcomes;
    assert!(refused > mutations / 50 && resumed > mutations / 50, "{refused} refused, {resumed} resumed");
}

/// Writes the undamaged snapshots for the fuzz targets, after the byte that selects the workflow.
#[test]
#[ignore = "writes files"]
fn write_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (number, format) in formats().iter().enumerate() {
        let select = vec![format.workflow];
        let json = format.json.to_string();
        for (target, snapshot) in [("snapshot_json", json.as_bytes()), ("snapshot_postcard", &format.bytes)] {
            let folder = root.join(target);
            fs::create_dir_all(&folder).expect("a writable folder");
            fs::write(folder.join(number.to_string()), [&select, snapshot].concat()).expect("a writable file");
        }
    }
}

#[test]
fn damaged_json_is_refused_or_runs_to_an_end() {
    mutate_all(true);
}

#[test]
fn damaged_postcard_is_refused_or_runs_to_an_end() {
    mutate_all(false);
}
