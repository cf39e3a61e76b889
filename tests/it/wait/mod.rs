//! Waits: `ctx.wait_for` and `ctx.ask_for`.

mod prompt;
mod replay;
mod response;
mod resume;

use workflows_runtime::{RunHandle, prelude::*};
use workflows_tests::{events_of, kinds, let_others_run};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Snapshots a run, cancels it, and resumes the snapshot.
async fn resumed<W: Workflow>(run: RunHandle<W>, workflow: W) -> RunHandle<W> {
    let_others_run().await;
    let text = serde_json::to_string(&run.snapshot().await.unwrap()).unwrap();
    run.cancel();
    assert!(matches!(run.result().await, Err(RunError::Cancelled)));
    workflow.resume(serde_json::from_str(&text).unwrap()).start()
}

async fn prompts<W: Workflow>(run: &RunHandle<W>) -> usize {
    kinds(&events_of(run).await).iter().filter(|kind| *kind == "prompt").count()
}
