//! The options of a run.

#[cfg(feature = "durable")]
use super::journal::DurableParent;
use super::{
    child::ParentEnd,
    collect::Collected,
    event_log::HISTORY,
    id::RunId,
    open_prompts::StoredPrompt,
    poll_budget::PollBudget,
    shared::{Record, Setup},
    start::Timeout,
};
use crate::{engine::Overrides, executor::Executors, workflow::Workflow};

/// The options of a run.
pub(super) struct Options<W: Workflow> {
    pub(super) id: Option<RunId>,
    pub(super) timeout: Timeout,
    pub(super) state: Option<Box<W::State>>,
    pub(super) executors: Option<Executors>,
    /// The overridden options of steps, with those of a resumed run.
    pub(super) overrides: Option<Box<Overrides>>,
    pub(super) step_events: bool,
    pub(super) event_buffer: usize,
    pub(super) event_history: usize,
    pub(super) poll_budget: PollBudget,
    pub(super) is_child: bool,
    /// Completes when the run must end, because the attempt that it belongs to has.
    pub(super) parent: Option<ParentEnd>,
    /// The collected events of a resumed run.
    pub(super) collected: Option<Box<Collected<W::Event>>>,
    /// The open prompts of a resumed run.
    pub(super) prompts: Vec<StoredPrompt<W>>,
    pub(super) record: Option<Box<Record>>,
    /// The durable run whose step creates this one.
    #[cfg(feature = "durable")]
    pub(super) durable_parent: Option<Box<DurableParent>>,
}

impl<W: Workflow> Options<W> {
    /// Returns whether only the context of a step can observe the options. Then the shared part of the run is
    /// created on first use.
    ///
    /// An id that was set counts as observable if steps are retried: it seeds [`FailedAttempt`](crate::FailedAttempt).
    pub(super) fn is_plain(&self) -> bool {
        let gives_seed = const { W::TABLE.retries() } && self.id.is_some();
        let is_default = self.executors.is_none() && self.overrides.is_none() && self.collected.is_none();
        is_default && !gives_seed && !self.is_recorded_with_parent()
    }

    pub(super) fn is_recorded_with_parent(&self) -> bool {
        matches!(self.record.as_deref(), Some(Record::WithParent { .. }))
    }

    /// Returns the setup of the shared part of the run. `observed` means that the run has a handle.
    pub(super) fn setup(self, observed: bool) -> Setup<W> {
        let is_recorded_with_parent = self.is_recorded_with_parent();
        Setup {
            spans: None,
            #[cfg(feature = "metrics")]
            meter: None,
            id: self.id.unwrap_or_else(RunId::random),
            state: self.state,
            executors: self.executors,
            overrides: self.overrides,
            internal: self.step_events,
            event_buffer: self.event_buffer,
            event_history: self.event_history,
            collected: self.collected,
            prompts: self.prompts,
            observed,
            // Without a handle, the trace could not be read.
            record: if observed || is_recorded_with_parent { self.record } else { None },
            #[cfg(feature = "durable")]
            journal: None,
        }
    }
}

impl<W: Workflow> Default for Options<W> {
    fn default() -> Self {
        Self {
            id: None,
            timeout: Timeout::Declared,
            state: None,
            executors: None,
            overrides: None,
            step_events: false,
            event_buffer: usize::MAX,
            event_history: HISTORY,
            poll_budget: PollBudget::default(),
            is_child: false,
            parent: None,
            collected: None,
            prompts: Vec::new(),
            record: None,
            #[cfg(feature = "durable")]
            durable_parent: None,
        }
    }
}
