//! `W013`: blocking calls are refused at their line, and nothing else is.
//!
//! The corpora are under `tests/nonblocking/` and compiled together: `blocks`, whose marked lines
//! have that many blocking calls; `fine`, which has none; and `plain`, which is `fine` without the
//! attribute, to find warnings that only the attribute causes.

mod corpus;
mod packs;
mod table;
mod unchanged;

use self::{
    corpus::Diagnostic,
    unchanged::{marked, plain},
};
use futures::FutureExt;
use std::{collections::BTreeMap, fmt::Write};

#[test]
fn blocking_calls_are_refused_and_others_are_not() {
    let found = corpus::check();

    let marks = corpus::marks("blocks");
    let calls: usize = marks.values().sum();
    let mut refused = BTreeMap::new();
    let mut others = Vec::new();
    for error in found.iter().filter(|found| found.package == "blocks" && found.is_error) {
        if error.text.starts_with("W013: ") && marks.contains_key(&error.at) {
            *refused.entry(error.at.clone()).or_insert(0) += 1;
        } else {
            others.push(error);
        }
    }
    let missed: Vec<_> = marks.iter().filter(|(at, calls)| refused.get(*at) < Some(calls)).collect();
    let twice: Vec<_> = marks.iter().filter(|(at, calls)| refused.get(*at) > Some(calls)).collect();
    let caught: usize = marks.iter().map(|(at, calls)| (*calls).min(refused.get(at).copied().unwrap_or(0))).sum();

    let functions = corpus::functions("fine") + corpus::functions("odd");
    let is_fine = |found: &&Diagnostic| ["fine", "odd", "bare"].contains(&&*found.package) && found.is_error;
    let errors: Vec<_> = found.iter().filter(is_fine).collect();
    let warnings = corpus::only_in(found, "fine", "plain");

    println!("{caught} of {calls} calls that block are refused, with {} other errors", others.len());
    for ((file, line), _) in &missed {
        println!("  missed: {file}:{line}");
    }
    println!("{functions} functions that do not block: {} errors, {} warnings more", errors.len(), warnings.len());
    let mut problems = String::new();
    let mut problem = |name: &str, list: &dyn std::fmt::Debug| writeln!(problems, "{name}: {list:#?}").unwrap();
    if calls < 200 || functions < 150 {
        problem("the corpora are too small", &(calls, functions));
    }
    if caught * 100 < calls * 98 {
        problem("not refused", &missed);
    }
    for (name, list) in [
        ("errors at unmarked lines", others),
        ("errors in correct code", errors),
        ("warnings in correct code", warnings),
    ] {
        if !list.is_empty() {
            problem(name, &list);
        }
    }
    if !twice.is_empty() {
        problem("refused more than once", &twice);
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn messages_name_the_alternatives() {
    let found = corpus::check();
    let refusals: Vec<&Diagnostic> = found.iter().filter(|found| found.package == "blocks" && found.is_error).collect();
    for refusal in &refusals {
        assert!(refusal.text.contains("blocks the async executor"), "{refusal:?}");
        for way in ["#[blocking(io)]", "allow_blocking!(.., \"reason\")", "#[step(allow_blocking)]"] {
            assert!(refusal.notes.iter().any(|note| note.contains(way)), "no `{way}` in {refusal:?}");
        }
    }
    let advised = |call: &str, advice: &str| {
        let is = |refusal: &&&Diagnostic| {
            refusal.text.contains(call) && refusal.notes.iter().any(|note| note.contains(advice))
        };
        assert!(refusals.iter().find(is).is_some(), "no `{advice}` for `{call}`");
    };
    advised("`std::fs::read`", "use `tokio::fs::read(..).await`");
    advised("`.recv()` on `std::sync::mpsc::Receiver<u8>`", "use `tokio::sync::mpsc`");
    advised("`.read()` on `std::fs::File`", "use `tokio::io::AsyncReadExt`");
    advised("`std::thread::sleep`", "use `tokio::time::sleep(..).await`");
}

#[tokio::test]
async fn attribute_does_not_change_sizes_drops_or_panics() {
    let (drops, others) = (std::sync::Mutex::default(), std::sync::Mutex::default());
    let (own, other) = (|| marked::Own([1; 64], &drops), || plain::Own([1; 64], &others));
    assert_eq!(size_of_val(&marked::arguments(own())), size_of_val(&plain::arguments(other())));
    assert_eq!(size_of_val(&marked::temporaries(own())), size_of_val(&plain::temporaries(other())));
    assert_eq!(marked::arguments(own()).await, plain::arguments(other()).await);
    assert_eq!(marked::temporaries(own()).await, plain::temporaries(other()).await);
    assert_eq!(*drops.lock().unwrap(), *others.lock().unwrap());

    let panic_message = |f: &dyn Fn()| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).unwrap_err();
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
    };
    let marked = panic_message(&|| marked::asserted(own()).now_or_never().unwrap());
    let plain = panic_message(&|| plain::asserted(other()).now_or_never().unwrap());
    assert_eq!(marked, plain);
}

#[tokio::test]
#[workflows_runtime::nonblocking]
async fn macros_print_what_the_user_wrote() {
    struct Own(u8);
    impl Own {
        fn read(&self) -> u8 {
            self.0
        }
    }
    macro_rules! info {
        ($value:expr) => {
            (stringify!($value), $value)
        };
    }
    let own = Own(1);
    assert_eq!(info!(own.read()), ("own.read()", 1));
    let failed = std::panic::AssertUnwindSafe(async { assert!(own.read() == 2) });
    let panic = failed.catch_unwind().await.unwrap_err();
    assert_eq!(*panic.downcast_ref::<&str>().unwrap(), "assertion failed: own.read() == 2");
}

#[test]
fn misuse_is_reported_at_its_line() {
    let errors: Vec<_> = corpus::check().iter().filter(|found| found.package == "mistakes" && found.is_error).collect();
    for (line, text) in (1..).zip(corpus::mistakes().lines()) {
        let Some((_, words)) = text.split_once("//~ ") else { continue };
        let is_reported = errors.iter().any(|error| error.at.1 == line && error.text.contains(words));
        assert!(is_reported, "no error `{words}` in line {line}: {errors:#?}");
    }
}

/// Each public function of std that may do I/O, wait or sleep is either known to block, or listed as fine.
#[test]
fn every_std_function_has_a_verdict() {
    let known = table::known();
    let judged = table::judged();
    let listed = table::listed();
    let installed = table::installed();
    println!("{} functions of std, {} of them installed with docs", listed.len(), installed.len());
    let mut open = Vec::new();
    for path in listed.union(&installed) {
        match (known.contains(path), table::verdict(&judged, path)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(reason)) => open.push(format!("{path} is in the table, but does not block: {reason}")),
            (false, None) => open.push(format!("{path} has no verdict")),
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}
