//! What a run shares, as its driver has it.

use super::{RunId, Shared, Told, builder::Options, letter::Letter, shared::Setup};
use crate::{
    StepPhase, Workflow,
    core::{Config, ExecutionId},
};
use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::Waker,
};

/// What a run shares with its steps and its handle.
///
/// A run in place has no handle, and most of its steps want nothing of what is here: it is made
/// when the first one does. Until then there is nobody who could have left anything.
pub(super) enum Lazy<'a, W: Workflow> {
    There(&'a Arc<Shared<W>>),
    InPlace(OnceLock<Arc<Shared<W>>>, Mutex<Option<Box<Options<W>>>>),
}

impl<W: Workflow> Lazy<'_, W> {
    /// That of a run in place which was told this.
    pub(super) fn in_place(told: Option<Box<Options<W>>>) -> Self {
        Self::InPlace(OnceLock::new(), Mutex::new(told))
    }

    pub(super) fn get(&self) -> &Arc<Shared<W>> {
        match self {
            Self::There(shared) => shared,
            Self::InPlace(made, told) => made.get_or_init(|| {
                let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
                let untold = || Setup::untold(RunId::random(), W::State::default(), false);
                Arc::new(Shared::new(told.map_or_else(untold, |told| told.setup(false))))
            }),
        }
    }

    #[inline]
    fn peek(&self) -> Option<&Arc<Shared<W>>> {
        match self {
            Self::There(shared) => Some(shared),
            Self::InPlace(made, _) => made.get(),
        }
    }

    /// What the run asks of its core.
    pub(super) fn config(&self) -> Config {
        let unasked = || {
            // Without a name, any seed is as good as another one.
            let seed = if const { W::TABLE.retries() } { fastrand::u64(..) } else { 0 };
            Config { keeps: false, internal: false, seed }
        };
        self.peek().map_or_else(unasked, |shared| shared.config())
    }

    #[inline]
    pub(super) fn observed(&self) -> bool {
        self.peek().is_some_and(|shared| shared.observed())
    }

    #[inline]
    pub(super) fn is_asked(&self) -> bool {
        self.peek().is_some_and(|shared| shared.is_asked())
    }

    #[inline]
    pub(super) fn has_mail(&self) -> bool {
        self.peek().is_some_and(|shared| shared.has_mail())
    }

    #[inline]
    pub(super) fn has_rare(&self) -> bool {
        self.peek().is_some_and(|shared| shared.has_rare())
    }

    /// Whether there is neither mail nor anything that few runs have.
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        self.peek().is_none_or(|shared| !shared.has_mail() && !shared.has_rare())
    }

    pub(super) fn has_letters(&self) -> bool {
        self.peek().is_some_and(|shared| shared.has_letters())
    }

    pub(super) fn is_reachable(&self) -> bool {
        self.peek().is_some_and(|shared| shared.is_reachable())
    }

    pub(super) fn letters(&self) -> Vec<Letter<W>> {
        self.peek().map_or_else(Vec::new, |shared| shared.letters())
    }

    pub(super) fn ready(&self) -> Vec<u32> {
        self.peek().map_or_else(Vec::new, |shared| shared.ready())
    }

    /// Has `driver` woken by the next thing that comes; false if something has come already.
    pub(super) fn wait(&self, driver: &Waker) -> bool {
        self.peek().is_none_or(|shared| shared.wait(driver))
    }

    pub(super) fn publish(&self, event: Told<W>) {
        if let Some(shared) = self.peek() {
            shared.publish(event);
        }
    }

    #[inline]
    pub(super) fn tell(&self, step: u16, id: ExecutionId, phase: StepPhase) {
        if let Some(shared) = self.peek() {
            shared.tell(step, id, phase);
        }
    }

    /// Runs `drop`, which drops one execution: its blocking code, if any, goes on unseen.
    pub(super) fn dropping(&self, drop: impl FnOnce()) {
        match self.peek() {
            Some(shared) => shared.dropping(drop),
            None => drop(),
        }
    }

    /// From now on nothing that a step does is seen.
    pub(super) fn close(&self) {
        if let Some(shared) = self.peek() {
            shared.close();
        }
    }
}
