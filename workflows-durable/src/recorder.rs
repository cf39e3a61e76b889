//! `Recorder`: the journal of one run, which passes its records to the committer.

use crate::{
    children::Children,
    committer::{Reply, Request},
    host::Inner,
    parking::Wait,
    store::{Attempt, Change, ChangeKind, ENDED_BY_PARENT, NewItem, Prompt, RunStatus},
};
use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};
use tokio::sync::mpsc;
use workflows_runtime::{
    RunError, RunId,
    durable::{Child, Commit, Journal, Receipt, Record, StartedChild},
};

/// The journal of one run.
pub(crate) struct Recorder {
    pub(crate) run: RunId,
    pub(crate) epoch: u64,
    pub(crate) commit: Commit,
    /// Whether the run may be parked while its steps wait for children.
    pub(crate) parks_parents: bool,
    pub(crate) wait: Arc<Wait>,
    pub(crate) requests: mpsc::WeakUnboundedSender<Request>,
    pub(crate) host: Weak<Inner>,
    /// The attempt that has started the run, if it is a child.
    pub(crate) parent: Option<Attempt>,
    /// The parent has cancelled or dropped the run.
    pub(crate) is_dropped: AtomicBool,
    pub(crate) children: Children,
    /// The steps that have begun again, until the run publishes an item.
    pub(crate) again: Mutex<Option<String>>,
}

/// What a run continues with.
#[derive(Default)]
pub(crate) struct Life {
    pub(crate) children: Children,
    /// The steps that begin again, as JSON. `None` for a new run.
    pub(crate) again: Option<String>,
}

impl Recorder {
    /// The journal of a child.
    pub(crate) fn of_child(&self, run: RunId, epoch: u64, parent: Attempt, life: Life) -> Arc<Self> {
        let Life { children, again } = life;
        Arc::new(Self {
            run,
            epoch,
            commit: self.commit,
            parks_parents: self.parks_parents,
            wait: Arc::default(),
            requests: self.requests.clone(),
            host: Weak::clone(&self.host),
            parent: Some(parent),
            is_dropped: AtomicBool::new(false),
            children,
            again: Mutex::new(again),
        })
    }

    /// Passes a change of a run to the committer. After the stop of the host, `reply` is dropped.
    pub(crate) fn request(&self, run: RunId, kind: ChangeKind, reply: Reply) {
        if let Some(requests) = self.requests.upgrade() {
            // As after the stop.
            let _ = requests.send(Request { change: Change::new(run, kind), reply });
        }
    }

    /// Settles the children of attempts that are over.
    pub(crate) fn settle(&self, attempts: Vec<(u64, u32)>) {
        if !attempts.is_empty() {
            let kind = ChangeKind::Settle { epoch: self.epoch, attempts, at: SystemTime::now() };
            self.request(self.run.clone(), kind, Reply::Nothing);
        }
    }
}

impl Journal for Recorder {
    fn commit(&self) -> Commit {
        self.commit
    }

    fn idle(&self, due: Option<SystemTime>) {
        // Otherwise a child is in memory as long as the step that waits for it.
        if self.parent.is_none() || self.parks_parents {
            self.wait.note(due);
        }
    }

    fn pending(&self) {
        if self.parks_parents {
            self.wait.note_steps();
        }
    }

    fn child(&self, child: Child) -> Result<StartedChild, Child> {
        // Without the host, its runs are released, and nothing of them counts.
        let Some(host) = self.host.upgrade() else { return Err(child) };
        match host.workflows.get(child.workflow()) {
            Some(workflow) => workflow.child(&host, self, child),
            None => Err(child),
        }
    }

    fn attempt_over(&self, execution: u64, attempt: u32) {
        self.children.attempt_over(execution, attempt);
    }

    fn dropped(&self) {
        self.is_dropped.store(true, Ordering::Release);
    }

    fn record(&self, record: Record, receipt: Receipt) {
        self.wait.end();
        let at = SystemTime::now();
        let Record { snapshot, ticks, items, .. } = record;
        let items: Vec<NewItem> = items.into_iter().map(|item| NewItem::new(item.body, Some(item.by.into()))).collect();
        let again =
            if items.is_empty() { None } else { self.again.lock().unwrap_or_else(PoisonError::into_inner).take() };
        let Some(end) = record.end else {
            let opened = record.opened.into_iter().map(|(id, body)| Prompt { id, body }).collect();
            let (closed, taken, due, epoch) = (record.closed, record.taken, record.due, self.epoch);
            let progress =
                ChangeKind::Progress { epoch, snapshot, ticks, items, again, opened, closed, taken, due, at };
            self.request(self.run.clone(), progress, Reply::Progress(receipt));
            // Behind the record that contains what the attempts have led to.
            return self.settle(self.children.take_over());
        };
        let status = status(&end);
        let is_dropped = status == RunStatus::Cancelled && self.is_dropped.load(Ordering::Acquire);
        let (result, error) = match end {
            Ok(result) => (Some(result), None),
            Err(_) if is_dropped => (None, Some(ENDED_BY_PARENT.to_owned())),
            Err(error) => (None, Some(error.report().to_string())),
        };
        let failure = record.failure.filter(|_| self.parent.is_some());
        let epoch = self.epoch;
        let end = ChangeKind::End { epoch, status, result, error, failure, is_dropped, snapshot, items, again, at };
        self.request(self.run.clone(), end, Reply::End(receipt));
    }
}

fn status(end: &Result<String, RunError>) -> RunStatus {
    match end {
        Ok(_) => RunStatus::Completed,
        Err(RunError::Cancelled) => RunStatus::Cancelled,
        Err(RunError::TimedOut { .. }) => RunStatus::TimedOut,
        Err(RunError::Stalled { .. }) => RunStatus::Stalled,
        Err(_) => RunStatus::Failed,
    }
}
