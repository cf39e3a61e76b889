//! Workflows with large steps.

use std::sync::Arc;
use workflows_runtime::prelude::*;
use workflows_tests::yield_once;

/// The memory that a large step keeps over an await.
pub(super) const LARGE: usize = 256 << 10;

pub(super) async fn large(seed: u8) -> u8 {
    #[allow(clippy::large_stack_arrays, reason = "the size is tested")]
    let data = [seed; LARGE];
    yield_once().await;
    data[usize::from(seed)]
}

#[workflow]
pub(super) struct LargeStep;

#[workflow]
impl LargeStep {
    #[step]
    async fn large(&self, Start(seed): Start<u8>) -> Stop<u8> {
        Stop(large(seed).await)
    }
}

#[workflow]
pub(super) struct Retried;

#[workflow]
impl Retried {
    #[step(retry = Retry::immediate())]
    async fn large(&self, ctx: &Context<Self>, Start(seed): Start<u8>) -> StepResult<Stop<u8>> {
        let value = large(seed).await;
        if ctx.attempt().number == 1 {
            return Err(StepError::msg("once more"));
        }
        Ok(Stop(value))
    }
}

#[event]
pub(super) struct Part(pub(super) u8);
#[event]
pub(super) struct Done(pub(super) u8);

/// Several large executions at once.
#[workflow]
pub(super) struct Several;

#[workflow]
impl Several {
    #[step]
    async fn start(&self, Start(seed): Start<u8>) -> Vec<Part> {
        vec![Part(seed), Part(seed), Part(seed)]
    }
    #[step]
    async fn large(&self, Part(seed): Part) -> Done {
        Done(large(seed).await)
    }
    #[step]
    async fn end(&self, all: Vec<Done>) -> Stop<u8> {
        Stop(all[0].0)
    }
}

#[workflow]
pub(super) struct Parent {
    pub(super) child: Arc<LargeStep>,
    pub(super) starts: bool,
}

#[workflow]
impl Parent {
    #[step]
    async fn run(&self, ctx: &Context<Self>, Start(seed): Start<u8>) -> StepResult<Stop<u8>> {
        let child = ctx.run_child(&self.child, seed);
        if self.starts {
            return Ok(Stop(child.start().await?));
        }
        Ok(Stop(child.await?))
    }
}
