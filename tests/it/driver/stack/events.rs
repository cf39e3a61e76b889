//! Workflows with large events, inputs, outputs and prompts.

use super::{Bytes, Sample};
use workflows_runtime::prelude::*;
use workflows_tests::yield_once;

#[workflow]
pub(super) struct LargeEvent;

#[workflow]
impl LargeEvent {
    #[step]
    async fn first(&self, Start(seed): Start<u8>) -> Sample {
        Sample { bytes: Bytes([seed; 64 << 10]) }
    }
    #[step]
    async fn second(&self, sample: Sample) -> Stop<u8> {
        yield_once().await;
        Stop(sample.bytes.0[7])
    }
}

/// The steps of [`LargeEvent`] by hand.
pub(super) async fn event_by_hand(seed: u8) -> u8 {
    let sample = first_by_hand(seed).await;
    second_by_hand(sample).await
}

pub(super) async fn first_by_hand(seed: u8) -> Sample {
    Sample { bytes: Bytes([seed; 64 << 10]) }
}

pub(super) async fn second_by_hand(sample: Sample) -> u8 {
    yield_once().await;
    sample.bytes.0[7]
}

/// Sends its large event.
#[workflow]
pub(super) struct Sends;

#[workflow]
impl Sends {
    #[step]
    async fn first(&self, ctx: &Context<Self, (Sample,)>, Start(seed): Start<u8>) {
        ctx.send(Sample { bytes: Bytes([seed; 64 << 10]) });
    }
    #[step]
    async fn second(&self, sample: Sample) -> Stop<u8> {
        yield_once().await;
        Stop(sample.bytes.0[7])
    }
}

#[workflow]
pub(super) struct LargeInput;

#[workflow]
impl LargeInput {
    #[step]
    async fn only(&self, Start(bytes): Start<Bytes>) -> Stop<u8> {
        yield_once().await;
        Stop(bytes.0[7])
    }
}

#[workflow]
pub(super) struct LargeOutput;

#[workflow]
impl LargeOutput {
    #[step]
    async fn only(&self, Start(seed): Start<u8>) -> Stop<Bytes> {
        yield_once().await;
        Stop(Bytes([seed; 64 << 10]))
    }
}

#[event]
pub(super) struct Sampled {
    pub(super) bytes: Bytes,
}

/// Asks with a large prompt, which it returns or publishes through its context.
#[workflow]
pub(super) struct LargePrompt;

#[workflow]
impl LargePrompt {
    #[step]
    async fn ask(
        &self,
        ctx: &Context<Self, (InputRequired<Bytes>,)>,
        Start(seed): Start<u8>,
    ) -> OneOf<InputRequired<Bytes>, Stop<u8>> {
        let prompt = Bytes([seed; 64 << 10]);
        if seed == 0 {
            return OneOf::A(InputRequired(prompt));
        }
        ctx.ask(prompt);
        yield_once().await;
        OneOf::B(Stop(seed))
    }
    #[step]
    async fn take(&self, HumanResponse(answer): HumanResponse<u8>) -> Stop<u8> {
        Stop(answer)
    }
}

pub(super) async fn answered(seed: u8) -> u8 {
    let run = LargePrompt.run(seed).start();
    let mut events = run.events();
    let Some(RunEvent::InputRequired { id, .. }) = events.next().await else { panic!() };
    run.answer(id, 7_u8).unwrap();
    run.await.unwrap()
}

/// The prompt of [`LargePrompt`] by hand.
pub(super) async fn prompt_by_hand(seed: u8) -> u8 {
    let (client, mut prompts) = tokio::sync::mpsc::channel(1);
    client.send(Bytes([seed; 64 << 10])).await.unwrap();
    prompts.recv().await.unwrap().0[7]
}

/// Executes several steps with large events at once, and retries each.
#[workflow]
pub(super) struct Batch;

#[workflow]
impl Batch {
    #[step]
    async fn first(&self, Start(seed): Start<u8>) -> Vec<Sample> {
        (0..3).map(|_| Sample { bytes: Bytes([seed; 64 << 10]) }).collect()
    }
    #[step(workers = 2, retry = Retry::immediate())]
    async fn second(&self, ctx: &Context<Self>, sample: Sample) -> StepResult<Sampled> {
        yield_once().await;
        if ctx.attempt().number == 1 {
            return Err(StepError::msg("once more"));
        }
        Ok(Sampled { bytes: sample.bytes })
    }
    #[step]
    async fn end(&self, all: Vec<Sampled>) -> Stop<u8> {
        Stop(all[0].bytes.0[7])
    }
}

#[workflow]
pub(super) struct BlockingEvent;

#[workflow]
impl BlockingEvent {
    #[step]
    #[blocking(cpu)]
    fn first(&self, Start(seed): Start<u8>) -> Sample {
        Sample { bytes: Bytes([seed; 64 << 10]) }
    }
    #[step]
    #[blocking(io)]
    fn second(&self, sample: Sample) -> Stop<u8> {
        Stop(sample.bytes.0[7])
    }
}
