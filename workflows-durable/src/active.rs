//! The runs that a host executes.

use crate::{parking::Wait, recorder::Recorder, store::Attempt};
use core::future::Future;
use std::{
    any::Any,
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use workflows_runtime::{
    RunHandle, RunId,
    durable::{self, Durable},
};

/// The runs that are being executed, by id.
#[derive(Default)]
pub(crate) struct ActiveRuns(Mutex<HashMap<RunId, ActiveRun>>);

/// A run without its type.
#[derive(Clone)]
pub(crate) struct ActiveRun {
    /// An `Arc<RunHandle<W>>`.
    pub(crate) handle: Arc<dyn Any + Send + Sync>,
    pub(crate) epoch: u64,
    /// The attempt that has started it, if it is a child.
    pub(crate) child_of: Option<Attempt>,
    /// Notified when items are durable. Closed when the run is not executed any more.
    pub(crate) published: Arc<watch::Sender<()>>,
    /// The number of the last message from other hosts that was delivered.
    delivered: Arc<AtomicU64>,
    pub(crate) wait: Arc<Wait>,
    run: Arc<dyn AnyRun>,
}

trait AnyRun: Send + Sync {
    fn cancel(&self);
    fn release(&self);
    fn waits(&self, parents: Vec<u64>, time: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
    fn park(&self, parents: Vec<u64>, time: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
    fn is_awaited(&self) -> bool;
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// Returns false if the run refuses the message, and an error if it cannot be read.
    fn deliver(&self, body: &str, number: u64) -> Result<bool, serde_json::Error>;
}

impl<W: Durable> AnyRun for RunHandle<W> {
    fn cancel(&self) {
        Self::cancel(self);
    }

    fn release(&self) {
        durable::release(self);
    }

    fn waits(&self, parents: Vec<u64>, time: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(durable::waits(self, parents, time))
    }

    fn park(&self, parents: Vec<u64>, time: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(durable::park(self, parents, time))
    }

    fn is_awaited(&self) -> bool {
        durable::is_awaited(self)
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let _ = self.result().await;
        })
    }

    fn deliver(&self, body: &str, number: u64) -> Result<bool, serde_json::Error> {
        let message = serde_json::from_str(body)?;
        // One that was released has not refused it: its next life finds it.
        Ok(durable::deliver(self, message, number).is_ok() || durable::is_released(self))
    }
}

impl ActiveRun {
    pub(crate) fn cancel(&self) {
        self.run.cancel();
    }

    pub(crate) fn release(&self) {
        self.run.release();
    }

    /// See [`durable::waits`].
    pub(crate) async fn waits(&self, parents: Vec<u64>, time: Duration) -> bool {
        self.run.waits(parents, time).await
    }

    /// See [`durable::park`].
    pub(crate) async fn park(&self, parents: Vec<u64>, time: Duration) -> bool {
        self.run.park(parents, time).await
    }

    /// Whether the step that has started it awaits its result.
    pub(crate) fn is_awaited(&self) -> bool {
        self.run.is_awaited()
    }

    pub(crate) async fn ended(&self) {
        self.run.ended().await;
    }

    /// Delivers a message of another host once. Returns false if the run refuses it.
    pub(crate) fn deliver(&self, body: &str, number: u64) -> bool {
        if self.delivered.fetch_max(number, Ordering::Relaxed) >= number {
            return true;
        }
        // One that cannot be read stays in the store, and the next owner reports it.
        self.run.deliver(body, number).unwrap_or(true)
    }
}

impl ActiveRuns {
    pub(crate) fn runs(&self) -> MutexGuard<'_, HashMap<RunId, ActiveRun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a run and adds it. Under one lock: its end removes it, and must come later. `delivered` is the number of its
    /// last message.
    pub(crate) fn start<W: Durable>(
        &self,
        recorder: &Recorder,
        delivered: u64,
        start: impl FnOnce() -> RunHandle<W>,
    ) -> Arc<RunHandle<W>> {
        let (epoch, wait) = (recorder.epoch, Arc::clone(&recorder.wait));
        let child_of = recorder.parent.clone();
        let mut runs = self.runs();
        let handle = Arc::new(start());
        let run = ActiveRun {
            handle: Arc::<RunHandle<W>>::clone(&handle),
            epoch,
            child_of,
            published: Arc::new(watch::Sender::new(())),
            delivered: Arc::new(AtomicU64::new(delivered)),
            wait,
            run: Arc::<RunHandle<W>>::clone(&handle),
        };
        let lost = runs.insert(handle.id().clone(), run);
        drop(runs);
        if let Some(lost) = lost {
            // Another host has owned the run in between.
            lost.release();
        }
        handle
    }

    pub(crate) fn get(&self, id: &RunId) -> Option<ActiveRun> {
        self.runs().get(id).cloned()
    }

    /// Removes a run, unless the host has claimed it again since this epoch.
    pub(crate) fn remove(&self, id: &RunId, epoch: u64) -> Option<ActiveRun> {
        let mut runs = self.runs();
        if runs.get(id)?.epoch == epoch { runs.remove(id) } else { None }
    }

    /// Another host owns the run: its steps are dropped.
    pub(crate) fn lose(&self, id: &RunId, epoch: u64) {
        if let Some(run) = self.remove(id, epoch) {
            run.release();
        }
    }

    pub(crate) fn epochs(&self) -> Vec<(RunId, u64)> {
        self.runs().iter().map(|(id, run)| (id.clone(), run.epoch)).collect()
    }

    /// Items of a run are durable.
    pub(crate) fn published(&self, id: &RunId) {
        if let Some(run) = self.runs().get(id) {
            run.published.send_replace(());
        }
    }

    /// No run is executed any more.
    pub(crate) fn clear(&self) {
        let removed = std::mem::take(&mut *self.runs());
        drop(removed);
    }

    pub(crate) fn all(&self) -> Vec<ActiveRun> {
        self.runs().values().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.runs().len()
    }
}
