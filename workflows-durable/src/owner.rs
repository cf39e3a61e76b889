//! `Owners`: which host executes which runs of a store.

use crate::store::{Damaged, StoreFuture};
use core::fmt;
use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, SystemTime},
};
use workflows_runtime::RunId;

/// Identifies a host among all that use a store.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnerId(Arc<str>);

impl OwnerId {
    /// A new one: the number of the process, and 64 random bits.
    ///
    /// ```
    /// use workflows_durable::store::OwnerId;
    ///
    /// assert_ne!(OwnerId::random(), OwnerId::random());
    /// ```
    #[must_use]
    pub fn random() -> Self {
        // A hasher of the standard library has random keys.
        let number = RandomState::new().hash_one(0);
        Self(format!("{}-{number:016x}", std::process::id()).into())
    }

    /// The text that a store holds.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for OwnerId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnerId({})", self.0)
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The leases of the hosts that use a store. Implemented by stores.
///
/// An owner is alive while its lease has not run out, by the clock of the store. Clocks of hosts are never compared. If
/// the clock of the store jumps, a lease ends early, or lasts at most its length longer than without the jump. A store that
/// knows otherwise that a host is dead may end its lease at once.
///
/// A lease decides who may claim a run; it does not decide whose changes count. That is the epoch, so a host whose
/// lease has run out unnoticed does no harm.
pub trait Owners: Send + Sync {
    /// Gives an owner a lease from now on. Returns false if it had none, or if that had run out: other hosts may have
    /// claimed its runs.
    fn renew(&self, owner: OwnerId, lease: Duration) -> StoreFuture<'_, bool>;

    /// Ends the lease of an owner: its runs may be claimed.
    fn retire(&self, owner: OwnerId) -> StoreFuture<'_, ()>;

    /// The running runs of these workflows without an owner that is alive, which are not parked, in the order of their start: at most `limit`,
    /// after the one with the [cursor](Unowned::cursor) `after`.
    fn unowned(&self, workflows: Vec<String>, after: u64, limit: usize) -> StoreFuture<'_, Vec<Unowned>>;

    /// Ends the parking of the runs that are due, and of those that were [parked](crate::store::ChangeKind::Park) with them, by
    /// the clock of the store. Returns when the next one is due.
    fn wake_due(&self) -> StoreFuture<'_, Option<SystemTime>>;

    /// The number of runs that are parked, of all workflows and with their children.
    fn parked(&self) -> StoreFuture<'_, usize>;

    /// The running runs of an owner, whose lease may have run out, with their epochs.
    fn owned(&self, owner: OwnerId) -> StoreFuture<'_, Vec<(RunId, u64)>>;

    /// The messages for running runs of an owner that were committed without an
    /// [epoch](crate::store::ChangeKind::Message::epoch) and are not taken, by number.
    fn messages(&self, owner: OwnerId) -> StoreFuture<'_, Vec<StoredMessage>>;
}

/// A running run that may be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unowned {
    /// The run.
    pub id: RunId,
    /// The name of its workflow.
    pub workflow: String,
    /// The graph of its workflow.
    pub graph: String,
    /// Its epoch. A claim names it, so it claims what was examined.
    pub epoch: u64,
    /// Its place in the order of starts.
    pub cursor: u64,
    /// Whether it has no owner because it was [parked](crate::store::ChangeKind::Park): no host has claimed it since then.
    /// Otherwise its owner is not alive, or has [released](crate::store::ChangeKind::Release) it.
    pub was_parked: bool,
}

impl Unowned {
    /// A run that may be claimed, and was not parked.
    pub fn new(id: impl Into<RunId>, workflow: String, graph: String, epoch: u64, cursor: u64) -> Self {
        Self { id: id.into(), workflow, graph, epoch, cursor, was_parked: false }
    }
}

/// A message that another host, or another process, has committed for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredMessage {
    /// The run.
    pub run: RunId,
    /// Its number.
    pub number: u64,
    /// The message, or why it cannot be read.
    pub body: Result<String, Damaged>,
}

impl StoredMessage {
    /// A message.
    pub fn new(run: impl Into<RunId>, number: u64, body: Result<String, Damaged>) -> Self {
        Self { run: run.into(), number, body }
    }
}
