//! The serialized state of a run.
//!
//! [`EngineState`] is everything that a run is at one moment, apart from the step futures. Field and
//! variant names are part of the snapshot format:
//!
//! | type               | fields or variants                                                        |
//! |--------------------|---------------------------------------------------------------------------|
//! | `EngineState`      | `queues` `executions` `suspended` `waits` `recovery_budgets` `batches` `root_batch` `timers` `launched` `failed` `prompts` `overrides` `ended` |
//! | `Overrides`        | a list of `Override`                                                      |
//! | `Override`         | `step` `workers` `timeout`                                                |
//! | `OverriddenTimeout` | `Declared` \| `Given`                                                    |
//! | `Queue`            | `running` `requeued` `inputs`                                             |
//! | `QueuedInput`      | `Single { input, place }` \| `Branches { events, first }`                 |
//! | `Input`            | `One` \| `Many`                                                           |
//! | `Place`            | `batch` `branch` `lineage`                                                |
//! | `Execution`        | `serial` `step` `stage` `attempt` `place` `started` `timer` `input` `sent` `duplicates` `history` |
//! | `Stage`            | `Running` \| `Suspended` \| `Woken` \| `Requeued` \| `Backoff`            |
//! | `ExecutionId`      | `serial` `slot` `attempt`                                                 |
//! | `History`          | `last_failure` `waits` `unreplayed` `open` `vacant` `remaining_timeout`            |
//! | `LastFailure`      | `error` `at`                                                              |
//! | `RecordedWait`     | `slot` `sequence` `timer` `outcome` `attached` `lost_race` `dropped_at` `prompt` `addressee` |
//! | `WaitOutcome`      | `Pending` \| `Answered` \| `TimedOut` \| `Dropped`                        |
//! | `WaitRegistry`     | `created` `pending` `blocked` `replaying` `buffered`                      |
//! | `BufferedResponse` | `event` `requeued` `addressee`                                            |
//! | `Addressee`        | `Anyone` \| `NoPrompt` \| `Prompt` \| `Unchecked`                           |
//! | `RecoveryBudgets`  | `counts` `index`                                                          |
//! | `Batch`            | `parent` `opener` `holds` `cancelled` `detached` `joins` `executions` `children` |
//! | `Join`             | `step` `gathers` `decided` `ports`                                        |
//! | `Port`             | `required` `events`                                                       |
//! | `ParkedEvent`      | `branch` `lineage` `event`                                                |
//! | `Timers`           | `created` `pending`                                                       |
//! | `Timer`            | `RunTimeout { timeout }` \| `StepTimeout { execution, timeout }` \| `Retry { execution }` \| `WaitTimeout { execution, wait }` \| `QueueTimeout { execution, timeout }` |
//! | `Slab`             | `entries` `next_vacant` `len`                                             |
//! | `Entry`            | `Vacant { next }` \| `Occupied`                                           |
//!
//! Steps, slots, batch sources and inputs are numbers of the graph, which is why a snapshot is refused if the
//! graph has changed.

#[cfg(feature = "durable")]
use super::execution::Stage;
use super::{
    batch::Batch, execution::Execution, overrides::Overrides, queue::Queue, recovery_budget::RecoveryBudgets,
    slab::Slab, timer::Timers, waiters::WaitRegistry,
};
use crate::graph::Table;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// The state of a run, apart from the step futures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EngineState<E> {
    /// One queue per step.
    pub(super) queues: Box<[Queue<E>]>,
    pub(super) executions: Slab<Execution<E>>,
    /// The number of executions whose stage is `Suspended`.
    pub(super) suspended: u32,
    /// Boxed, since most runs have none.
    pub(super) waits: Option<Box<WaitRegistry<E>>>,
    pub(super) recovery_budgets: RecoveryBudgets,
    /// Empty unless the workflow has joins.
    pub(super) batches: Slab<Batch<E>>,
    /// The batch that is the run itself. A race in it replaces it.
    pub(super) root_batch: u32,
    pub(super) timers: Timers,
    /// The number of executions launched so far, which is the last serial.
    pub(super) launched: u64,
    /// The serial of the execution whose failure has ended the run. It is the first one of a resumed run.
    pub(super) failed: Option<NonZeroU64>,
    /// The number of prompts published so far.
    pub(super) prompts: u32,
    /// The options of steps that the run overrides. Boxed, since most runs override none.
    pub(super) overrides: Option<Box<Overrides>>,
    pub(super) ended: bool,
}

impl<E> EngineState<E> {
    /// The execution whose failure has ended the run.
    pub(super) fn failed_execution(&self) -> Option<&Execution<E>> {
        let serial = self.failed?.get();
        self.executions.iter().find(|execution| execution.serial == serial)
    }

    /// The number of executions launched so far, which is the last serial.
    #[cfg(feature = "durable")]
    pub(crate) fn launched(&self) -> u64 {
        self.launched
    }

    /// The executions that have not ended, with their current or last attempts: step, serial, attempt, and whether that
    /// attempt begins again when the run is resumed.
    #[cfg(feature = "durable")]
    pub(crate) fn attempts(&self) -> impl Iterator<Item = (u16, u64, u32, bool)> + '_ {
        self.executions.iter().map(|execution| {
            let begins_again = execution.stage != Stage::Backoff;
            (execution.step, execution.serial, execution.attempt, begins_again)
        })
    }

    /// The name of the step whose failure has ended the run.
    pub(crate) fn failed_step(&self, table: &Table) -> Option<&'static str> {
        let execution = self.failed_execution()?;
        Some(table.steps.get(execution.step as usize)?.name)
    }
}
