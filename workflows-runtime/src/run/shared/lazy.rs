//! What a run shares, as its driver has it.

use super::{Dropping, Setup, Shared};
use crate::run::{builder::Options, event_log::StoredEvent, id::RunId, mailbox::Message};
use crate::{
    engine::{Config, ExecutionId},
    step_event::StepPhase,
    workflow::Workflow,
};
use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::Waker,
};

/// What a run shares with its steps and its handle.
///
/// A run in place has no handle, and most of its steps want nothing of what is here: it is made
/// when the first one does. Until then there is nobody who could have left anything.
pub(in crate::run) enum LazyShared<'a, W: Workflow> {
    There(&'a Arc<Shared<W>>),
    InPlace(OnceLock<Arc<Shared<W>>>, Mutex<Option<Box<Options<W>>>>),
}

impl<W: Workflow> LazyShared<'_, W> {
    /// That of a run in place which was told this.
    pub(in crate::run) fn in_place(told: Option<Box<Options<W>>>) -> Self {
        Self::InPlace(OnceLock::new(), Mutex::new(told))
    }

    pub(in crate::run) fn get(&self) -> &Arc<Shared<W>> {
        match self {
            Self::There(shared) => shared,
            Self::InPlace(made, told) => made.get_or_init(|| {
                let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
                let untold = || Setup::with_defaults(RunId::random(), W::State::default(), false);
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
    pub(in crate::run) fn config(&self) -> Config {
        let unasked = || {
            // Without a name, any seed is as good as another one.
            let seed = if const { W::TABLE.retries() } { fastrand::u64(..) } else { 0 };
            Config { keeps: false, internal: false, seed }
        };
        self.peek().map_or_else(unasked, |shared| shared.config())
    }

    #[inline]
    pub(in crate::run) fn observed(&self) -> bool {
        self.peek().is_some_and(|shared| shared.observed())
    }

    #[inline]
    pub(in crate::run) fn is_asked(&self) -> bool {
        self.peek().is_some_and(|shared| shared.is_asked())
    }

    #[inline]
    pub(in crate::run) fn has_mail(&self) -> bool {
        self.peek().is_some_and(|shared| shared.has_mail())
    }

    #[inline]
    pub(in crate::run) fn has_cold_state(&self) -> bool {
        self.peek().is_some_and(|shared| shared.has_cold_state())
    }

    /// Whether there is neither mail nor anything that few runs have.
    #[inline]
    pub(in crate::run) fn is_quiet(&self) -> bool {
        self.peek().is_none_or(|shared| !shared.has_mail() && !shared.has_cold_state())
    }

    pub(in crate::run) fn has_messages(&self) -> bool {
        self.peek().is_some_and(|shared| shared.has_messages())
    }

    pub(in crate::run) fn is_reachable(&self) -> bool {
        self.peek().is_some_and(|shared| shared.is_reachable())
    }

    pub(in crate::run) fn messages(&self) -> Vec<Message<W>> {
        self.peek().map_or_else(Vec::new, |shared| shared.messages())
    }

    pub(in crate::run) fn ready(&self) -> Vec<u32> {
        self.peek().map_or_else(Vec::new, |shared| shared.ready())
    }

    /// Has `driver` woken by the next thing that comes; false if something has come already.
    pub(in crate::run) fn wait(&self, driver: &Waker) -> bool {
        self.peek().is_none_or(|shared| shared.wait(driver))
    }

    pub(in crate::run) fn publish(&self, event: StoredEvent<W>) {
        if let Some(shared) = self.peek() {
            shared.publish(event);
        }
    }

    #[inline]
    pub(in crate::run) fn tell(&self, step: u16, id: ExecutionId, phase: StepPhase) {
        if let Some(shared) = self.peek() {
            shared.tell(step, id, phase);
        }
    }

    /// See [`Shared::dropping`].
    pub(in crate::run) fn dropping(&self) -> Option<Dropping<'_>> {
        self.peek().map(|shared| shared.dropping())
    }

    /// From now on nothing that a step does is seen.
    pub(in crate::run) fn close(&self) {
        if let Some(shared) = self.peek() {
            shared.close();
        }
    }
}
