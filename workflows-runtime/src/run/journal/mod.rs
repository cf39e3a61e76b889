//! Journaling a run before anything follows from what its steps have done.
//!
//! [`Journal`] is implemented by a host. The driver passes it a [`Record`] with the state of the run, and holds all
//! actions that follow from that state in the engine's queue until the [`Receipt`] confirms that it is durable. What
//! the run publishes is held in the [`RunJournal`] for as long.

mod adapt;
mod attempts;
mod book;
mod child;
mod deliver;
mod end;
mod failure;
mod json;
mod numbering;
mod parking;
mod plan;
mod prepared;
mod replay;
mod rewrite;
mod state_text;
mod tail;

pub(crate) use self::child::DurableParent;
pub use self::{
    adapt::{Adapted, Renames, StateChange, adapt, adapt_message, has_graph, message_for},
    attempts::{Attempts, StepAttempt, attempts},
    child::{Child, ChildOf, StartedChild},
    deliver::{accepts, deliver, is_released, release},
    parking::{is_awaited, park, waits},
    prepared::{Prepared, id_of, shared},
    replay::{ReadError, Recorded, read},
    tail::LastRecord,
};
pub(super) use self::{
    book::RunJournal,
    end::journal_end,
    json::{content_to_json, not_journaled, to_json},
    state_text::state_text,
    tail::{
        PromptChanges, TailHeader, collected_to_json, decided_to_json, held_to_json, resumed_to_json, tick_to_json,
        woken_to_json,
    },
};

use super::prompt::PromptId;
use crate::{error::RunError, sync::oneshot, workflow::Workflow};
use core::fmt;
use serde::{Serialize, de::DeserializeOwned};
use std::time::SystemTime;

/// A workflow whose runs can be durable: the items that it publishes can be serialized.
///
/// Implemented for all workflows whose stream has items that implement `Serialize` and `DeserializeOwned`, and for
/// those without a stream. Input, result, state, events and prompts of a workflow are always serializable.
#[diagnostic::on_unimplemented(
    message = "W056: runs of `{Self}` cannot be durable: the items that it publishes cannot be serialized",
    label = "its stream is not serializable",
    note = "put `#[derive(Serialize, Deserialize)]` on the items that the steps of `{Self}` publish"
)]
pub trait Durable: Workflow<Stream: Serialize + DeserializeOwned> {}

#[diagnostic::do_not_recommend]
impl<W: Workflow<Stream: Serialize + DeserializeOwned>> Durable for W {}

/// Where a run is recorded. Implemented by hosts, for each of their runs.
pub trait Journal: Send + Sync + 'static {
    /// Stores a record. Called by the task of the run, so it must not block.
    ///
    /// The records of a run must be stored in the order of the calls. At most one is not confirmed at any time, apart
    /// from the last one, which may follow an unconfirmed one.
    fn record(&self, record: Record, receipt: Receipt);

    /// The run waits for a message or for its time, `due`: no step is queued or running, and all records are confirmed. Called
    /// by the task of the run, also again and again, so it must not block. The next record ends the wait.
    fn idle(&self, due: Option<SystemTime>) {
        let _ = due;
    }

    /// The run waits for steps that are running. It continues when one of them is woken, when a message arrives, or when the
    /// run is due. Called each time after steps were polled. The next record ends the wait.
    fn pending(&self) {}

    /// Whether the run waits for its records. Asked once, before the run starts.
    fn commit(&self) -> Commit {
        Commit::default()
    }

    /// A step of the run starts a child. Called by the step, so it must not block. A host that takes the child over records
    /// it as well, and returns the handle that [`ChildOf`] makes.
    ///
    /// # Errors
    ///
    /// The child is returned, and executed in memory. That is the default.
    fn child(&self, child: Child) -> Result<StartedChild, Child> {
        Err(child)
    }

    /// An attempt of a step has ended, in any way, and with it its children. What it has led to is in the next record.
    fn attempt_over(&self, execution: u64, attempt: u32) {
        let _ = (execution, attempt);
    }

    /// This run is a child, and the step that has started it has cancelled or dropped it, or has ended.
    fn dropped(&self) {}
}

/// Whether a durable run waits until its records are durable.
///
/// Either way, records are stored in order, and nothing leaves the run before it is durable: items, prompts, answers that
/// are acknowledged, and the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Commit {
    /// A step begins once what it follows from is durable. A crash repeats only steps that had not returned, or whose
    /// return was not stored.
    #[default]
    Before,
    /// A step begins at once. A crash loses the last states that were not stored, usually those of some milliseconds: steps
    /// that have returned are executed again, also if others have begun after them.
    Behind,
}

/// What must be stored in one transaction.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Record {
    /// The [`Snapshot`](crate::Snapshot) from which the run is resumed, as JSON without the
    /// [graph](Prepared::graph): [`read`] it. It replaces the last one, and all ticks. `None` if it is that of the last
    /// record; in a record of the [`end`](Self::end), if the run cannot be resumed.
    pub snapshot: Option<String>,
    /// What has happened since the last record, as JSON, if a replay of it leads to the present state. It is appended to
    /// those since the last snapshot. Never set together with a snapshot.
    pub ticks: Option<String>,
    /// The items published since the last record.
    pub items: Vec<RecordedItem>,
    /// The prompts that are open, and were not by the last record, with their JSON.
    pub opened: Vec<(PromptId, String)>,
    /// The prompts that were open by the last record, and are not any more.
    pub closed: Vec<PromptId>,
    /// The numbers of the [delivered](deliver) messages that the snapshot or the ticks contain. They must not be delivered
    /// again.
    pub taken: Vec<u64>,
    /// When the run continues by itself: a timeout expires or a delay is over. Set with a snapshot and with ticks.
    pub due: Option<SystemTime>,
    /// How the run has ended, with its result as JSON.
    pub end: Option<Result<String, RunError>>,
    /// The error of the [`end`](Self::end) as JSON, for [`ChildOf::ended`].
    pub failure: Option<String>,
}

/// An item of a stream, in a [`Record`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedItem {
    /// The item as JSON.
    pub body: String,
    /// The attempt that has published it.
    pub by: StepAttempt,
}

/// Confirms that a [`Record`] is durable. Dropping it [releases](release) the run.
pub struct Receipt(oneshot::Sender<()>);

impl Receipt {
    fn new() -> (Self, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }

    /// The record is durable.
    pub fn confirm(self) {
        // The run may have been dropped.
        let _ = self.0.send(());
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt").finish_non_exhaustive()
    }
}
