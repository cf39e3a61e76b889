//! What the tests of this workspace share.

use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};
use workflows_runtime::{RunError, RunEvent, RunHandle, RunOutcome, StepPhase, Workflow};

/// What steps note down while they run, in the order of the notes. Clones share one list.
#[derive(Debug)]
pub struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Log<T> {
    /// Adds a note.
    pub fn add(&self, note: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// All notes since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<T> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Notes when it is dropped: what a step holds while it runs.
#[derive(Debug)]
pub struct Noted<T: Clone>(pub Log<T>, pub T);

impl<T: Clone> Drop for Noted<T> {
    fn drop(&mut self) {
        self.0.add(self.1.clone());
    }
}

/// Lets every other task of the thread come to where it waits.
pub async fn let_others_run() {
    for _ in 0..100 {
        yield_once().await;
    }
}

/// Is ready on the second poll, and wakes its task during the first one.
pub async fn yield_once() {
    let mut polled = false;
    poll_fn(|cx| {
        if mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Reads a run's events to their end.
pub async fn events_of<W: Workflow>(run: &RunHandle<W>) -> Vec<RunEvent<W>> {
    let mut reader = run.events();
    let mut events = Vec::new();
    while let Some(event) = reader.next().await {
        events.push(event);
    }
    events
}

/// What the steps of a run published, to its end.
pub async fn published<W: Workflow>(run: &RunHandle<W>) -> Vec<W::Stream> {
    let items = events_of(run).await.into_iter().filter_map(|event| match event {
        RunEvent::Published(item) => Some(item),
        _ => None,
    });
    items.collect()
}

/// Events in a form that is easy to compare, such as `prompt`, `idle` or `failed: cancelled`.
#[must_use]
pub fn kinds<W: Workflow>(events: &[RunEvent<W>]) -> Vec<String> {
    let kind = |event: &RunEvent<W>| match event {
        RunEvent::Published(_) => "published".to_owned(),
        RunEvent::InputRequired(_) => "prompt".to_owned(),
        RunEvent::Step(step) => format!("{} {}", step.step, phase(step.phase)),
        RunEvent::Idle => "idle".to_owned(),
        RunEvent::Lagged(missed) => format!("lagged {missed}"),
        RunEvent::Ended(RunOutcome::Completed) => "completed".to_owned(),
        RunEvent::Ended(RunOutcome::Failed(error)) => format!("failed: {error}"),
        _ => "unknown".to_owned(),
    };
    events.iter().map(kind).collect()
}

fn phase(phase: StepPhase) -> String {
    format!("{phase:?}").to_lowercase()
}

/// The step that made a run fail, and its error as text.
///
/// # Panics
///
/// If the run ended otherwise.
#[must_use]
#[track_caller]
pub fn failure(error: RunError) -> (&'static str, String) {
    match error {
        RunError::Failed { step, source, .. } => (step, source.to_string()),
        other => panic!("no step failed: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// How many behaviours each group has.
    const GROUPS: [(&str, u32); 16] = [
        ("EV", 17),
        ("ST", 26),
        ("VA", 27),
        ("CO", 13),
        ("SE", 11),
        ("CE", 15),
        ("WE", 24),
        ("CX", 25),
        ("SM", 13),
        ("RH", 7),
        ("TC", 9),
        ("RT", 31),
        ("CA", 15),
        ("RS", 13),
        ("SN", 14),
        ("NW", 3),
    ];

    /// The table's rows, and where its tests are.
    fn table() -> (String, &'static Path) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        (fs::read_to_string(root.join("tests/COVERAGE.md")).unwrap(), root)
    }

    fn rows(table: &str) -> impl Iterator<Item = &str> {
        table.lines().filter(|line| line.starts_with("| "))
    }

    #[test]
    fn every_behaviour_has_a_row() {
        let (table, _) = table();
        let ids: String = rows(&table).filter_map(|row| row.split('|').nth(1)).collect();
        for (group, count) in GROUPS {
            for number in 1..=count {
                assert!(ids.contains(&format!("{group}-{number:02}")), "there is no row for {group}-{number:02}");
            }
        }
    }

    #[test]
    fn every_test_that_the_coverage_table_names_exists() {
        let (table, root) = table();
        let mut seen = 0;
        for row in rows(&table) {
            let mut program = String::new();
            for name in row.split('`').skip(1).step_by(2) {
                let (topic, passes) = match name.strip_prefix("ui: ").unwrap_or(name) {
                    name if name.starts_with("pass ") => (&name[5..], true),
                    name => (name, false),
                };
                if let Some((file, test)) = name.split_once("::").filter(|(file, _)| *file != "Workflow") {
                    // A module stands for all of its tests.
                    let (file, test) = match test.strip_prefix("simulation::") {
                        Some(path) => {
                            let (module, test) =
                                path.split_once("::").map_or((path, None), |(m, test)| (m, Some(test)));
                            (format!("workflows-runtime/src/core/simulation/{module}.rs"), test)
                        }
                        None => (format!("tests/{file}.rs"), Some(test)),
                    };
                    let source = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{name}: {error}"));
                    let exists = test.is_none_or(|test| source.contains(&format!("fn {test}()")));
                    assert!(exists, "there is no test {name}");
                } else if topic.contains('/') || topic.starts_with('…') {
                    // The end of a name is added to the last one that is written out.
                    let end = topic.strip_prefix('…').unwrap_or_else(|| {
                        topic.clone_into(&mut program);
                        ""
                    });
                    let (topic, file) = program.split_once('/').unwrap();
                    let folder = if passes { "pass" } else { "fail" };
                    let file = format!("tests/ui/{topic}/{folder}/{file}{end}.rs");
                    assert!(root.join(&file).exists(), "there is no program {file}");
                } else {
                    continue;
                }
                seen += 1;
            }
        }
        assert!(seen > 300, "only {seen} are named");
    }
}
