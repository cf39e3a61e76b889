//! The events of a run, and their reader.

use super::{event_log::StoredEvent, prompt::PromptId, shared::Shared, waker_set::WaiterId};
use crate::{error::RunError, step_event::StepEvent, workflow::Workflow};
use core::fmt;
use futures_core::Stream;
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// An event of a run, as its readers see it. The order is that in which things happened.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// use workflows_runtime::RunOutcome;
///
/// #[workflow(stream = String)]
/// struct Greet;
///
/// #[workflow]
/// impl Greet {
///     #[step]
///     async fn greet(&self, ctx: &Context<Self>, Start(name): Start<String>) -> Stop<usize> {
///         ctx.publish(format!("hello {name}"));
///         Stop(name.len())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let run = Greet.run("Ann".to_owned()).start();
/// let mut events = run.events();
/// while let Some(event) = events.next().await {
///     match event {
///         RunEvent::Published(text) => assert_eq!(text, "hello Ann"),
///         RunEvent::Ended(outcome) => assert!(matches!(outcome, RunOutcome::Completed)),
///         _ => {}
///     }
/// }
/// # }
/// ```
#[non_exhaustive]
pub enum RunEvent<W: Workflow> {
    /// A step published this item.
    Published(W::Stream),
    /// A step asks for input: it returned [`InputRequired`](crate::InputRequired), or called
    /// [`ask`](crate::Context::ask) or [`ask_for`](crate::Context::ask_for). A prompt is published once. A
    /// [resumed](crate::WorkflowExt::resume) run publishes those that are open again, before all other events.
    /// See [`guide::human_in_the_loop`](crate::guide::human_in_the_loop).
    #[non_exhaustive]
    InputRequired {
        /// Identifies the prompt, for [`RunHandle::answer`](crate::RunHandle::answer).
        id: PromptId,
        /// The prompt.
        prompt: W::Prompt,
        /// Whether it was published before the run was resumed.
        republished: bool,
    },
    /// An execution of a step entered a phase. Only with [`Run::step_events`](crate::Run::step_events).
    Step(StepEvent),
    /// No step is queued or running: the run waits for a response or a timer. Published once until work
    /// resumes. A good moment for a [`Snapshot`](crate::Snapshot).
    Idle,
    /// This reader missed so many events, the oldest ones: it was created after more than
    /// [`Run::event_history`](crate::Run::event_history) of them, or is slower than
    /// [`Run::event_buffer`](crate::Run::event_buffer) allows.
    Lagged(u64),
    /// The run has ended. Exactly one, the last event, published before the result is available.
    Ended(RunOutcome),
}

/// How a run ended. See [`RunEvent::Ended`].
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Double;
/// # #[workflow]
/// # impl Double {
/// #     #[step]
/// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
/// #         Stop(n * 2)
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// let (run, mut events) = Double.run(21).start_with_events();
/// run.await?;
/// assert!(matches!(events.next().await, Some(RunEvent::Ended(RunOutcome::Completed))));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunOutcome {
    /// With a result. [`RunHandle::result`](crate::RunHandle::result) returns it.
    Completed,
    /// With an error.
    Failed(RunError),
}

impl<W: Workflow> Clone for RunEvent<W> {
    fn clone(&self) -> Self {
        match self {
            Self::Published(item) => Self::Published(item.clone()),
            Self::InputRequired { id, prompt, republished } => {
                Self::InputRequired { id: *id, prompt: prompt.clone(), republished: *republished }
            }
            Self::Step(event) => Self::Step(event.clone()),
            Self::Idle => Self::Idle,
            Self::Lagged(missed) => Self::Lagged(*missed),
            Self::Ended(outcome) => Self::Ended(outcome.clone()),
        }
    }
}

impl<W: Workflow<Stream: fmt::Debug, Prompt: fmt::Debug>> fmt::Debug for RunEvent<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(item) => f.debug_tuple("Published").field(item).finish(),
            Self::InputRequired { id, prompt, republished } => f
                .debug_struct("InputRequired")
                .field("id", id)
                .field("prompt", prompt)
                .field("republished", republished)
                .finish(),
            Self::Step(event) => f.debug_tuple("Step").field(event).finish(),
            Self::Idle => f.write_str("Idle"),
            Self::Lagged(missed) => f.debug_tuple("Lagged").field(missed).finish(),
            Self::Ended(outcome) => f.debug_tuple("Ended").field(outcome).finish(),
        }
    }
}

/// A reader of a run's events. Created by [`RunHandle::events`](crate::RunHandle::events).
///
/// A reader sees every event from its creation on, and ends after [`RunEvent::Ended`]. Events are stored until
/// each reader has read them. A reader that is created later, also after the end of the run, starts with the
/// first event while the run has published at most 1,024; then it receives [`RunEvent::Lagged`] first, and the
/// last 1,024. [`Run::event_history`](crate::Run::event_history) sets this number, and
/// [`Run::start_with_events`](crate::Run::start_with_events) creates a reader before the run starts. Dropping a
/// reader affects neither the run nor other readers. It implements [`Stream`].
pub struct EventStream<W: Workflow> {
    shared: Arc<Shared<W>>,
    /// The number of events fetched so far.
    fetched: u64,
    /// Fetched, not yet returned.
    ready: VecDeque<StoredEvent<W>>,
    waiter_id: WaiterId,
}

impl<W: Workflow> EventStream<W> {
    pub(super) fn new(shared: Arc<Shared<W>>) -> Self {
        shared.locked().event_log.add_reader();
        Self { shared, fetched: 0, ready: VecDeque::new(), waiter_id: 0 }
    }

    /// Waits for the next event. Returns `None` after the last one.
    ///
    /// Cancel-safe: an event that is not returned is returned by the next call.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(stream = u64)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #     #[step]
    /// #     async fn count(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> Stop<()> {
    /// #         (0..n).for_each(|n| ctx.publish(n));
    /// #         Stop(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let (run, mut events) = Count.run(1).start_with_events();
    /// assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    /// assert!(matches!(events.next().await, Some(RunEvent::Ended(_))));
    /// assert!(events.next().await.is_none());
    /// run.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<RunEvent<W>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Fetches what has been published, or nothing after the last event.
    #[inline(never)]
    fn poll_fetch(&mut self, cx: &Context<'_>) -> Poll<()> {
        let (more, _old_waker) = self.shared.locked().event_log.fetch(
            &self.shared.result,
            &mut self.fetched,
            &mut self.ready,
            &mut self.waiter_id,
            cx.waker(),
        );
        if self.ready.is_empty() && more { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl<W: Workflow> Drop for EventStream<W> {
    fn drop(&mut self) {
        self.shared.remove_reader(self.fetched, self.waiter_id);
    }
}

// Events are moved out, never pinned.
impl<W: Workflow> Unpin for EventStream<W> {}

impl<W: Workflow> Stream for EventStream<W> {
    type Item = RunEvent<W>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ready.is_empty() {
            ready!(this.poll_fetch(cx));
        }
        Poll::Ready(this.ready.pop_front().map(RunEvent::from))
    }
}

impl<W: Workflow> fmt::Debug for EventStream<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("run", self.shared.id()).finish_non_exhaustive()
    }
}
