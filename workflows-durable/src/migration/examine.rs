//! What becomes of a run in a migration.

use super::{Listed, Migrated, Migration, MigrationOutcome, migrated};
use crate::{
    host::Inner,
    store::{Change, ChangeKind, ChildEnd, RunStatus, StoredChild, StoredRun},
};
use workflows_runtime::{
    RunId,
    durable::{Durable, Renames},
};

/// What becomes of a run.
pub(super) struct Examined {
    outcome: MigrationOutcome,
    refused_children: Vec<(RunId, String)>,
    /// How it is changed.
    pub(super) change: Option<Change>,
}

impl Examined {
    pub(super) fn report(self, listed: Listed) -> Migrated {
        let Self { outcome, refused_children, .. } = self;
        Migrated { id: listed.id, parent: listed.parent, outcome, refused_children }
    }
}

/// A run in the family of a stored one.
enum Member<'a> {
    Running(&'a StoredRun),
    /// A child that has ended, and the epoch of its parent.
    Ended(u64, &'a StoredChild, &'a ChildEnd),
}

fn member<'a>(root: &'a StoredRun, id: &RunId) -> Option<Member<'a>> {
    let mut runs = vec![root];
    while let Some(run) = runs.pop() {
        if run.id == *id {
            return Some(Member::Running(run));
        }
        for child in &run.children {
            match &child.state {
                Ok(running) => runs.push(running),
                Err(end) if child.id == *id => return Some(Member::Ended(run.epoch, child, end)),
                Err(_) => {}
            }
        }
    }
    None
}

impl<W: Durable> Migration<W> {
    /// What becomes of a run in the family of `root`. `None` if it has ended, and no run needs it.
    pub(super) fn examine(&self, root: &StoredRun, id: &RunId) -> Option<Examined> {
        let (refused_children, (outcome, change)) = match member(root, id)? {
            Member::Running(run) => (self.refused_children(run), self.examine_running(run)),
            Member::Ended(epoch, child, end) => (Vec::new(), examine_ended::<W>(epoch, child, end)?),
        };
        Some(Examined { outcome, refused_children, change })
    }

    fn examine_running(&self, stored: &StoredRun) -> (MigrationOutcome, Option<Change>) {
        let is_renamed = stored.workflow != W::NAME;
        if !is_renamed && migrated::<W>(stored, &Renames::default(), None).is_ok() {
            return (MigrationOutcome::Accepted, None);
        }
        match migrated::<W>(stored, &self.renames, self.state.as_deref()) {
            Ok(change) => (MigrationOutcome::Changed, Some(change)),
            Err(reason) => (MigrationOutcome::Refused(reason), None),
        }
    }

    /// The running children of a run, and theirs, that this program cannot continue also after this migration.
    fn refused_children(&self, run: &StoredRun) -> Vec<(RunId, String)> {
        refused_children(run, &|child| {
            if !self.names().any(|name| name == child.workflow) {
                return self.host.refusal(child);
            }
            match self.examine_running(child).0 {
                MigrationOutcome::Refused(reason) => Some(reason),
                MigrationOutcome::Accepted | MigrationOutcome::Changed => None,
            }
        })
    }
}

/// Only the name of its workflow changes, by which its parent finds it.
fn examine_ended<W: Durable>(
    epoch: u64,
    child: &StoredChild,
    end: &ChildEnd,
) -> Option<(MigrationOutcome, Option<Change>)> {
    if child.workflow == W::NAME {
        return None;
    }
    if end.status == RunStatus::Completed {
        let result = end.result.as_deref().unwrap_or_default();
        if let Err(error) = serde_json::from_str::<W::Output>(result) {
            let reason = format!("its result cannot be read: {error}");
            return Some((MigrationOutcome::Refused(reason), None));
        }
    }
    let rename = ChangeKind::RenameEnded { parent_epoch: epoch, workflow: W::NAME.to_owned() };
    Some((MigrationOutcome::Changed, Some(Change::new(child.id.clone(), rename))))
}

impl Inner {
    /// Why this program cannot continue a stored run, its children aside.
    pub(crate) fn refusal(&self, stored: &StoredRun) -> Option<String> {
        let Some(workflow) = self.workflows.get(&*stored.workflow) else {
            return Some(format!("workflow `{}` is not hosted", stored.workflow));
        };
        if workflow.has_graph(&stored.graph) { workflow.check(stored).err() } else { workflow.adapt(stored).err() }
    }
}

/// The running children of a run, and theirs, that are refused, and why.
pub(crate) fn refused_children(
    run: &StoredRun,
    refusal: &dyn Fn(&StoredRun) -> Option<String>,
) -> Vec<(RunId, String)> {
    let mut refused = Vec::new();
    let mut runs = vec![run];
    while let Some(run) = runs.pop() {
        for child in run.children.iter().filter_map(|child| child.state.as_ref().ok()) {
            match refusal(child) {
                Some(reason) => refused.push((child.id.clone(), reason)),
                None => runs.push(child),
            }
        }
    }
    refused
}
