//! W013, measured: what blocks is refused where it is called, and nothing else is touched.
//!
//! The corpora are under `tests/nonblocking/`. All of them are compiled in one go: `blocks`, where
//! each marked line has so many calls that block; `fine`, where nothing does; and `plain`, which is
//! `fine` without the attribute, so that no warning may come from it.

mod nonblocking {
    pub(crate) mod corpus;
    pub(crate) mod table;
    pub(crate) mod unchanged;
}

use futures::FutureExt;
use nonblocking::{
    corpus::{self, Diagnostic},
    table,
    unchanged::{marked, plain},
};
use std::{collections::BTreeMap, fmt::Write};

#[test]
fn corpora() {
    let found = corpus::check();

    let marks = corpus::marks("blocks");
    let calls: usize = marks.values().sum();
    let mut refused = BTreeMap::new();
    let mut foreign = Vec::new();
    for error in found.iter().filter(|found| found.package == "blocks" && found.is_error) {
        if error.text.starts_with("W013: ") && marks.contains_key(&error.at) {
            *refused.entry(error.at.clone()).or_insert(0) += 1;
        } else {
            foreign.push(error);
        }
    }
    let missed: Vec<_> = marks.iter().filter(|(at, calls)| refused.get(*at) < Some(calls)).collect();
    let twice: Vec<_> = marks.iter().filter(|(at, calls)| refused.get(*at) > Some(calls)).collect();
    let caught: usize = marks.iter().map(|(at, calls)| (*calls).min(refused.get(at).copied().unwrap_or(0))).sum();

    let bodies = corpus::bodies("fine");
    let errors: Vec<_> = found.iter().filter(|found| found.package == "fine" && found.is_error).collect();
    let warnings = corpus::only_in(found, "fine", "plain");

    println!("{caught} of {calls} calls that block are refused, with {} other errors", foreign.len());
    for ((file, line), _) in &missed {
        println!("  missed: {file}:{line}");
    }
    println!("{bodies} bodies that do not block: {} errors, {} warnings more", errors.len(), warnings.len());
    let mut problems = String::new();
    let mut problem = |what: &str, list: &dyn std::fmt::Debug| writeln!(problems, "{what}: {list:#?}").unwrap();
    if calls < 200 || bodies < 150 {
        problem("the corpora are too small", &(calls, bodies));
    }
    if caught * 100 < calls * 98 {
        problem("not refused", &missed);
    }
    for (what, list) in
        [("errors where there are no marks", foreign), ("refused or broken", errors), ("warned of", warnings)]
    {
        if !list.is_empty() {
            problem(what, &list);
        }
    }
    if !twice.is_empty() {
        problem("refused more than once", &twice);
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn messages_say_what_to_do() {
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
async fn nothing_else_changes() {
    let (drops, others) = (std::sync::Mutex::default(), std::sync::Mutex::default());
    let (own, other) = (|| marked::Own([1; 64], &drops), || plain::Own([1; 64], &others));
    assert_eq!(size_of_val(&marked::arguments(own())), size_of_val(&plain::arguments(other())));
    assert_eq!(size_of_val(&marked::temporaries(own())), size_of_val(&plain::temporaries(other())));
    assert_eq!(marked::arguments(own()).await, plain::arguments(other()).await);
    assert_eq!(marked::temporaries(own()).await, plain::temporaries(other()).await);
    assert_eq!(*drops.lock().unwrap(), *others.lock().unwrap());

    let said = |body: &dyn Fn()| {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_err();
        panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
    };
    let marked = said(&|| marked::asserted(own()).now_or_never().unwrap());
    let plain = said(&|| plain::asserted(other()).now_or_never().unwrap());
    assert_eq!(marked, plain);
}

#[test]
fn mistakes() {
    let errors: Vec<_> = corpus::check().iter().filter(|found| found.package == "mistakes" && found.is_error).collect();
    for (line, text) in (1..).zip(corpus::mistakes().lines()) {
        let Some((_, words)) = text.split_once("//~ ") else { continue };
        // A panic in `const` begins with the compiler's own words.
        let is_said = errors.iter().any(|error| error.at.1 == line && error.text.contains(words));
        assert!(is_said, "nothing says `{words}` in line {line}: {errors:#?}");
    }
}

/// Of each public function of std that could do I/O, wait or sleep, it is said whether it blocks.
#[test]
fn all_of_std() {
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
