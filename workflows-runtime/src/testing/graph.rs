//! Assertions on the graph of a workflow.

use crate::graph::WorkflowGraph;
use core::fmt::Write as _;
use std::{fs, io, path::Path};

/// Set to anything but `0`, it makes [`WorkflowGraph::assert_snapshot`] write its file.
const UPDATE: &str = "WORKFLOWS_UPDATE_GRAPHS";

/// With the feature `testing`. Each returns the graph, so they can be chained.
///
/// ```
/// use workflows_runtime::prelude::*;
///
/// #[event] struct Approved { amount: u32 }
/// #[event] struct Paid { receipt: u32 }
///
/// # #[workflow] struct Shop;
/// #[workflow]
/// impl Shop {
///     #[step]
///     async fn approve(&self, Start(amount): Start<u32>) -> Option<Approved> {
///         (amount < 100).then_some(Approved { amount })
///     }
///
///     #[step]
///     async fn pay(&self, approved: Approved) -> Paid {
///         Paid { receipt: approved.amount }
///     }
///
///     #[step]
///     async fn ship(&self, paid: Paid) -> Stop<u32> {
///         Stop(paid.receipt)
///     }
/// }
///
/// Shop::graph()
///     .assert_only_reached_through("pay", "approve")
///     .assert_reached_from("ship", "pay")
///     .assert_not_reached_from("approve", "ship")
///     .assert_emitted_by("Paid", ["pay"])
///     .assert_taken_by("Paid", ["ship"]);
/// ```
#[allow(clippy::must_use_candidate, reason = "assertions")]
impl WorkflowGraph {
    /// Asserts that each run that starts `step` has an event from `through` before. See
    /// [`is_only_reached_through`](Self::is_only_reached_through).
    ///
    /// # Panics
    ///
    /// Panics with a way around `through` if there is one, if no run reaches `step`, and if there is no step with one of
    /// the names.
    #[track_caller]
    pub fn assert_only_reached_through(&self, step: &str, through: &str) -> &Self {
        if let Some(path) = self.path_around(step, through) {
            panic!("in `{}`, `{step}` is reached without `{through}`: {path}", self.name);
        }
        assert!(self.path_to(step).is_some(), "in `{}`, no run reaches `{step}`", self.name);
        self
    }

    /// Asserts that an execution of `from` can lead to one of `step`. See
    /// [`is_reached_from`](Self::is_reached_from).
    ///
    /// # Panics
    ///
    /// Panics if it cannot, and if there is no step with one of the names.
    #[track_caller]
    pub fn assert_reached_from(&self, step: &str, from: &str) -> &Self {
        assert!(self.is_reached_from(step, from), "in `{}`, `{step}` is not reached from `{from}`", self.name);
        self
    }

    /// Asserts that no execution of `from` leads to one of `step`.
    ///
    /// # Panics
    ///
    /// Panics if one can, and if there is no step with one of the names.
    #[track_caller]
    pub fn assert_not_reached_from(&self, step: &str, from: &str) -> &Self {
        assert!(!self.is_reached_from(step, from), "in `{}`, `{step}` is reached from `{from}`", self.name);
        self
    }

    /// Asserts that exactly these steps emit the event with this id, in any order: `"Paid"`, `"Stop<u32>"`.
    ///
    /// # Panics
    ///
    /// Panics if others do, or if there is no event with this id or no step with one of the names.
    #[track_caller]
    pub fn assert_emitted_by<'a>(&self, event: &str, steps: impl IntoIterator<Item = &'a str>) -> &Self {
        self.assert_event(event);
        self.assert_steps(&format!("`{event}` is emitted by"), self.emitters(event).collect(), steps)
    }

    /// Asserts that exactly these steps take the event with this id, or wait for it, in any order.
    ///
    /// # Panics
    ///
    /// Panics if others do, or if there is no event with this id or no step with one of the names.
    #[track_caller]
    pub fn assert_taken_by<'a>(&self, event: &str, steps: impl IntoIterator<Item = &'a str>) -> &Self {
        self.assert_event(event);
        self.assert_steps(&format!("`{event}` is taken by"), self.takers(event).collect(), steps)
    }

    /// Asserts that the [Mermaid](Self::mermaid) text of the graph is the one in a file, so the diff of a pull request
    /// shows how it changes the graph.
    ///
    /// With the environment variable `WORKFLOWS_UPDATE_GRAPHS=1`, writes the file instead, and its folders. `cargo test`
    /// runs tests in the folder of their package, and a relative path begins there.
    ///
    /// # Panics
    ///
    /// Panics if the file differs or cannot be read or written, with the lines that differ and the command to type.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Greet;
    /// # #[workflow]
    /// # impl Greet {
    /// #     #[step]
    /// #     async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
    /// #         Stop(format!("Hello, {name}!"))
    /// #     }
    /// # }
    /// # let folder = std::env::temp_dir().join(format!("greet-{}", std::process::id()));
    /// # let path = folder.join("greet.mmd");
    /// # std::fs::create_dir_all(&folder)?;
    /// # std::fs::write(&path, Greet::graph().mermaid().to_string())?;
    /// // In a test, with a path such as "tests/graphs/greet.mmd":
    /// Greet::graph().assert_snapshot(&path);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn assert_snapshot(&self, path: impl AsRef<Path>) -> &Self {
        let path = path.as_ref();
        let text = self.mermaid().to_string();
        if std::env::var_os(UPDATE).is_some_and(|value| !value.is_empty() && value != "0") {
            if let Err(error) = write(path, &text) {
                panic!("cannot write the graph of `{}` to {}: {error}", self.name, path.display());
            }
            return self;
        }
        match fs::read_to_string(path) {
            // Git may have changed the ends of the lines.
            Ok(committed) if committed.replace("\r\n", "\n") == text => self,
            Ok(committed) => panic!(
                "the graph of `{}` is not the one in {}:\n{}help: review the difference, then run the test with \
                 `{UPDATE}=1` and commit the file",
                self.name,
                path.display(),
                difference(&committed.replace("\r\n", "\n"), &text),
            ),
            Err(error) => panic!(
                "cannot compare the graph of `{}` with {}: {error}\nhelp: run the test with `{UPDATE}=1` and commit \
                 the file",
                self.name,
                path.display(),
            ),
        }
    }

    #[track_caller]
    fn assert_event(&self, id: &str) {
        if self.event(id).is_none() {
            let ids: Vec<_> = self.events.iter().map(|event| format!("`{}`", event.id)).collect();
            panic!("`{}` has no event `{id}`\nhelp: its events are {}", self.name, ids.join(", "));
        }
    }

    #[track_caller]
    fn assert_steps<'a>(&self, what: &str, mut actual: Vec<&str>, steps: impl IntoIterator<Item = &'a str>) -> &Self {
        let mut expected: Vec<&str> = steps.into_iter().collect();
        for step in &expected {
            self.number_of(step);
        }
        let listed = names(&actual);
        let asserted = names(&expected);
        actual.sort_unstable();
        expected.sort_unstable();
        expected.dedup();
        assert!(actual == expected, "in `{}`, {what} {listed}, not by {asserted}", self.name);
        self
    }
}

fn names(steps: &[&str]) -> String {
    if steps.is_empty() {
        return "no step".to_owned();
    }
    let names: Vec<_> = steps.iter().map(|step| format!("`{step}`")).collect();
    names.join(", ")
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// The lines of one text that the other does not have.
fn difference(old: &str, new: &str) -> String {
    let mut lines = String::new();
    for (sign, from, other) in [('-', old, new), ('+', new, old)] {
        for line in from.lines() {
            if !other.lines().any(|known| known == line) {
                let _ = writeln!(lines, "{sign} {}", line.trim_start());
            }
        }
    }
    if lines.is_empty() {
        lines.push_str("the same lines, in another order or number\n");
    }
    lines
}
