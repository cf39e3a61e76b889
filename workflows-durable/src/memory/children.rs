//! The children of runs in a [`MemoryStore`](super::MemoryStore).

use super::{Content, Row};
use crate::store::{Applied, Attempt, ChildEnd, ENDED_BY_PARENT, OwnerId, RunInfo, RunStatus, StoredChild};
use std::time::SystemTime;
use workflows_runtime::RunId;

impl Content {
    /// Why a run with this id cannot start. Removes an earlier child of the same parent.
    pub(super) fn refuses(&mut self, run: &str, parent: Option<&Attempt>) -> Option<Applied> {
        if let Some(Attempt { run, epoch, .. }) = parent
            && self.owned(run.as_str(), *epoch).is_none()
        {
            return Some(Applied::Fenced);
        }
        let row = self.runs.get(run)?;
        let is_same = parent.is_some_and(|parent| row.info.parent.as_ref() == Some(&parent.run));
        if !is_same || row.info.status == RunStatus::Running {
            return Some(Applied::Exists);
        }
        self.remove(run);
        None
    }

    /// The ids of the children, of those that `which` accepts, in the order of their start.
    fn children(&self, run: &str, which: impl Fn(&Row) -> bool) -> Vec<String> {
        let Some(row) = self.runs.get(run) else { return Vec::new() };
        row.children.iter().filter(|child| self.runs.get(*child).is_some_and(&which)).cloned().collect()
    }

    /// A run, its running children, and theirs.
    fn family(&self, run: &str) -> Vec<String> {
        let mut family = vec![run.to_owned()];
        let mut next = 0;
        while let Some(run) = family.get(next) {
            let children = self.children(run, is_running);
            family.extend(children);
            next += 1;
        }
        family
    }

    pub(super) fn park(&mut self, run: &str, epoch: u64, children: &[RunId]) -> Applied {
        let Some(row) = self.owned(run, epoch) else { return Applied::Fenced };
        row.info.owner = None;
        row.was_parked = true;
        let family = self.family(run);
        let has_other = family[1..].iter().any(|child| !children.iter().any(|known| known.as_str() == child));
        let has_message = self.messages.values().any(|message| message.body.is_some() && family.contains(&message.run));
        if has_other || has_message {
            return Applied::Running;
        }
        for member in family {
            if let Some(row) = self.runs.get_mut(&member) {
                row.info.owner = None;
                row.info.is_parked = true;
            }
        }
        Applied::Done
    }

    /// Ends the parking of a run, and of its family.
    pub(super) fn unpark(&mut self, run: &str) {
        let mut root = run.to_owned();
        while let Some(parent) = self.runs.get(&root).and_then(|row| row.info.parent.clone()) {
            root = parent.to_string();
        }
        for member in self.family(&root) {
            if let Some(row) = self.runs.get_mut(&member) {
                row.info.is_parked = false;
            }
        }
    }

    /// Settles the children of the attempts that `is_over` accepts, and ends those that are running.
    pub(super) fn end_children(&mut self, run: &str, at: SystemTime, is_over: &dyn Fn(&Attempt) -> bool) {
        for child in self.children(run, |row| row.child_of.as_ref().is_some_and(is_over)) {
            let Some(row) = self.runs.get_mut(&child) else { continue };
            row.is_settled = true;
            if !is_running(row) {
                continue;
            }
            row.info = RunInfo {
                status: RunStatus::Cancelled,
                owner: None,
                error: Some(ENDED_BY_PARENT.to_owned()),
                ended: Some(at),
                due: None,
                is_parked: false,
                prompts: Vec::new(),
                ..row.info.clone()
            };
            let left = self.messages_of(&child);
            self.take(&left);
            self.end_children(&child, at, &|_| true);
        }
    }

    pub(super) fn claim_children(&mut self, run: &RunId, owner: &OwnerId) {
        for child in self.children(run.as_str(), is_running) {
            if let Some(row) = self.runs.get_mut(&child) {
                row.info.epoch += 1;
                row.info.is_parked = false;
                row.info.owner = Some(owner.clone());
            }
            self.claim_children(&child.into(), owner);
        }
    }

    /// The children that are not settled.
    pub(super) fn unsettled(&self, run: &RunId) -> Vec<StoredChild> {
        let mut children = Vec::new();
        for id in self.children(run.as_str(), |row| !row.is_settled) {
            let Some(row) = self.runs.get(&id) else { continue };
            let Some(Attempt { execution, number, .. }) = row.child_of else { continue };
            let RunInfo { id, workflow, input, status, result, .. } = row.info.clone();
            let state = self.stored(&id).ok_or_else(|| ChildEnd::new(status, result, row.failure.clone()));
            children.push(StoredChild::new((id, workflow), (execution, number), input, state));
        }
        children
    }

    pub(super) fn rename_ended(&mut self, run: &str, parent_epoch: u64, workflow: String) -> Applied {
        let parent = self.runs.get(run).and_then(|row| row.info.parent.clone());
        let is_owned = parent.is_some_and(|parent| self.owned(parent.as_str(), parent_epoch).is_some());
        match self.runs.get_mut(run) {
            Some(row) if is_owned && !is_running(row) && !row.is_settled => {
                row.info.workflow = workflow;
                Applied::Done
            }
            _ => Applied::Fenced,
        }
    }

    pub(super) fn purge(&mut self, run: &str) -> Applied {
        let Some(row) = self.runs.get(run) else { return Applied::NotFound };
        let parent = row.info.parent.as_ref().and_then(|parent| self.runs.get(parent.as_str()));
        if is_running(row) || parent.is_some_and(is_running) {
            return Applied::Running;
        }
        self.remove(run);
        Applied::Done
    }

    /// Removes a run with its children.
    fn remove(&mut self, run: &str) {
        for child in self.children(run, |_| true) {
            self.remove(&child);
        }
        if let Some(Row { child_of: Some(parent), .. }) = self.runs.remove(run)
            && let Some(parent) = self.runs.get_mut(parent.run.as_str())
        {
            parent.children.retain(|child| child != run);
        }
        self.messages.retain(|_, message| message.run != run);
    }
}

fn is_running(row: &Row) -> bool {
    row.info.status == RunStatus::Running
}
