//! `Store`: where runs are recorded.

pub use crate::{
    child::{Attempt, ChildEnd, ENDED_BY_PARENT, StoredChild},
    owner::{OwnerId, Owners, StoredMessage, Unowned},
    run_info::{Filter, RunInfo},
    status::RunStatus,
    wrapper::StoreWrapper,
};

use crate::step_attempt::StepAttempt;
use core::{fmt, future::Future, pin::Pin};
use std::{sync::Arc, time::SystemTime};
use workflows_runtime::{PromptId, RunId};

/// The future of a [`Store`]'s method.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where runs are recorded. Implemented by stores, called by a [`Host`](crate::Host).
///
/// A store has no threads and no cache of its own: the host collects the changes of all runs, and commits them together.
/// Every implementation must pass the tests of the module `conformance`, with the feature of that name. A store around another
/// one is a [`StoreWrapper`].
///
/// # Ownership
///
/// A run has an owner and an epoch, which each [`claim`](Self::claim) increments. A change with another epoch is
/// [`Fenced`](Applied::Fenced), and has no effect: a host that another one has replaced does no harm. [`Owners`] has the
/// leases of the hosts.
///
/// # Children
///
/// A run may be the child of another one: an [`Attempt`] of a step of its parent has [started](ChangeKind::Start) it.
///
/// * Children belong to the owner of their parent. They are never [unowned](Owners::unowned); a [`claim`](Self::claim) of a
///   run claims its running children, theirs, and so on, and increments the epochs of all of them. It returns the children
///   that are not settled.
/// * A child is *settled* once its parent does not need it any more: the attempt is over, or the parent has dropped it.
/// * Children that are running when they are settled, or when their parent ends, end as cancelled, and so do theirs.
pub trait Store: Send + Sync + 'static {
    /// Applies changes in order, in one transaction. Returns what has become of each, once all are durable.
    ///
    /// # Errors
    ///
    /// Nothing is applied. The host repeats the same changes later.
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>>;

    /// Makes `owner` the owner of those of these runs that are running, have this epoch, and have no owner that is alive.
    /// Increments their epochs, and returns them in the order of their start.
    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>>;

    /// The leases of the hosts.
    fn owners(&self) -> &dyn Owners;

    /// Reads a running run as [`claim`](Self::claim) does, and changes nothing.
    fn load(&self, run: RunId) -> StoreFuture<'_, Option<StoredRun>>;

    /// Describes a run.
    fn find(&self, run: RunId) -> StoreFuture<'_, Option<RunInfo>>;

    /// Describes the runs that match, in the order of their start.
    fn list(&self, filter: Filter) -> StoreFuture<'_, Vec<RunInfo>>;

    /// The items that a run has published, from the number `from` on, at most `limit`.
    fn items(&self, run: RunId, from: u64, limit: usize) -> StoreFuture<'_, Vec<StoredItem>>;
}

/// A change of one run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Change {
    /// The run.
    pub run: RunId,
    /// What changes.
    pub kind: ChangeKind,
}

impl Change {
    /// A change of `run`.
    pub fn new(run: impl Into<RunId>, kind: ChangeKind) -> Self {
        Self { run: run.into(), kind }
    }
}

/// What changes in a run. Texts are JSON.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ChangeKind {
    /// A run is added, with epoch 1, and a child with the epoch of its parent. [`Exists`](Applied::Exists) if there is one
    /// with this id. A child replaces one of the same parent that has ended; [`Fenced`](Applied::Fenced) if its parent is not running in the epoch of the attempt.
    Start {
        /// What has started it, if it is a child.
        parent: Option<Attempt>,
        /// The host that executes it.
        owner: OwnerId,
        /// The name of the workflow.
        workflow: String,
        /// The graph of the workflow, which a claim returns.
        graph: String,
        /// The state before the first step.
        snapshot: String,
        /// The input of the run.
        input: String,
        /// When the run ends by itself.
        due: Option<SystemTime>,
        /// The time of the start.
        at: SystemTime,
    },
    /// A running run has made progress.
    Progress {
        /// The epoch of the caller.
        epoch: u64,
        /// Replaces the snapshot of the run, and removes its ticks.
        snapshot: Option<String>,
        /// Appended to the ticks since the snapshot. Never set together with a snapshot.
        ticks: Option<String>,
        /// Appended to the items of the run.
        items: Vec<NewItem>,
        /// Stored with the first of the items: which steps have begun again in this epoch.
        again: Option<String>,
        /// Added to the open prompts. One with the same id is replaced.
        opened: Vec<Prompt>,
        /// Removed from the open prompts.
        closed: Vec<PromptId>,
        /// The messages that the snapshot or the ticks contain: they are not delivered again, and their keys are remembered.
        taken: Vec<u64>,
        /// When the run continues by itself. Without a snapshot and ticks, it is as before.
        due: Option<SystemTime>,
        /// The time of the change.
        at: SystemTime,
    },
    /// A running run has ended. Its ticks are removed.
    End {
        /// The epoch of the caller.
        epoch: u64,
        /// How it has ended.
        status: RunStatus,
        /// The result, of a run that is completed.
        result: Option<String>,
        /// The text of the error, of a run that is not.
        error: Option<String>,
        /// The error of a child, for its parent.
        failure: Option<String>,
        /// Whether the parent has dropped it: it is settled.
        is_dropped: bool,
        /// The last state, from which the run could be resumed. Removed if `None`.
        snapshot: Option<String>,
        /// Appended to the items of the run.
        items: Vec<NewItem>,
        /// Stored with the first of the items: which steps have begun again in this epoch.
        again: Option<String>,
        /// The time of the end.
        at: SystemTime,
    },
    /// A message from outside, to be delivered. [`Ended`](Applied::Ended) if the run has ended and has no message with
    /// this key.
    Message {
        /// The epoch of a caller that delivers the message itself. `None` leaves it to the owner, for which it is among
        /// the [messages](Owners::messages).
        epoch: Option<u64>,
        /// A message of the same run with the same key is not added again.
        key: Option<String>,
        /// The message.
        body: String,
        /// The time of the message.
        at: SystemTime,
    },
    /// A message as of [`Message`](Self::Message) without an epoch, from a host that may be another version of the program.
    Post {
        /// The graph whose names the message has. [`Fenced`](Applied::Fenced) if that of the run is another one.
        graph: String,
        /// As of a message.
        key: Option<String>,
        /// The message.
        body: String,
        /// The time of the message.
        at: SystemTime,
    },
    /// Attempts of a running run are over: their children are settled.
    Settle {
        /// The epoch of the caller.
        epoch: u64,
        /// The number of each execution, and that of the attempt. Earlier attempts of the execution are over, too.
        attempts: Vec<(u64, u32)>,
        /// The time of the change.
        at: SystemTime,
    },
    /// A message was refused: it is removed with its key.
    Withdraw {
        /// Its number.
        number: u64,
    },
    /// A running run has no owner any more.
    Release {
        /// The epoch of the caller.
        epoch: u64,
        /// Whether it was about to be parked: then it [was parked](Unowned::was_parked) as far as its next owner is concerned.
        was_parked: bool,
    },
    /// A running run has no owner, and needs none until a message is committed for it, or until it is due; nor do its running
    /// children, and theirs. A message for one of them, or the time of one, ends the parking of all. With a message that is
    /// not taken, or another running child, none of them is parked, and the run has no owner as if that had ended its parking:
    /// [`Running`](Applied::Running).
    Park {
        /// The epoch of the caller.
        epoch: u64,
        /// The children of the run, and theirs, that wait as it does. Those that have ended do not matter.
        children: Vec<RunId>,
    },
    /// A running run is as if another version of the program had executed it. [`Fenced`](Applied::Fenced) also if the run has
    /// a message that waits and is not among `messages`.
    Migrate {
        /// The epoch of the caller.
        epoch: u64,
        /// Replaces the name of the workflow.
        workflow: String,
        /// Replaces the graph.
        graph: String,
        /// Replaces the snapshot of the run, and removes its ticks.
        snapshot: String,
        /// Replace messages, by number. They are not taken.
        messages: Vec<(u64, String)>,
        /// The time of the change.
        at: SystemTime,
    },
    /// A child that has ended is as if a workflow of another name had executed it. [`Fenced`](Applied::Fenced) if it has not
    /// ended or is settled, or if its parent is not running in this epoch.
    RenameEnded {
        /// The epoch of its parent.
        parent_epoch: u64,
        /// Replaces the name of the workflow.
        workflow: String,
    },
    /// A run that has ended is removed, with its children. [`Running`](Applied::Running) if it has not, or is the child of one
    /// that has not.
    Purge,
}

/// What has become of a [`Change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Applied {
    /// It is applied.
    Done,
    /// A message has this number.
    Message {
        /// The number, unique in the store.
        number: u64,
        /// False if a message with the same key was there before.
        is_new: bool,
    },
    /// There is a run with this id.
    Exists,
    /// There is no such run.
    NotFound,
    /// The run is owned by another host, or has ended.
    Fenced,
    /// The run has ended.
    Ended,
    /// The run has not ended.
    Running,
}

/// An open prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Identifies the prompt in its run.
    pub id: PromptId,
    /// The prompt as JSON.
    pub body: String,
}

/// A running run that was claimed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredRun {
    /// The run.
    pub id: RunId,
    /// The name of its workflow.
    pub workflow: String,
    /// Its epoch, which its owner passes with each change.
    pub epoch: u64,
    /// The graph of its workflow.
    pub graph: String,
    /// Its last snapshot, or why it cannot be read.
    pub snapshot: Result<String, Damaged>,
    /// The ticks since the snapshot, in the order of their changes.
    pub ticks: Vec<Result<String, Damaged>>,
    /// The messages that no snapshot contains, by number.
    pub messages: Vec<(u64, Result<String, Damaged>)>,
    /// The children that are not settled, in the order of their start.
    pub children: Vec<StoredChild>,
}

impl StoredRun {
    /// A run without ticks, messages and children.
    pub fn new(
        id: impl Into<RunId>,
        workflow: String,
        graph: String,
        epoch: u64,
        snapshot: Result<String, Damaged>,
    ) -> Self {
        let (ticks, messages, children) = (Vec::new(), Vec::new(), Vec::new());
        Self { id: id.into(), workflow, epoch, graph, snapshot, ticks, messages, children }
    }
}

/// A stored value has another checksum than when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored {what} is damaged: its checksum does not match")]
pub struct Damaged {
    /// What is damaged.
    pub what: &'static str,
}

/// An item that is appended to a run's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewItem {
    /// The item as JSON.
    pub body: String,
    /// The attempt that has published it.
    pub by: Option<StepAttempt>,
}

impl NewItem {
    /// An item.
    pub fn new(body: impl Into<String>, by: Option<StepAttempt>) -> Self {
        Self { body: body.into(), by }
    }
}

/// An item of a run's stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredItem {
    /// The number, from 0 and without gaps.
    pub number: u64,
    /// The epoch of the run when it was published. A step that began before a crash publishes its items again, in the
    /// next epoch.
    pub epoch: u64,
    /// Which steps have begun again in this epoch, before the item. Set for the first item of an epoch in which the run was
    /// resumed.
    pub again: Option<String>,
    /// The item as JSON, or why it cannot be read.
    pub body: Result<String, Damaged>,
    /// The attempt that has published it. `None` for an item of an earlier version of the store.
    pub by: Option<StepAttempt>,
}

impl StoredItem {
    /// An item that is published by no known attempt.
    #[must_use]
    pub fn new(number: u64, epoch: u64, body: Result<String, Damaged>) -> Self {
        Self { number, epoch, again: None, body, by: None }
    }
}

/// A store cannot be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store failed: {message}")]
pub struct StoreError {
    message: String,
}

impl StoreError {
    /// An error with this message.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string() }
    }
}

/// The checksum that is stored beside a text: its CRC-32, as of zlib.
///
/// ```
/// # use workflows_durable::store::checksum;
/// assert_eq!(checksum("123456789"), 0xcbf4_3926);
/// ```
#[must_use]
pub fn checksum(text: &str) -> u64 {
    u64::from(crc32fast::hash(text.as_bytes()))
}

/// Whether this is the checksum of a text, as [`checksum`] or an earlier version of this crate computes it.
///
/// A text that was damaged is taken for intact with a probability of 1 : 2³², and never if all damaged bits are among 32
/// consecutive ones.
#[must_use]
pub fn is_intact(text: &str, sum: u64) -> bool {
    sum == checksum(text) || sum == fnv1a(text)
}

/// The checksum of texts that were stored before 0.1: FNV-1a with 64 bits.
fn fnv1a(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
