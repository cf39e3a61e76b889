//! What few runs have, and what never changes.

use super::Shared;
#[cfg(feature = "metrics")]
use crate::instruments::RunMeter;
#[cfg(feature = "durable")]
use crate::run::journal::RunJournal;
use crate::{
    engine::Overrides,
    executor::{CallQueue, Executors},
    run_trace::RecordedRun,
    trace::RunSpans,
    workflow::Workflow,
};
use core::marker::PhantomData;
use std::{sync::Arc, time::Duration};

/// See the [module](self).
pub(super) struct Extras<W: Workflow> {
    /// Executors of the run's own.
    pub(super) executors: Option<Executors>,
    /// Options of steps that the run overrides.
    pub(super) overrides: Option<Box<Overrides>>,
    /// The spans of a traced run.
    pub(super) spans: Option<Box<RunSpans>>,
    #[cfg(feature = "metrics")]
    pub(super) meter: Option<RunMeter>,
    /// The recording of a recorded run.
    pub(super) recorded: Option<RecordedRun>,
    /// The calls that wait for a thread, of a run that publishes its phases.
    pub(super) call_queue: Option<Arc<CallQueue>>,
    /// The journal of a durable run.
    #[cfg(feature = "durable")]
    pub(super) journal: Option<Box<RunJournal<W>>>,
    pub(super) workflow: PhantomData<fn(W)>,
}

impl<W: Workflow> Shared<W> {
    /// The executors of the run, if it has its own.
    pub(crate) fn given_executors(&self) -> Option<&Executors> {
        self.extras.as_ref()?.executors.as_ref()
    }

    /// The options of steps that the run overrides.
    pub(in crate::run) fn overrides(&self) -> Option<&Overrides> {
        self.extras.as_ref()?.overrides.as_deref()
    }

    /// The timeout of a step in this run.
    pub(in crate::run) fn step_timeout(&self, step: u16) -> Option<Duration> {
        let declared = W::TABLE.steps[step as usize].timeout;
        match self.overrides() {
            Some(overrides) => overrides.timeout(step, declared),
            None => declared,
        }
    }
}
