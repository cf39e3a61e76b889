//! One execution as the generated dispatch sees it: its step, its input and its context.

use super::{Offload, Reports};
use crate::{
    context::Context,
    engine::{Before, Effect, Effects, Events, ExecutionId, Input, Launch},
    executor::{Kind, Origin, Scope},
    run::shared::Shared,
    workflow::Workflow,
};
#[cfg(feature = "isolated")]
use crate::{
    executor::Isolation,
    process::serves,
    run::remote::{
        StepCall,
        isolated::{IsolatedStep, isolate_step},
    },
};
use std::{sync::Arc, vec};

/// An execution that is about to start, or runs.
pub struct CurrentExecution<W: Workflow> {
    pub(in crate::run) id: ExecutionId,
    pub(in crate::run) step: u16,
    pub(in crate::run) handover: Handover<W>,
    /// The input of a step that takes several events. Invariant: `handover` holds no input while this is `Some`.
    events: Option<vec::IntoIter<W::Event>>,
    /// The failure of the previous attempt; `None` in the first one.
    before: Option<Arc<Before>>,
}

/// The input of a step that takes one event, until the step takes it; then the step's output.
///
/// One place for both, because the output of a step is often the input of the next. To move the event between two
/// places costs up to a tenth of a hop, depending on its size, and so does it to swap two buffers
/// (`benches/features.rs`).
pub(in crate::run) struct Handover<W: Workflow>(Effects<W>);

impl<W: Workflow> Handover<W> {
    const fn new() -> Self {
        Self(Effects::new())
    }

    /// Use while the step has not started.
    #[inline]
    pub(in crate::run) fn input(&mut self) -> &mut Effects<W> {
        &mut self.0
    }

    /// Use once the step has started, and so has taken its input.
    #[inline]
    pub(in crate::run) fn output(&mut self) -> &mut Effects<W> {
        &mut self.0
    }
}

impl<W: Workflow> CurrentExecution<W> {
    /// A placeholder without an input.
    pub(in crate::run) const fn none() -> Self {
        let id = ExecutionId { serial: 0, slot: 0, attempt: 0 };
        Self { id, step: 0, handover: Handover::new(), events: None, before: None }
    }

    /// Replaces the execution with the one to launch. The step before must have taken its input.
    #[inline]
    pub(in crate::run) fn launch(&mut self, launch: Launch<W>) {
        self.id = launch.execution;
        self.step = launch.step;
        self.before = launch.before;
        match launch.input {
            Input::One(event) => self.handover.input().push(Effect::Event(event)),
            Input::Many(events) => self.events = Some(events.into_iter()),
        }
    }

    /// Replaces the only execution of a run with the one that takes its output, which is in its place.
    ///
    /// Slot, attempt and `before` stay: the only execution of a run is a first attempt, and so is its successor.
    #[inline]
    pub(in crate::run) fn hop(&mut self, serial: u64, step: u16) {
        self.id.serial = serial;
        self.step = step;
    }

    /// The input, which can be taken once.
    #[inline]
    pub(crate) fn input(&mut self) -> Events<'_, W> {
        Events::new(self.handover.input(), &mut self.events)
    }

    /// The execution as a call for another process, with its input, which can be taken once.
    #[cfg(feature = "isolated")]
    pub(in crate::run) fn take_call(&mut self, shared: &Shared<W>) -> StepCall<W> {
        let input = match self.events.take() {
            Some(events) => Input::Many(events.collect()),
            None => match self.handover.input().take_event() {
                Some(event) => Input::One(event),
                None => Input::Many(Vec::new()),
            },
        };
        StepCall::in_memory(shared, self.id, self.step, input, self.before.as_deref())
    }

    /// The step in another process, unless this is that process.
    #[cfg(feature = "isolated")]
    pub(in crate::run) fn isolate(&mut self, shared: &Arc<Shared<W>>, isolation: Isolation) -> Option<IsolatedStep<W>> {
        if serves() {
            return None;
        }
        let call = self.take_call(shared);
        Some(isolate_step(shared, self.offload(shared, Kind::Cpu), (self.id, self.step), isolation, call))
    }

    /// Drops the input and the output.
    pub(in crate::run) fn clear(&mut self) {
        self.handover = Handover::new();
        self.events = None;
    }

    pub(in crate::run) fn context<S>(&self, shared: &Arc<Shared<W>>) -> Context<W, S> {
        Context::new(Arc::clone(shared), self.id, self.step, self.before.clone())
    }

    /// What the step needs to run on an executor, if it is a blocking one.
    pub(in crate::run) fn offload(&self, shared: &Arc<Shared<W>>, kind: Kind) -> Offload {
        let step = &W::TABLE.steps[self.step as usize];
        let has_timeout = step.queue_timeout.is_some() || shared.step_timeout(self.step).is_some();
        let reports = match (has_timeout, step.resources) {
            (false, _) => Reports::Nothing,
            (true, false) => Reports::Beginning,
            (true, true) => Reports::QueueAndBeginning,
        };
        Offload { origin: self.origin(shared), kind, reports }
    }

    /// The origin of blocking code that the step offloads to another thread.
    pub(in crate::run) fn origin(&self, shared: &Arc<Shared<W>>) -> Origin {
        Origin {
            scope: Arc::clone(shared) as Arc<dyn Scope>,
            step: W::TABLE.steps[self.step as usize].name,
            execution: self.id,
        }
    }
}

impl<W: Workflow> std::fmt::Debug for CurrentExecution<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CurrentExecution").field("step", &self.step).finish_non_exhaustive()
    }
}
