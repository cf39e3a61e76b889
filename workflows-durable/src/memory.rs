//! `MemoryStore`: a store for tests.

mod children;
mod owners;

use crate::store::{
    Applied, Attempt, Change, ChangeKind, Damaged, Filter, NewItem, OwnerId, Owners, Prompt, RunInfo, RunStatus, Store,
    StoreFuture, StoredItem, StoredRun,
};
use core::fmt;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::time::Instant;
use workflows_runtime::{PromptId, RunId};

/// A store in memory, for tests. Clones share their content, so a test can stop a host and start another one.
///
/// ```
/// use workflows_durable::MemoryStore;
///
/// let store = MemoryStore::new();
/// let same = store.clone();
/// ```
#[derive(Clone)]
pub struct MemoryStore(Arc<Shared>);

struct Shared {
    content: Mutex<Content>,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

#[derive(Debug, Default)]
struct Content {
    owners: BTreeMap<OwnerId, Lease>,
    runs: BTreeMap<String, Row>,
    messages: BTreeMap<u64, Message>,
    last_run: u64,
    last_message: u64,
}

#[derive(Debug)]
struct Lease {
    until: SystemTime,
    length: Duration,
}

#[derive(Debug)]
struct Row {
    /// With its owner and epoch.
    info: RunInfo,
    graph: String,
    snapshot: Option<String>,
    /// Those since the snapshot.
    ticks: Vec<String>,
    items: Vec<StoredItem>,
    /// The attempt that has started it, if it is a child.
    child_of: Option<Attempt>,
    /// The runs that its steps have started.
    children: Vec<String>,
    /// The error of a child as JSON.
    failure: Option<String>,
    is_settled: bool,
    /// Whether it was parked, and no host has claimed it since then.
    was_parked: bool,
}

#[derive(Debug)]
struct Message {
    run: String,
    key: Option<String>,
    /// `None` once it is taken.
    body: Option<String>,
    /// Whether its owner has to fetch it.
    is_for_owner: bool,
}

impl MemoryStore {
    /// An empty store. Its leases run out by tokio's clock, which a test may
    /// [pause](https://docs.rs/tokio/latest/tokio/time/fn.pause.html).
    #[must_use]
    pub fn new() -> Self {
        let (began, at) = (SystemTime::now(), Instant::now());
        Self::with_clock(move || began + at.elapsed())
    }

    /// An empty store, whose leases run out by this clock.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use workflows_durable::MemoryStore;
    ///
    /// let store = MemoryStore::with_clock(|| SystemTime::UNIX_EPOCH);
    /// ```
    pub fn with_clock(clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared { content: Mutex::default(), clock: Box::new(clock) }))
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemoryStore").field(&self.0.content).finish()
    }
}

impl Content {
    fn apply(&mut self, change: Change) -> Applied {
        let run = change.run.to_string();
        match change.kind {
            ChangeKind::Start { parent, owner, workflow, graph, snapshot, input, due, at } => {
                if let Some(refused) = self.refuses(&run, parent.as_ref()) {
                    return refused;
                }
                self.last_run += 1;
                let mut info = RunInfo::new(run.clone(), workflow, input, at, self.last_run);
                info.owner = Some(owner);
                info.due = due;
                info.epoch = parent.as_ref().map_or(1, |parent| parent.epoch);
                info.parent = parent.as_ref().map(|parent| parent.run.clone());
                let (snapshot, ticks, items) = (Some(snapshot), Vec::new(), Vec::new());
                if let Some(parent) = &parent
                    && let Some(row) = self.runs.get_mut(parent.run.as_str())
                {
                    row.children.push(run.clone());
                }
                let (child_of, children, failure, is_settled) = (parent, Vec::new(), None, false);
                let was_parked = false;
                let row =
                    Row { info, graph, snapshot, ticks, items, child_of, children, failure, is_settled, was_parked };
                self.runs.insert(run, row);
                Applied::Done
            }
            ChangeKind::Progress { epoch, snapshot, ticks, items, again, opened, closed, taken, due, at } => {
                let Some(row) = self.owned(&run, epoch) else { return Applied::Fenced };
                if snapshot.is_some() || ticks.is_some() {
                    row.info.due = due;
                }
                if let Some(snapshot) = snapshot {
                    row.snapshot = Some(snapshot);
                    row.ticks.clear();
                }
                row.ticks.extend(ticks);
                row.change_prompts(opened, &closed);
                row.append(items, again, at);
                self.take(&taken);
                Applied::Done
            }
            ChangeKind::End { epoch, status, result, error, failure, is_dropped, snapshot, items, again, at } => {
                let Some(row) = self.owned(&run, epoch) else { return Applied::Fenced };
                row.failure = failure;
                row.is_settled = is_dropped;
                row.append(items, again, at);
                row.snapshot = snapshot;
                row.ticks.clear();
                row.info = RunInfo {
                    status,
                    owner: None,
                    result,
                    error,
                    ended: Some(at),
                    due: None,
                    is_parked: false,
                    prompts: Vec::new(),
                    ..row.info.clone()
                };
                let left: Vec<u64> = self.messages_of(&run);
                self.take(&left);
                self.end_children(&run, at, &|_| true);
                Applied::Done
            }
            ChangeKind::Settle { epoch, attempts, at } => {
                if self.owned(&run, epoch).is_none() {
                    return Applied::Fenced;
                }
                let is_over = |child: &Attempt| {
                    attempts.iter().any(|(execution, last)| child.execution == *execution && child.number <= *last)
                };
                self.end_children(&run, at, &is_over);
                Applied::Done
            }
            ChangeKind::Message { epoch, key, body, .. } => self.message(run, epoch, key, body),
            ChangeKind::Post { graph, key, body, .. } => {
                let is_other = |row: &Row| row.info.status == RunStatus::Running && row.graph != graph;
                if self.runs.get(&run).is_some_and(is_other) {
                    return Applied::Fenced;
                }
                self.message(run, None, key, body)
            }
            ChangeKind::Withdraw { number } => {
                self.messages.remove(&number);
                Applied::Done
            }
            ChangeKind::Release { epoch, was_parked } => {
                let Some(row) = self.owned(&run, epoch) else { return Applied::Fenced };
                row.info.owner = None;
                row.was_parked = was_parked;
                Applied::Done
            }
            ChangeKind::Park { epoch, children } => self.park(&run, epoch, &children),
            ChangeKind::Migrate { .. } => self.migrate(&run, change.kind),
            ChangeKind::RenameEnded { parent_epoch, workflow } => self.rename_ended(&run, parent_epoch, workflow),
            ChangeKind::Purge => self.purge(&run),
        }
    }

    fn migrate(&mut self, run: &str, change: ChangeKind) -> Applied {
        let ChangeKind::Migrate { epoch, workflow, graph, snapshot, messages, at } = change else {
            return Applied::NotFound;
        };
        let mut waiting = self.messages.iter().filter(|(_, known)| known.run == run && known.body.is_some());
        if !waiting.all(|(number, _)| messages.iter().any(|(known, _)| known == number)) {
            return Applied::Fenced;
        }
        let Some(row) = self.owned(run, epoch) else { return Applied::Fenced };
        row.info.workflow = workflow;
        row.info.updated = at;
        row.graph = graph;
        row.snapshot = Some(snapshot);
        row.ticks.clear();
        for (number, body) in messages {
            if let Some(message) = self.messages.get_mut(&number)
                && message.run == run
                && message.body.is_some()
            {
                message.body = Some(body);
            }
        }
        Applied::Done
    }

    /// The row of a running run, if the caller owns it.
    fn owned(&mut self, run: &str, epoch: u64) -> Option<&mut Row> {
        let row = self.runs.get_mut(run)?;
        if row.info.epoch == epoch && row.info.status == RunStatus::Running { Some(row) } else { None }
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
            Some(row) if epoch.is_some_and(|epoch| epoch != row.info.epoch) => Applied::Fenced,
            Some(_) => {
                self.unpark(&run);
                self.last_message += 1;
                let number = self.last_message;
                let message = Message { run, key, body: Some(body), is_for_owner: epoch.is_none() };
                self.messages.insert(number, message);
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

    fn claim(&mut self, owner: &OwnerId, runs: &[(RunId, u64)]) -> Vec<StoredRun> {
        let mut claimed = Vec::new();
        for (id, epoch) in runs {
            let Some(row) = self.runs.get(id.as_str()) else { continue };
            if row.info.epoch != *epoch || !self.is_unowned(&row.info) {
                continue;
            }
            let cursor = row.info.cursor;
            if let Some(row) = self.runs.get_mut(id.as_str()) {
                row.info.epoch += 1;
                row.info.is_parked = false;
                row.was_parked = false;
                row.info.owner = Some(owner.clone());
            }
            self.claim_children(id, owner);
            claimed.extend(self.stored(id).map(|run| (cursor, run)));
        }
        claimed.sort_by_key(|(cursor, _)| *cursor);
        claimed.into_iter().map(|(_, run)| run).collect()
    }

    /// A running run.
    fn stored(&self, id: &RunId) -> Option<StoredRun> {
        let row = self.runs.get(id.as_str())?;
        if row.info.status != RunStatus::Running {
            return None;
        }
        let snapshot = row.snapshot.clone().ok_or(Damaged { what: "snapshot" });
        let (workflow, graph) = (row.info.workflow.clone(), row.graph.clone());
        let mut run = StoredRun::new(id.clone(), workflow, graph, row.info.epoch, snapshot);
        run.ticks.extend(row.ticks.iter().cloned().map(Ok));
        for (number, message) in &self.messages {
            if message.run == *id.as_str()
                && let Some(body) = &message.body
            {
                run.messages.push((*number, Ok(body.clone())));
            }
        }
        run.children = self.unsettled(id);
        Some(run)
    }

    fn list(&self, filter: &Filter) -> Vec<RunInfo> {
        let mut runs: Vec<RunInfo> = self.runs.values().map(|row| row.info.clone()).collect();
        runs.retain(|run| {
            filter.workflow.as_ref().is_none_or(|workflow| *workflow == run.workflow)
                && filter.parent.as_ref().is_none_or(|parent| run.parent.as_ref() == Some(parent))
                && (!filter.top_level || run.parent.is_none())
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
    fn change_prompts(&mut self, opened: Vec<Prompt>, closed: &[PromptId]) {
        let prompts = &mut self.info.prompts;
        for id in closed {
            if let Ok(at) = prompts.binary_search_by_key(id, |prompt| prompt.id) {
                prompts.remove(at);
            }
        }
        for prompt in opened {
            match prompts.binary_search_by_key(&prompt.id, |prompt| prompt.id) {
                Ok(at) => prompts[at] = prompt,
                Err(at) => prompts.insert(at, prompt),
            }
        }
    }

    fn append(&mut self, items: Vec<NewItem>, mut again: Option<String>, at: SystemTime) {
        for NewItem { body, by } in items {
            let mut item = StoredItem::new(self.items.len() as u64, self.info.epoch, Ok(body));
            item.by = by;
            item.again = again.take();
            self.items.push(item);
        }
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

    fn claim(&self, owner: OwnerId, runs: Vec<(RunId, u64)>) -> StoreFuture<'_, Vec<StoredRun>> {
        Box::pin(async move { Ok(self.with_leases().claim(&owner, &runs)) })
    }

    fn owners(&self) -> &dyn Owners {
        self
    }

    fn load(&self, run: RunId) -> StoreFuture<'_, Option<StoredRun>> {
        Box::pin(async move { Ok(self.content().stored(&run)) })
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
            let fresh = usize::try_from(from).ok().and_then(|from| row.items.get(from..)).unwrap_or_default();
            Ok(fresh.iter().take(limit).cloned().collect())
        })
    }
}
