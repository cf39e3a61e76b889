//! The leases of a [`MemoryStore`].

use super::{Content, Lease, MemoryStore, Row};
use crate::store::{OwnerId, Owners, RunInfo, RunStatus, StoreFuture, StoredMessage, Unowned};
use std::{
    sync::MutexGuard,
    time::{Duration, SystemTime},
};
use workflows_runtime::RunId;

impl MemoryStore {
    /// The content, in which only owners that are alive have a lease.
    pub(super) fn with_leases(&self) -> MutexGuard<'_, Content> {
        let now = (self.0.clock)();
        let mut content = self.content();
        for lease in content.owners.values_mut() {
            // The clock was set back.
            lease.until = lease.until.min(now + lease.length);
        }
        content.owners.retain(|_, lease| lease.until > now);
        content
    }
}

impl Content {
    /// Whether a run may be claimed. Those without a lease are not alive.
    pub(super) fn is_unowned(&self, info: &RunInfo) -> bool {
        let is_owned = info.owner.as_ref().is_some_and(|owner| self.owners.contains_key(owner));
        info.status == RunStatus::Running && !is_owned
    }

    fn unowned(&self, workflows: &[String], after: u64, limit: usize) -> Vec<Unowned> {
        let mut unowned = Vec::new();
        for (id, Row { info, graph, was_parked, .. }) in &self.runs {
            let is_wanted = !info.is_parked && info.parent.is_none();
            if self.is_unowned(info) && is_wanted && workflows.contains(&info.workflow) && info.cursor > after {
                let (workflow, graph) = (info.workflow.clone(), graph.clone());
                let mut run = Unowned::new(id.clone(), workflow, graph, info.epoch, info.cursor);
                run.was_parked = *was_parked;
                unowned.push(run);
            }
        }
        unowned.sort_by_key(|run| run.cursor);
        unowned.truncate(limit);
        unowned
    }
}

impl Owners for MemoryStore {
    fn renew(&self, owner: OwnerId, lease: Duration) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let until = (self.0.clock)() + lease;
            let before = self.with_leases().owners.insert(owner, Lease { until, length: lease });
            Ok(before.is_some())
        })
    }

    fn retire(&self, owner: OwnerId) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.content().owners.remove(&owner);
            Ok(())
        })
    }

    fn unowned(&self, workflows: Vec<String>, after: u64, limit: usize) -> StoreFuture<'_, Vec<Unowned>> {
        Box::pin(async move { Ok(self.with_leases().unowned(&workflows, after, limit)) })
    }

    fn wake_due(&self) -> StoreFuture<'_, Option<SystemTime>> {
        Box::pin(async move {
            let now = (self.0.clock)();
            let mut content = self.content();
            let parked = |row: &&Row| row.info.is_parked;
            let is_due = |row: &&Row| row.info.due.is_some_and(|due| due <= now);
            let due: Vec<String> =
                content.runs.values().filter(parked).filter(is_due).map(|row| row.info.id.to_string()).collect();
            for run in due {
                content.unpark(&run);
            }
            Ok(content.runs.values().filter(parked).filter_map(|row| row.info.due).min())
        })
    }

    fn parked(&self) -> StoreFuture<'_, usize> {
        Box::pin(async move { Ok(self.content().runs.values().filter(|row| row.info.is_parked).count()) })
    }

    fn owned(&self, owner: OwnerId) -> StoreFuture<'_, Vec<(RunId, u64)>> {
        Box::pin(async move {
            let content = self.content();
            let runs = content.runs.values().map(|row| &row.info).filter(|info| info.owner.as_ref() == Some(&owner));
            Ok(runs.map(|info| (info.id.clone(), info.epoch)).collect())
        })
    }

    fn messages(&self, owner: OwnerId) -> StoreFuture<'_, Vec<StoredMessage>> {
        Box::pin(async move {
            let content = self.content();
            let mut messages = Vec::new();
            for (number, message) in &content.messages {
                let Some(body) = &message.body else { continue };
                let Some(row) = content.runs.get(&message.run) else { continue };
                if message.is_for_owner && row.info.owner.as_ref() == Some(&owner) {
                    messages.push(StoredMessage::new(row.info.id.clone(), *number, Ok(body.clone())));
                }
            }
            Ok(messages)
        })
    }
}
