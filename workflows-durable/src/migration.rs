//! `Migration`: continues runs of an earlier version of a program.

mod examine;
mod listed;

pub(crate) use self::examine::refused_children;
use self::{examine::Examined, listed::Listed};
use crate::{
    committer::{Reply, Request},
    error::HostError,
    family::running_children,
    host::{Host, Inner},
    store::{Applied, Change, ChangeKind, StoredRun},
};
use core::{fmt, marker::PhantomData};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::SystemTime};
use workflows_runtime::{
    RunId, Workflow,
    durable::{Durable, Renames, StateChange, adapt, adapt_message},
};

/// How often a run is tried for which messages arrive.
const ATTEMPTS: usize = 8;

/// Maps the runs that an earlier version of a program has left to this one: renames what they use, and changes their
/// states. Created by [`Host::migration`].
///
/// Runs that the program [accepts](crate::HostBuilder::start) as they are stay as they are, and so do those that a live
/// host executes. Parked runs are mapped, and stay parked.
///
/// # Children
///
/// A child is a run of its own workflow: migrate that workflow as well, in any order. A run keeps its children when its
/// steps or its workflow are renamed. The children of a parent that a live host executes stay as they are, too.
///
/// With [`rename_workflow`](Self::rename_workflow), the children that have ended and whose results their parents may still need
/// are renamed, too. Their results must read as those of `W`.
///
/// ```
/// # use workflows_durable::{Host, MemoryStore, MigrationOutcome};
/// # use workflows_runtime::prelude::*;
/// # mod old {
/// #     use super::*;
/// #     #[workflow(state = u32)] pub struct Approve;
/// #     #[workflow]
/// #     impl Approve {
/// #         #[step]
/// #         async fn ask(&self, Start(topic): Start<String>) -> InputRequired<String> {
/// #             InputRequired(topic)
/// #         }
/// #         #[step]
/// #         async fn decide(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
/// #             Stop(yes)
/// #         }
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MemoryStore::new();
/// # let first = Host::on(store.clone()).workflow(old::Approve).start().await?;
/// # let _run = first.run::<old::Approve>("tea".to_owned()).id("order-7").start().await?;
/// # first.stop().await;
/// /// It was a number, and `ask` was named `decide`.
/// #[workflow(state = String)]
/// struct Approve;
///
/// #[workflow]
/// impl Approve {
///     #[step]
///     async fn ask(&self, Start(topic): Start<String>) -> InputRequired<String> {
///         InputRequired(topic)
///     }
///     #[step]
///     async fn finish(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
///         Stop(yes)
///     }
/// }
///
/// let host = Host::on(store).workflow(Approve).start().await?;
/// let migration = host
///     .migration::<Approve>()
///     .rename_step("decide", "finish")
///     .state(|count: u32| format!("{count} drafts"));
/// for run in migration.dry_run().await? {
///     println!("{}: {}", run.id, run.outcome);
/// }
/// let migrated = migration.apply().await?;
/// assert_eq!(migrated[0].outcome, MigrationOutcome::Changed);
/// assert!(host.handle::<Approve>("order-7").is_some(), "the host continues it");
/// # Ok(())
/// # }
/// ```
#[must_use = "a migration does nothing unless it is applied"]
pub struct Migration<W> {
    host: Arc<Inner>,
    from: Option<String>,
    renames: Renames,
    state: Option<Box<StateChange>>,
    workflow: PhantomData<fn() -> W>,
}

/// What has become of a run in a [`Migration`], or would become of it.
///
/// Displayed as a line for an operator, such as ``order-7/1/1, a child of order-7: changed``.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The run.
    pub id: RunId,
    /// The run whose step has started it, if it is a child.
    pub parent: Option<RunId>,
    /// What has become of it.
    pub outcome: MigrationOutcome,
    /// The running children, and theirs, that this program cannot continue also after this migration, and why. The host
    /// [refuses](crate::Recovered::refused) the run until they are migrated as well.
    pub refused_children: Vec<(RunId, String)>,
}

/// See [`Migrated`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrationOutcome {
    /// The program accepts the run as it is.
    Accepted,
    /// The run is changed, and the program accepts it.
    Changed,
    /// The program refuses the run also when it is changed, and why. It stays as it is.
    Refused(String),
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(parent) = &self.parent {
            write!(f, ", a child of {parent}")?;
        }
        write!(f, ": {}", self.outcome)?;
        for (child, reason) in &self.refused_children {
            write!(f, "; its child {child} is refused: {reason}")?;
        }
        Ok(())
    }
}

impl fmt::Display for MigrationOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Changed => f.write_str("changed"),
            Self::Refused(reason) => write!(f, "refused: {reason}"),
        }
    }
}

impl Host {
    /// Maps the runs of an earlier version of the program, which this one [refuses](crate::Recovered::refused), to `W`.
    pub fn migration<W: Durable>(&self) -> Migration<W> {
        let host = Arc::clone(self.inner());
        Migration { host, from: None, renames: Renames::default(), state: None, workflow: PhantomData }
    }
}

impl<W: Durable> Migration<W> {
    /// The workflow had this name.
    pub fn rename_workflow(mut self, from: impl Into<String>) -> Self {
        let from = from.into();
        self.renames.workflow(&*from);
        self.from = Some(from);
        self
    }

    /// The step that is now `to` was `from`.
    pub fn rename_step(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.renames.step(from, to);
        self
    }

    /// The event that is now `to` was `from`. Names are without a path. A response or a prompt is named with its type:
    /// `.rename_event("HumanResponse<Approval>", "HumanResponse<Decision>")`.
    pub fn rename_event(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.renames.event(from, to);
        self
    }

    /// Changes the state of each run. `S` is the old type, or a [`serde_json::Value`], and `T` the new one, or a value that is
    /// serialized in the same way.
    ///
    /// A run is refused if its state is no `S`, if the new state is not that of `W`, or if `change` panics.
    pub fn state<S: DeserializeOwned, T: Serialize>(self, change: impl Fn(S) -> T + Send + Sync + 'static) -> Self {
        self.try_state(move |state| Ok::<T, String>(change(state)))
    }

    /// As [`state`](Self::state). A run for which `change` returns an error is refused with its text.
    pub fn try_state<S: DeserializeOwned, T: Serialize, E: fmt::Display>(
        mut self,
        change: impl Fn(S) -> Result<T, E> + Send + Sync + 'static,
    ) -> Self {
        self.state = Some(Box::new(move |old| {
            let old = serde_json::from_value(old).map_err(|error| format!("the state cannot be read: {error}"))?;
            let new = change(old).map_err(|error| format!("the state cannot be changed: {error}"))?;
            serde_json::to_value(new).map_err(|error| format!("the new state does not serialize: {error}"))
        }));
        self
    }

    /// Lists what [`apply`](Self::apply) would do, in the order of the runs' starts. Changes nothing.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn dry_run(&self) -> Result<Vec<Migrated>, HostError> {
        let mut migrated = Vec::new();
        for listed in self.listed().await? {
            let root = self.host.store.load(listed.root.clone()).await?;
            // Otherwise it has just ended.
            if let Some(root) = root
                && let Some(examined) = self.examine(&root, &listed.id)
            {
                migrated.push(examined.report(listed));
            }
        }
        Ok(migrated)
    }

    /// Changes the runs, each in one transaction, and takes over those that this host executes. Returns what has become of
    /// each, in the order of the runs' starts.
    ///
    /// Applied again, it finds the changed runs to be accepted. Dropped while it is awaited, it has changed some of the
    /// runs.
    ///
    /// # Errors
    ///
    /// The store fails, or the host has stopped. Some of the runs may be changed.
    pub async fn apply(&self) -> Result<Vec<Migrated>, HostError> {
        let mut migrated = Vec::new();
        for listed in self.listed().await? {
            if let Some(examined) = self.migrate(&listed).await? {
                migrated.push(examined.report(listed));
            }
        }
        self.host.lease.lock().await.examine_again();
        if self.host.beat().await? { Ok(migrated) } else { Err(HostError::Stopped) }
    }

    /// The names that the workflow has and had.
    fn names(&self) -> impl Iterator<Item = &str> {
        let from = self.from.as_deref().filter(|from| *from != W::NAME);
        core::iter::once(W::NAME).chain(from)
    }

    /// Migrates one run. `None` if it has ended, or another host has claimed it.
    async fn migrate(&self, listed: &Listed) -> Result<Option<Examined>, HostError> {
        for _ in 0..ATTEMPTS {
            let Some(root) = self.host.store.load(listed.root.clone()).await? else { return Ok(None) };
            let Some(examined) = self.examine(&root, &listed.id) else { return Ok(None) };
            if examined.change.is_none() {
                return Ok(Some(examined));
            }
            // What was read may have changed: the claim reads it again, and fences the last owner. It is a claim of the
            // whole family.
            let claim = vec![(root.id.clone(), root.epoch)];
            let claimed = self.host.store.claim(self.host.owner.clone(), claim).await?;
            let Some(root) = claimed.first() else { return Ok(None) };
            let epoch = root.epoch;
            let given_back = if listed.is_parked {
                ChangeKind::Park { epoch, children: running_children(root) }
            } else {
                ChangeKind::Release { epoch, was_parked: false }
            };
            let given_back = Change::new(root.id.clone(), given_back);
            let examined = self.examine(root, &listed.id);
            let change = examined.as_ref().and_then(|examined| examined.change.clone());
            let changes: Vec<Change> = change.into_iter().chain([given_back]).collect();
            let applied = match self.host.store.commit(changes.into()).await {
                Ok(applied) => applied,
                Err(error) => {
                    // Later, once the store works: this host owns the family, and does not execute it.
                    let kind = ChangeKind::Release { epoch, was_parked: listed.is_parked };
                    let release = Change::new(root.id.clone(), kind);
                    let _ = self
                        .host
                        .request(Request { change: release, reply: Reply::Parked(Arc::clone(&self.host.wanted)) });
                    return Err(error.into());
                }
            };
            // Fenced if a message has arrived in between.
            if !applied.contains(&Applied::Fenced) {
                return Ok(examined);
            }
        }
        Ok(None)
    }
}

impl<W: Workflow> fmt::Debug for Migration<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migration").field("workflow", &W::NAME).field("renames", &self.renames).finish_non_exhaustive()
    }
}

/// The change that makes a run one of this program, or why that is impossible.
pub(crate) fn migrated<W: Durable>(
    stored: &StoredRun,
    renames: &Renames,
    state: Option<&StateChange>,
) -> Result<Change, String> {
    let snapshot = stored.snapshot.as_ref().map_err(ToString::to_string)?;
    let mut ticks = Vec::with_capacity(stored.ticks.len());
    for body in &stored.ticks {
        ticks.push(body.as_ref().map_err(ToString::to_string)?);
    }
    let adapted = adapt::<W>(&stored.graph, snapshot, &ticks, renames, state).map_err(|error| error.to_string())?;
    let mut messages = Vec::with_capacity(stored.messages.len());
    for (number, body) in &stored.messages {
        let body = body.as_ref().map_err(ToString::to_string)?;
        let body = adapt_message::<W>(&stored.graph, body, renames).map_err(|error| error.to_string())?;
        messages.push((*number, body));
    }
    let kind = ChangeKind::Migrate {
        epoch: stored.epoch,
        workflow: W::NAME.to_owned(),
        graph: adapted.graph,
        snapshot: adapted.snapshot,
        messages,
        at: SystemTime::now(),
    };
    Ok(Change::new(stored.id.clone(), kind))
}
