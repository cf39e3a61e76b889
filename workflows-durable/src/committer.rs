//! Group commit: the changes of all runs that wait are committed together.

use crate::{
    active::{ActiveRun, ActiveRuns},
    store::{Applied, Change, ChangeKind, Store, StoreError},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{Instant, timeout_at},
};
use workflows_runtime::durable::Receipt;

/// The most changes of one commit.
const MAX_BATCH: usize = 4096;

/// The first and the longest delay before a failed commit is repeated.
const DELAYS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// A change, and what waits for it.
pub(crate) struct Request {
    pub(crate) change: Change,
    pub(crate) reply: Reply,
}

pub(crate) enum Reply {
    /// Progress of a run, which waits until the store works again.
    Progress(Receipt),
    /// The end of a run.
    End(Receipt),
    /// The start of a child, which waits until the store works again.
    Start(oneshot::Sender<Applied>),
    /// A caller, which is refused while the store fails.
    Caller(oneshot::Sender<Result<Applied, StoreError>>),
    /// A run is parked. What takes runs over is notified: the run may be due soon, or not be parked because of a message.
    Parked(Arc<Notify>),
    /// Nothing.
    Nothing,
}

/// Whether the store works.
#[derive(Debug, Default)]
pub(crate) struct StoreHealth(Mutex<Option<(SystemTime, StoreError)>>);

impl StoreHealth {
    pub(crate) fn failure(&self) -> Option<(SystemTime, StoreError)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, error: Option<&StoreError>) {
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = match (error, failure.take()) {
            (Some(error), Some((since, _))) => Some((since, error.clone())),
            (Some(error), None) => Some((SystemTime::now(), error.clone())),
            (None, _) => None,
        };
    }
}

/// Commits all requests, until there is no sender any more.
///
/// Invariant: the changes of one run are committed in the order of their requests.
pub(crate) async fn commit_all(
    store: Arc<dyn Store>,
    mut requests: mpsc::UnboundedReceiver<Request>,
    active: Arc<ActiveRuns>,
    health: Arc<StoreHealth>,
) {
    let mut batch = Vec::new();
    let mut delay = DELAYS.0;
    while !batch.is_empty() || requests.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let mut changes = Vec::with_capacity(batch.len());
        let mut replies = Vec::with_capacity(batch.len());
        for Request { change, reply } in batch.drain(..) {
            changes.push(change);
            replies.push(reply);
        }
        let changes: Arc<[Change]> = changes.into();
        match store.commit(Arc::clone(&changes)).await {
            Ok(applied) => {
                delay = DELAYS.0;
                health.set(None);
                for ((change, reply), applied) in changes.iter().zip(replies).zip(applied) {
                    answer(change, reply, applied, &active);
                }
            }
            Err(error) => {
                health.set(Some(&error));
                for (change, reply) in changes.iter().zip(replies) {
                    postpone(Request { change: change.clone(), reply }, &error, &mut batch);
                }
                if requests.is_closed() && requests.is_empty() {
                    // The host has stopped. Without a confirmation, its runs are released.
                    return;
                }
                let until = Instant::now() + delay;
                delay = (delay * 2).min(DELAYS.1);
                wait(&mut requests, until, &error, &mut batch).await;
            }
        }
    }
}

/// Passes on what has become of a change.
fn answer(change: &Change, reply: Reply, applied: Applied, active: &ActiveRuns) {
    match reply {
        Reply::Caller(caller) => {
            // The caller may have given up.
            let _ = caller.send(Ok(applied));
        }
        Reply::Start(child) => {
            // Its parent may be gone.
            let _ = child.send(applied);
        }
        Reply::Progress(receipt) | Reply::End(receipt) if applied != Applied::Done => {
            // Another host owns the run. Without a confirmation it is released.
            drop(removed(change, active));
            drop(receipt);
        }
        Reply::Progress(receipt) => {
            if let ChangeKind::Progress { items, .. } = &change.kind
                && !items.is_empty()
            {
                active.published(&change.run);
            }
            receipt.confirm();
        }
        Reply::End(receipt) => {
            drop(removed(change, active));
            receipt.confirm();
        }
        Reply::Parked(wanted) => wanted.notify_one(),
        Reply::Nothing => {}
    }
}

/// The run of a change by its owner, which is executed no more.
fn removed(change: &Change, active: &ActiveRuns) -> Option<ActiveRun> {
    match &change.kind {
        ChangeKind::Progress { epoch, .. } | ChangeKind::End { epoch, .. } => active.remove(&change.run, *epoch),
        _ => None,
    }
}

/// Refuses a caller while the store fails, and keeps everything else.
fn postpone(request: Request, error: &StoreError, batch: &mut Vec<Request>) {
    match request.reply {
        Reply::Caller(caller) => {
            // The caller may have given up.
            let _ = caller.send(Err(error.clone()));
        }
        reply => batch.push(Request { change: request.change, reply }),
    }
}

/// Waits before a failed commit is repeated, for the last time if the host has stopped.
async fn wait(
    requests: &mut mpsc::UnboundedReceiver<Request>,
    until: Instant,
    error: &StoreError,
    batch: &mut Vec<Request>,
) {
    while let Ok(Some(request)) = timeout_at(until, requests.recv()).await {
        postpone(request, error, batch);
    }
}
