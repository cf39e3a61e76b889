//! A step of a run in memory that is executed in another process.

use super::{
    answer::{Output, StepAnswer, StepOutcome},
    call::StepCall,
};
use crate::{
    engine::ExecutionId,
    error::StepError,
    executor::{Isolated, Isolation, Origin, isolate},
    process::{Target, TargetKind, identity_of, read, write},
    run::{
        dispatch::{Offload, Outcome},
        shared::Shared,
    },
    workflow::Workflow,
};
use core::pin::Pin;
use std::sync::Arc;

/// The future of an isolated step. Dropping it kills the process.
pub(in crate::run) type IsolatedStep<W> = Pin<Box<dyn Future<Output = Outcome<W>> + Send>>;

impl<W: Workflow> StepAnswer<W> {
    /// Appends how the step has ended. What it has published was sent before.
    pub(crate) fn write_outcome(&self, to: &mut Vec<u8>) -> Result<(), String> {
        write(&self.0.outcome, to)
    }
}

/// Executes the call in a process of the run's executors.
pub(in crate::run) fn isolate_step<W: Workflow>(
    shared: &Arc<Shared<W>>,
    offload: Offload,
    (execution, step): (ExecutionId, u16),
    isolation: Isolation,
    call: StepCall<W>,
) -> IsolatedStep<W> {
    let shared = Arc::clone(shared);
    Box::pin(async move {
        let began = offload.report_queued();
        let name = W::TABLE.steps[step as usize].name;
        let target = Target { kind: TargetKind::Workflow, name: W::NAME, identity: identity_of::<W>() };
        let isolated = Isolated { isolation, target, name, help: format!(".workflow({} {{ .. }})", W::NAME) };
        let origin: Option<Origin> = Some(offload.into_origin());
        let arguments = move |to: &mut Vec<u8>| write(&call, to);
        let mut item = |item: &[u8]| {
            let codec = W::items().ok_or("its isolated steps publish nothing")?;
            shared.publish_item(codec.read(item)?, step, execution);
            Ok(())
        };
        let answer = isolate(origin, isolated, arguments, began, &mut item, |bytes| read_outcome(bytes, step)).await;
        answer.map_err(StepError::from)?
    })
}

fn read_outcome<W: Workflow>(bytes: &[u8], step: u16) -> Result<Outcome<W>, String> {
    let outcome: StepOutcome<W> = read(bytes)?;
    if let StepOutcome::Returned(outputs) = &outcome {
        Output::validate(outputs, step)?;
    }
    Ok(outcome.into_outcome())
}
