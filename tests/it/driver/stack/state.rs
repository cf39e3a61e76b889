//! Workflows with a large state.

use super::{Bytes, steps::Part};
use std::sync::{Arc, Mutex};
use workflows_runtime::prelude::*;
use workflows_tests::yield_once;

/// Keeps its context, and with it the state, over an await.
#[workflow(state = Bytes)]
pub(super) struct LargeState;

#[workflow]
impl LargeState {
    #[step]
    async fn first(&self, ctx: &Context<Self>, Start(seed): Start<u8>) -> Part {
        ctx.state().update(|state| state.0[7] = seed);
        yield_once().await;
        Part(ctx.state().read(|state| state.0[7]))
    }
    #[step(retry = Retry::immediate())]
    async fn second(&self, ctx: &Context<Self>, Part(seed): Part) -> StepResult<Stop<u8>> {
        ctx.state().update(|state| state.0[8] = seed);
        yield_once().await;
        if ctx.attempt().number == 1 {
            return Err(StepError::msg("once more"));
        }
        Ok(Stop(ctx.state().read(|state| state.0[8])))
    }
}

#[workflow]
pub(super) struct ParentOfState {
    pub(super) child: Arc<LargeState>,
    pub(super) starts: bool,
}

#[workflow]
impl ParentOfState {
    #[step]
    async fn run(&self, ctx: &Context<Self>, Start(seed): Start<u8>) -> StepResult<Stop<u8>> {
        let child = ctx.run_child(&self.child, seed);
        if self.starts {
            return Ok(Stop(child.start().await?));
        }
        Ok(Stop(child.await?))
    }
}

/// Uses its state before and after a snapshot.
#[workflow(state = Bytes)]
pub(super) struct StateAndPrompt;

#[workflow]
impl StateAndPrompt {
    #[step]
    async fn ask(&self, ctx: &Context<Self>, Start(seed): Start<u8>) -> InputRequired<u8> {
        ctx.state().update(|state| state.0[0] = seed);
        InputRequired(seed)
    }
    #[step]
    async fn take(&self, ctx: &Context<Self>, HumanResponse(()): HumanResponse<()>) -> Stop<u8> {
        Stop(ctx.state().read(|state| state.0[0]))
    }
}

pub(super) async fn resumed(seed: u8) -> u8 {
    let run = StateAndPrompt.run(seed).start();
    let mut events = run.events();
    let Some(RunEvent::InputRequired { .. }) = events.next().await else { panic!() };
    let snapshot = run.snapshot().await.unwrap();
    run.cancel();
    let text = serde_json::to_string(&snapshot.clone()).unwrap();
    let run = StateAndPrompt.resume(serde_json::from_str(&text).unwrap()).start();
    run.send(HumanResponse(())).unwrap();
    run.await.unwrap()
}

/// The state of [`LargeState`] by hand.
pub(super) async fn state_by_hand(seed: u8) -> u8 {
    let state = Arc::new(Mutex::new(Bytes::default()));
    state.lock().unwrap().0[7] = seed;
    yield_once().await;
    state.lock().unwrap().0[7]
}

/// The state of [`StateAndPrompt`] by hand.
pub(super) async fn state_resumed_by_hand(seed: u8) -> u8 {
    let state = Arc::new(Mutex::new(Bytes::default()));
    state.lock().unwrap().0[0] = seed;
    yield_once().await;
    let snapshot = *state.lock().unwrap();
    let text = serde_json::to_string(&snapshot).unwrap();
    let state = Arc::new(Mutex::new(serde_json::from_str::<Bytes>(&text).unwrap()));
    yield_once().await;
    state.lock().unwrap().0[0]
}
