//! The shared side of a run, created when it is needed.

use super::{Setup, Shared};
use crate::{
    run::{id::RunId, options::Options},
    sync::{Mutex, OnceLock},
    workflow::Workflow,
};
use std::sync::{Arc, PoisonError};

/// The [`Shared`] of a run.
///
/// A run in place has no handle, and most of its steps need no shared data. Such a run allocates it only
/// when the first step does. Until then there are no messages, and no reader of events.
pub(in crate::run) enum LazyShared<'a, W: Workflow> {
    Started(&'a Arc<Shared<W>>),
    InPlace(OnceLock<Arc<Shared<W>>>, Mutex<Option<Box<Options<W>>>>),
}

impl<W: Workflow> LazyShared<'_, W> {
    pub(in crate::run) fn in_place(options: Option<Box<Options<W>>>) -> Self {
        Self::InPlace(OnceLock::new(), Mutex::new(options))
    }

    /// The shared side, if it exists.
    #[inline]
    pub(in crate::run) fn get(&self) -> Option<&Arc<Shared<W>>> {
        match self {
            Self::Started(shared) => Some(shared),
            Self::InPlace(shared, _) => shared.get(),
        }
    }

    /// The shared side, which is created if it does not exist.
    pub(in crate::run) fn get_or_init(&self) -> &Arc<Shared<W>> {
        match self {
            Self::Started(shared) => shared,
            Self::InPlace(shared, options) => shared.get_or_init(|| {
                let setup = match options.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    Some(options) => options.setup(false),
                    None => Setup::new(RunId::random(), false),
                };
                Arc::new(Shared::new(setup.traced()))
            }),
        }
    }
}
