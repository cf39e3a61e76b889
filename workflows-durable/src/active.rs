//! The runs that a host executes.

use crate::{parking::Wait, recorder::Recorder};
use core::future::Future;
use std::{
    any::Any,
    collections::{HashMap, HashSet},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
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
    /// The run whose step has started it, if it is a child.
    pub(crate) parent: Option<RunId>,
    /// Notified when items are durable. Closed when the run is not executed any more.
    pub(crate) published: Arc<watch::Sender<()>>,
    /// The number of the last message from other hosts that was delivered.
    delivered: Arc<AtomicU64>,
    wait: Arc<Wait>,
    run: Arc<dyn AnyRun>,
}

trait AnyRun: Send + Sync {
    fn cancel(&self);
    fn release(&self);
    fn park(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
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

    fn park(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(durable::park(self))
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let _ = self.result().await;
        })
    }

    fn deliver(&self, body: &str, number: u64) -> Result<bool, serde_json::Error> {
        let message = serde_json::from_str(body)?;
        Ok(durable::deliver(self, message, number).is_ok())
    }
}

impl ActiveRun {
    pub(crate) fn cancel(&self) {
        self.run.cancel();
    }

    pub(crate) fn release(&self) {
        self.run.release();
    }

    /// See [`durable::park`].
    pub(crate) async fn park(&self) -> bool {
        self.run.park().await
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
    fn runs(&self) -> MutexGuard<'_, HashMap<RunId, ActiveRun>> {
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
        let parent = recorder.parent.as_ref().map(|parent| parent.run.clone());
        let mut runs = self.runs();
        let handle = Arc::new(start());
        let run = ActiveRun {
            handle: Arc::<RunHandle<W>>::clone(&handle),
            epoch,
            parent,
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

    /// Those without children whose wait is as `which` says, with their epochs.
    pub(crate) fn waiting(&self, which: impl Fn(&Wait) -> bool) -> Vec<(RunId, u64)> {
        let runs = self.runs();
        let parents: HashSet<&RunId> = runs.values().filter_map(|run| run.parent.as_ref()).collect();
        let waiting = runs.iter().filter(|(id, run)| which(&run.wait) && !parents.contains(id));
        waiting.map(|(id, run)| (id.clone(), run.epoch)).collect()
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
