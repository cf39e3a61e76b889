//! The handle of a run: its result, its lifetime, and how it keeps a run answerable.

mod lifetime;
mod missing;
mod no_timer;
mod result;
mod runtime;
mod stall;
mod step_loads;
mod tasks;

use std::sync::Arc;
use tokio::sync::Notify;
use workflows_runtime::prelude::*;
use workflows_tests::{Log, LogOnDrop};

/// Waits for `go`, and logs the progress of its step.
#[workflow(state = u32)]
pub(crate) struct Wait {
    go: Arc<Notify>,
    log: Log<&'static str>,
}

#[workflow]
impl Wait {
    #[step]
    async fn wait(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> StepResult<Stop<u32>> {
        let _dropped = LogOnDrop(self.log.clone(), "over");
        ctx.state().set(n);
        self.log.add("waits");
        self.go.notified().await;
        self.log.add("continues");
        if n > 9 {
            return Err(StepError::msg("too much"));
        }
        Ok(Stop(n * 2))
    }
}

impl Wait {
    pub(crate) fn new() -> (Self, Arc<Notify>, Log<&'static str>) {
        let (go, log) = (Arc::new(Notify::new()), Log::default());
        (Self { go: Arc::clone(&go), log: log.clone() }, go, log)
    }
}

/// Prompts, and returns the response.
#[workflow]
pub(crate) struct Ask;

#[workflow]
impl Ask {
    #[step]
    async fn ask(&self, Start(text): Start<String>) -> InputRequired<String> {
        InputRequired(text)
    }
    #[step]
    async fn answer(&self, HumanResponse(answer): HumanResponse<u32>) -> Stop<u32> {
        Stop(answer)
    }
}
