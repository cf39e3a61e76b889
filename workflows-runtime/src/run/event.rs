//! What a run tells the outside while it goes on.

use super::{event_log::WaiterId, shared::Shared};
use crate::{error::RunError, step_event::StepEvent, workflow::Workflow};
use core::fmt;
use futures_core::Stream;
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// One item of a run's stream, in the order in which things happened.
pub enum RunEvent<W: Workflow> {
    /// A step published this.
    Published(W::Stream),
    /// The outside is asked for something: a step returned it, or a body asks it. Each is told once; a
    /// [resumed](crate::WorkflowExt::resume) run does not tell it again. See [`guide::human_in_the_loop`](crate::guide::human_in_the_loop).
    InputRequired(W::Prompt),
    /// A step came to another phase; only where [`Run::step_events`](crate::Run::step_events) asks for
    /// it.
    Step(StepEvent),
    /// Nothing is queued or running: the run waits for the outside. Reported once, until work resumes
    /// again. A good moment for a [`Snapshot`](crate::Snapshot).
    Idle,
    /// This reader came too late for so many items; only where
    /// [`Run::event_buffer`](crate::Run::event_buffer) bounds what is kept.
    Lagged(u64),
    /// The run is over. There is exactly one, the last item, and it is there before the result is.
    Ended(RunOutcome),
}

/// How a run ended.
#[derive(Debug, Clone)]
pub enum RunOutcome {
    /// With a result, which the handle has.
    Completed,
    /// Without one.
    Failed(RunError),
}

impl<W: Workflow> Clone for RunEvent<W> {
    fn clone(&self) -> Self {
        match self {
            Self::Published(item) => Self::Published(item.clone()),
            Self::InputRequired(prompt) => Self::InputRequired(prompt.clone()),
            Self::Step(event) => Self::Step(event.clone()),
            Self::Idle => Self::Idle,
            Self::Lagged(missed) => Self::Lagged(*missed),
            Self::Ended(finish) => Self::Ended(finish.clone()),
        }
    }
}

impl<W: Workflow<Stream: fmt::Debug, Prompt: fmt::Debug>> fmt::Debug for RunEvent<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(item) => f.debug_tuple("Published").field(item).finish(),
            Self::InputRequired(prompt) => f.debug_tuple("InputRequired").field(prompt).finish(),
            Self::Step(event) => f.debug_tuple("Step").field(event).finish(),
            Self::Idle => f.write_str("Idle"),
            Self::Lagged(missed) => f.debug_tuple("Lagged").field(missed).finish(),
            Self::Ended(finish) => f.debug_tuple("Ended").field(finish).finish(),
        }
    }
}

/// Reads a run's events from the first one on; ends after [`RunEvent::Ended`].
///
/// Made by [`RunHandle::events`](crate::RunHandle::events). Several readers of one run each see
/// everything, also after the run has ended. Dropping one changes nothing for the run or the
/// others. `next` is cancel-safe: an item is handed out or stays to be read.
pub struct EventStream<W: Workflow> {
    shared: Arc<Shared<W>>,
    /// How many of the run's events have been fetched.
    fetched: u64,
    /// Fetched, and not yet handed out.
    ready: VecDeque<RunEvent<W>>,
    waiter_id: WaiterId,
}

impl<W: Workflow> EventStream<W> {
    pub(super) fn new(shared: Arc<Shared<W>>) -> Self {
        shared.locked().event_log.add_reader();
        Self { shared, fetched: 0, ready: VecDeque::new(), waiter_id: 0 }
    }

    /// The next event, or `None` after the last one.
    pub async fn next(&mut self) -> Option<RunEvent<W>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<W: Workflow> Drop for EventStream<W> {
    fn drop(&mut self) {
        self.shared.remove_reader(self.waiter_id);
    }
}

// No item is pinned: they are moved out.
impl<W: Workflow> Unpin for EventStream<W> {}

impl<W: Workflow> Stream for EventStream<W> {
    type Item = RunEvent<W>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(event) = this.ready.pop_front() {
            return Poll::Ready(Some(event));
        }
        let (more, _old_waker) = this.shared.locked().event_log.fetch(
            &this.shared.result,
            &mut this.fetched,
            &mut this.ready,
            &mut this.waiter_id,
            cx.waker(),
        );
        match this.ready.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if more => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

impl<W: Workflow> fmt::Debug for EventStream<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("run", self.shared.id()).finish_non_exhaustive()
    }
}
