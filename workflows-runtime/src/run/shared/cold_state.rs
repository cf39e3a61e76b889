//! State that few runs have, behind the lock of the run.

use super::{Locked, Shared};
use crate::{
    engine::ExecutionId,
    error::Parked,
    run::{
        cancellation::{CancelFlag, CancelRegistry},
        collect::{CollectKey, Collected},
        snapshot::Content,
    },
    sync::atomic::Ordering,
    workflow::Workflow,
};
use std::sync::Arc;

/// See the [module](self).
pub(in crate::run) struct ColdState<W: Workflow> {
    pub(in crate::run) collected: Option<Box<Collected<W::Event>>>,
    pub(in crate::run) cancellation: CancelRegistry,
    /// The state of a run that has ended without a result.
    pub(super) final_snapshot: Option<Arc<Content<W>>>,
    /// What steps have collected, with the number of the step, since a test last asked. `None` outside of tests.
    #[cfg(feature = "testing")]
    pub(in crate::run) collect_log: Option<Vec<(u16, W::Event)>>,
}

impl<W: Workflow> Default for ColdState<W> {
    fn default() -> Self {
        Self {
            collected: None,
            cancellation: CancelRegistry::default(),
            final_snapshot: None,
            #[cfg(feature = "testing")]
            collect_log: None,
        }
    }
}

impl<W: Workflow> ColdState<W> {
    fn is_empty(&self) -> bool {
        #[cfg(feature = "testing")]
        if self.collect_log.is_some() {
            return false;
        }
        let has_collected = match &self.collected {
            Some(collected) => !collected.is_empty(),
            None => false,
        };
        !has_collected && self.cancellation.is_empty() && self.final_snapshot.is_none()
    }
}

impl<W: Workflow> Shared<W> {
    #[cold]
    pub(super) fn is_abandoned(&self, serial: u64, attempt: u32) -> bool {
        self.cold_state(|cold_state| cold_state.cancellation.is_abandoned((serial, attempt)))
    }

    /// Calls `look` with the cold state, under the lock.
    pub(in crate::run) fn cold_state<T>(&self, look: impl FnOnce(&mut ColdState<W>) -> T) -> T {
        look(self.cold_state_in(&mut self.locked()))
    }

    pub(in crate::run) fn cold_state_in<'i>(&self, locked: &'i mut Locked<W>) -> &'i mut ColdState<W> {
        self.has_cold_state.store(true, Ordering::Release);
        locked.cold_state.get_or_insert_default()
    }

    /// Lets the driver use its fast paths again: a clone of a context or a child of a step leaves nothing.
    pub(in crate::run) fn note_empty_cold_state(&self, locked: &Locked<W>) {
        if locked.cold_state.as_ref().is_none_or(|cold_state| cold_state.is_empty()) {
            self.has_cold_state.store(false, Ordering::Release);
        }
    }

    pub(in crate::run) fn collected<T>(&self, look: impl FnOnce(&mut Option<Box<Collected<W::Event>>>) -> T) -> T {
        self.cold_state(|cold_state| look(&mut cold_state.collected))
    }

    pub(in crate::run) fn has_cold_state(&self) -> bool {
        self.has_cold_state.load(Ordering::Acquire)
    }

    /// See [`Collected::collect`]. Drops the event of an attempt that no longer counts.
    pub(crate) fn collect(
        &self,
        from: ExecutionId,
        status: Option<&CancelFlag>,
        key: CollectKey,
        event: W::Event,
        count: usize,
    ) -> Option<Vec<W::Event>> {
        if !self.counts(from, status) {
            return None;
        }
        #[cfg(feature = "testing")]
        self.log_collected(key.0, &event);
        let repeats = self.observed || W::TABLE.steps[key.0 as usize].retries;
        let mut unused = None;
        let set = self.collected(|collected| {
            // Attempts end under this lock.
            if self.is_over() || status.is_some_and(|status| !status.is_running()) {
                unused = Some(event);
                return None;
            }
            let collected = collected.get_or_insert_default();
            #[cfg(feature = "durable")]
            if self.is_journaled() {
                collected.record.get_or_insert_default();
            }
            collected.collect(from, key, event, count, repeats)
        });
        drop(unused);
        set
    }

    /// Adds the events that steps have collected to those that are parked in joins.
    pub(in crate::run) fn with_collected(&self, mut parked: Vec<Parked>) -> Vec<Parked> {
        if !self.has_cold_state() {
            return parked;
        }
        self.collected(|collected| {
            let Some(collected) = collected else { return };
            for (step, slot, events) in collected.parked() {
                let step = W::TABLE.steps[step as usize].name.to_owned();
                parked.push(Parked { step, events, missing: vec![W::TABLE.inputs[slot as usize].key.name()] });
            }
        });
        parked
    }

    /// Stores the state of a run that has ended without a result, and can be resumed.
    pub(in crate::run) fn store_final_snapshot(&self, content: Content<W>) {
        let content = Arc::new(content);
        self.cold_state(|cold_state| cold_state.final_snapshot = Some(content));
    }

    pub(in crate::run) fn final_snapshot(&self) -> Option<Arc<Content<W>>> {
        self.cold_state(|cold_state| cold_state.final_snapshot.clone())
    }
}
