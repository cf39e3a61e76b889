//! `MemoryStore`: a store for tests.

use crate::store::{
    Applied, Change, ChangeKind, Damaged, Filter, RunInfo, RunStatus, Store, StoreFuture, StoredItem, StoredRun,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};
use workflows_runtime::RunId;

/// A store in memory, for tests. Clones share their content, so a test can stop a host and start another one.
///
/// ```
/// use workflows_durable::MemoryStore;
///
/// let store = MemoryStore::new();
/// let same = store.clone();
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    runs: BTreeMap<String, Row>,
    messages: BTreeMap<u64, Message>,
    last_run: u64,
    last_message: u64,
}

#[derive(Debug)]
struct Row {
    info: RunInfo,
    epoch: u64,
    graph: String,
    snapshot: Option<String>,
    /// Those since the snapshot.
    ticks: Vec<String>,
    items: Vec<(u64, String)>,
}

#[derive(Debug)]
struct Message {
    run: String,
    key: Option<String>,
    /// `None` once it is taken.
    body: Option<String>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn apply(&mut self, change: Change) -> Applied {
        let run = change.run.to_string();
        match change.kind {
            ChangeKind::Start { workflow, graph, snapshot, input, at } => {
                if self.runs.contains_key(&run) {
                    return Applied::Exists;
                }
                self.last_run += 1;
                let info = RunInfo::new(run.clone(), workflow, input, at, self.last_run);
                let snapshot = Some(snapshot);
                self.runs.insert(run, Row { info, epoch: 1, graph, snapshot, ticks: Vec::new(), items: Vec::new() });
                Applied::Done
            }
            ChangeKind::Progress { epoch, snapshot, ticks, items, prompts, taken, due, at } => {
                let Some(row) = self.owned(&run, epoch) else { return Applied::Fenced };
                if snapshot.is_some() || ticks.is_some() {
                    row.info.due = due;
                }
                if let Some(snapshot) = snapshot {
                    row.snapshot = Some(snapshot);
                    row.ticks.clear();
                }
                row.ticks.extend(ticks);
                if let Some(prompts) = prompts {
                    row.info.prompts = prompts;
                }
                row.append(items, at);
                self.take(&taken);
                Applied::Done
            }
            ChangeKind::End { epoch, status, result, error, snapshot, items, at } => {
                let Some(row) = self.owned(&run, epoch) else { return Applied::Fenced };
                row.append(items, at);
                row.snapshot = snapshot;
                row.ticks.clear();
                row.info = RunInfo {
                    status,
                    result,
                    error,
                    ended: Some(at),
                    due: None,
                    prompts: Vec::new(),
                    ..row.info.clone()
                };
                let left: Vec<u64> = self.messages_of(&run);
                self.take(&left);
                Applied::Done
            }
            ChangeKind::Message { epoch, key, body, .. } => self.message(run, epoch, key, body),
            ChangeKind::Withdraw { number } => {
                self.messages.remove(&number);
                Applied::Done
            }
            ChangeKind::Purge => match self.runs.get(&run) {
                None => Applied::NotFound,
                Some(row) if row.info.status == RunStatus::Running => Applied::Running,
                Some(_) => {
                    self.runs.remove(&run);
                    self.messages.retain(|_, message| message.run != run);
                    Applied::Done
                }
            },
        }
    }

    /// The row of a running run, if the caller owns it.
    fn owned(&mut self, run: &str, epoch: u64) -> Option<&mut Row> {
        let row = self.runs.get_mut(run)?;
        if row.epoch == epoch && row.info.status == RunStatus::Running { Some(row) } else { None }
    }

    fn message(&mut self, run: String, epoch: Option<u64>, key: Option<String>, body: String) -> Applied {
        if key.is_some()
            && let Some((number, _)) = self.messages.iter().find(|(_, known)| known.run == run && known.key == key)
        {
            return Applied::Message { number: *number, is_new: false };
        }
        match self.runs.get(&run) {
            None => Applied::NotFound,
            Some(row) if row.info.status != RunStatus::Running => Applied::Ended,
            Some(row) if epoch.is_some_and(|epoch| epoch != row.epoch) => Applied::Fenced,
            Some(_) => {
                self.last_message += 1;
                let number = self.last_message;
                self.messages.insert(number, Message { run, key, body: Some(body) });
                Applied::Message { number, is_new: true }
            }
        }
    }

    fn messages_of(&self, run: &str) -> Vec<u64> {
        let messages = self.messages.iter().filter(|(_, message)| message.run == run);
        messages.map(|(number, _)| *number).collect()
    }

    /// Removes messages, and remembers their keys.
    fn take(&mut self, numbers: &[u64]) {
        for number in numbers {
            match self.messages.get_mut(number) {
                Some(message) if message.key.is_some() => message.body = None,
                Some(_) => {
                    self.messages.remove(number);
                }
                None => {}
            }
        }
    }

    fn claim(&mut self, workflows: &[String]) -> Vec<StoredRun> {
        let mut claimed = Vec::new();
        for (id, row) in &mut self.runs {
            if row.info.status != RunStatus::Running || !workflows.contains(&row.info.workflow) {
                continue;
            }
            row.epoch += 1;
            let snapshot = row.snapshot.clone().ok_or(Damaged { what: "snapshot" });
            let mut run = StoredRun::new(id.clone(), row.info.workflow.clone(), row.graph.clone(), row.epoch, snapshot);
            run.ticks.extend(row.ticks.iter().cloned().map(Ok));
            for (number, message) in &self.messages {
                if message.run == *id
                    && let Some(body) = &message.body
                {
                    run.messages.push((*number, Ok(body.clone())));
                }
            }
            claimed.push((row.info.cursor, run));
        }
        claimed.sort_by_key(|(cursor, _)| *cursor);
        claimed.into_iter().map(|(_, run)| run).collect()
    }

    fn list(&self, filter: &Filter) -> Vec<RunInfo> {
        let mut runs: Vec<RunInfo> = self.runs.values().map(|row| row.info.clone()).collect();
        runs.retain(|run| {
            filter.workflow.as_ref().is_none_or(|workflow| *workflow == run.workflow)
                && filter.status.is_none_or(|status| status == run.status)
                && filter.ended_until.is_none_or(|until| run.ended.is_some_and(|ended| ended <= until))
                && filter.after.is_none_or(|after| run.cursor > after)
        });
        runs.sort_by_key(|run| run.cursor);
        runs.truncate(filter.limit);
        runs
    }
}

impl Row {
    fn append(&mut self, items: Vec<String>, at: SystemTime) {
        let epoch = self.epoch;
        self.items.extend(items.into_iter().map(|item| (epoch, item)));
        self.info.updated = at;
    }
}

impl Store for MemoryStore {
    fn commit(&self, changes: Arc<[Change]>) -> StoreFuture<'_, Vec<Applied>> {
        Box::pin(async move {
            let mut content = self.content();
            Ok(changes.iter().map(|change| content.apply(change.clone())).collect())
        })
    }

    fn claim(&self, workflows: Vec<String>) -> StoreFuture<'_, Vec<StoredRun>> {
        Box::pin(async move { Ok(self.content().claim(&workflows)) })
    }

    fn find(&self, run: RunId) -> StoreFuture<'_, Option<RunInfo>> {
        Box::pin(async move { Ok(self.content().runs.get(&run.to_string()).map(|row| row.info.clone())) })
    }

    fn list(&self, filter: Filter) -> StoreFuture<'_, Vec<RunInfo>> {
        Box::pin(async move { Ok(self.content().list(&filter)) })
    }

    fn items(&self, run: RunId, from: u64, limit: usize) -> StoreFuture<'_, Vec<StoredItem>> {
        Box::pin(async move {
            let content = self.content();
            let Some(row) = content.runs.get(&run.to_string()) else { return Ok(Vec::new()) };
            let numbered = (0_u64..).zip(&row.items);
            let fresh = numbered.skip_while(|(number, _)| *number < from).take(limit);
            Ok(fresh.map(|(number, (epoch, body))| StoredItem::new(number, *epoch, Ok(body.clone()))).collect())
        })
    }
}
