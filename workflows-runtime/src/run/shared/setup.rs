//! What the shared part of a run is made of.

#[cfg(feature = "metrics")]
use crate::instruments::RunMeter;
#[cfg(feature = "durable")]
use crate::run::journal::RunJournal;
use crate::{
    engine::Overrides,
    executor::Executors,
    graph::event_ids,
    run::{collect::Collected, event_log::HISTORY, id::RunId, open_prompts::StoredPrompt},
    run_trace::{RecordedRun, Recording, RunSpec},
    trace::RunSpans,
    workflow::Workflow,
};
use std::time::Duration;

pub(in crate::run) struct Setup<W: Workflow> {
    pub(in crate::run) id: RunId,
    /// `None` for the default.
    pub(in crate::run) state: Option<Box<W::State>>,
    pub(in crate::run) executors: Option<Executors>,
    pub(in crate::run) overrides: Option<Box<Overrides>>,
    pub(in crate::run) internal: bool,
    pub(in crate::run) event_buffer: usize,
    pub(in crate::run) event_history: usize,
    pub(in crate::run) collected: Option<Box<Collected<W::Event>>>,
    /// The open prompts of a resumed run.
    pub(in crate::run) prompts: Vec<StoredPrompt<W>>,
    /// Whether the run has a handle.
    pub(in crate::run) observed: bool,
    /// The spans of a traced run.
    pub(in crate::run) spans: Option<Box<RunSpans>>,
    #[cfg(feature = "metrics")]
    pub(in crate::run) meter: Option<RunMeter>,
    /// How to record the run. Boxed, since few runs are recorded.
    pub(in crate::run) record: Option<Box<Record>>,
    /// The journal of a durable run.
    #[cfg(feature = "durable")]
    pub(in crate::run) journal: Option<Box<RunJournal<W>>>,
}

/// How a run is recorded.
pub(in crate::run) enum Record {
    /// With this limit. The run's time at its start is not zero if it was resumed.
    Itself { limit: usize, before: Duration },
    /// With the run that this attempt belongs to.
    WithParent { parent: Recording, execution: u64, attempt: u32 },
}

impl<W: Workflow> Setup<W> {
    /// The setup of a run without options.
    #[inline]
    pub(in crate::run) fn new(id: RunId, observed: bool) -> Self {
        Self {
            spans: None,
            #[cfg(feature = "metrics")]
            meter: None,
            id,
            state: None,
            executors: None,
            overrides: None,
            internal: false,
            event_buffer: usize::MAX,
            event_history: HISTORY,
            collected: None,
            prompts: Vec::new(),
            observed,
            record: None,
            #[cfg(feature = "durable")]
            journal: None,
        }
    }

    /// Opens the span of the run, if a subscriber receives it, and counts the run, if there are metrics.
    #[inline]
    pub(in crate::run) fn traced(mut self) -> Self {
        self.spans = RunSpans::open(W::NAME, &self.id);
        #[cfg(feature = "metrics")]
        {
            self.meter = Some(RunMeter::open(W::NAME));
        }
        self
    }
}

impl Record {
    #[cold]
    pub(super) fn begin<W: Workflow>(&self, id: &RunId) -> RecordedRun {
        let spec = RunSpec {
            workflow: W::NAME,
            id: id.to_string(),
            table: const { &W::TABLE },
            event_ids: || event_ids(&W::TABLE, &W::DETAILS),
        };
        RecordedRun(match self {
            Self::Itself { limit, before } => Recording::begin(spec, *limit, *before),
            Self::WithParent { parent, execution, attempt } => parent.child(*execution, *attempt, spec),
        })
    }
}
