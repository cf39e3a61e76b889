//! An execution that is being dropped, and the worker that it holds while its blocking code runs.

use super::{Shared, mark};
use crate::{
    engine::ExecutionId,
    executor::{Holding, hold_withdrawn},
    run::message::Message,
    sync::atomic::Ordering,
    workflow::Workflow,
};
use std::sync::{Arc, Weak};

/// See [`Shared::dropping`]. Resets the flag also if the drop of a future panics.
#[must_use = "the execution counts as being dropped only until this is dropped"]
pub(in crate::run) struct Dropping {
    on_end: Arc<dyn EndDropping>,
    _holding: Option<Holding>,
}

/// [`Shared`] without its type.
trait EndDropping: Send + Sync {
    fn end_dropping(&self);
}

impl<W: Workflow> EndDropping for Shared<W> {
    fn end_dropping(&self) {
        self.dropping.store(0, Ordering::Release);
    }
}

impl Drop for Dropping {
    fn drop(&mut self) {
        self.on_end.end_dropping();
    }
}

/// The worker of a dropped execution. Dropping it reports to the driver that the execution's code has ended.
struct HeldWorker<W: Workflow> {
    shared: Weak<Shared<W>>,
    execution: ExecutionId,
}

impl<W: Workflow> Drop for HeldWorker<W> {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.push_message(Message::Vacated(self.execution));
        }
    }
}

impl<W: Workflow> Shared<W> {
    /// Marks an execution as being dropped, until the guard is dropped. Its blocking code that still runs is abandoned.
    /// If it `holds` its worker, the driver receives
    /// [`Message::Vacated`] once none of that code runs.
    pub(in crate::run) fn dropping(self: &Arc<Self>, execution: ExecutionId, holds: bool) -> Dropping {
        self.dropping.store(mark(execution), Ordering::Release);
        let holding = if holds {
            let shared = Arc::downgrade(self);
            Some(hold_withdrawn(Arc::new(HeldWorker { shared, execution })))
        } else {
            None
        };
        Dropping { on_end: Arc::<Self>::clone(self), _holding: holding }
    }
}
