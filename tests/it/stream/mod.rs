//! The events of a run: published items, step events, `Idle`, `Lagged` and `Ended`.

mod end;
mod history;
mod idle;
mod lag;
mod reader;
mod step_events;

use std::sync::Arc;
use tokio::sync::Notify;
use workflows_runtime::prelude::*;

/// Publishes the numbers below its input, waits for `go`, and ends.
#[workflow(stream = u32)]
struct Count {
    go: Arc<Notify>,
}

#[workflow]
impl Count {
    #[step]
    async fn count(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        (0..n).for_each(|n| ctx.publish(n));
        self.go.notified().await;
        if n == 13 { Err(StepError::msg("unlucky")) } else { Ok(Stop(n)) }
    }
}

impl Count {
    fn new() -> (Self, Arc<Notify>) {
        let go = Arc::new(Notify::new());
        (Self { go: Arc::clone(&go) }, go)
    }

    /// Creates a workflow that does not wait.
    fn at_once() -> Self {
        let (workflow, go) = Self::new();
        go.notify_one();
        workflow
    }
}
