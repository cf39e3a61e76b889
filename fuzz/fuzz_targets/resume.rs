//! Resumes a snapshot under virtual time. The fuzzer reports any panic, also one that the run catches.

#[allow(dead_code, reason = "the tests take the snapshots")]
#[path = "../../tests/mutations/workflows.rs"]
mod workflows;

use self::workflows::{Subject, drive};
pub(crate) use self::workflows::{Mixed, Plain, Rich, Talk};
use tokio::runtime::Builder;
use workflows_runtime::Snapshot;

/// Splits the number of a workflow from its snapshot.
pub(crate) fn select(data: &[u8], run: impl FnOnce(u8, &[u8])) {
    if let Some((workflow, snapshot)) = data.split_first() {
        run(workflow % 4, snapshot);
    }
}

/// Resumes a snapshot, and drives the run to its end.
pub(crate) fn run<W: Subject>(snapshot: Option<Snapshot<W>>) {
    let Some(snapshot) = snapshot else { return };
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    // Any error of the run is fine.
    let _ = runtime.block_on(drive(snapshot));
}
