//! Options for what a run shows: its events, its trace and overruns of the poll budget.

use super::{builder::Run, poll_budget::Overrun, shared::Record};
use crate::{engine::Time, workflow::Workflow};
use std::time::Duration;

impl<W: Workflow> Run<W> {
    /// Whether the run publishes every phase of every execution on its stream, as
    /// [`RunEvent::Step`](crate::RunEvent::Step). Default: `false`.
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
    /// let (run, mut events) = Double.run(21).step_events(true).start_with_events();
    /// run.await?;
    /// let Some(RunEvent::Step(event)) = events.next().await else { panic!() };
    /// assert_eq!((event.step, event.phase), ("double", StepPhase::Running));
    /// # Ok(())
    /// # }
    /// ```
    pub fn step_events(mut self, enabled: bool) -> Self {
        self.options().step_events = enabled;
        self
    }

    /// Records a trace of the run and its children, for [`RunHandle::trace`](crate::RunHandle::trace). Default: nothing is recorded.
    ///
    /// The trace holds all attempts that have not ended and the last ones that have, at most `limit` of the latter, at
    /// least 1; children count together with their parent. Its summaries of the steps count all attempts. A recorded run
    /// takes no fast paths from step to step. A run that is awaited in place has no handle, and
    /// records nothing unless it is the child of a recorded run. A child is recorded with its parent, whatever its own
    /// limit.
    ///
    /// A snapshot contains no trace: that of a resumed run begins with the resume.
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
    /// let run = Double.run(21).record_trace(1_000).start();
    /// run.result().await?;
    /// assert_eq!(run.trace().unwrap().steps[0].completed, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn record_trace(mut self, limit: usize) -> Self {
        let before = self.as_new().first.time() - Time::default();
        let options = self.options();
        if !options.is_recorded_with_parent() {
            options.record = Some(Box::new(Record::Itself { limit, before }));
        }
        self
    }

    /// Limits how many events are stored for readers, at least 1. A reader that is too slow receives
    /// [`Lagged`](crate::RunEvent::Lagged). Default: no limit; an event is stored until each reader has read it.
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
    /// let (run, mut events) = Count.run(5).event_buffer(2).start_with_events();
    /// run.await?;
    /// // The two events that are stored: the last number and the end of the run.
    /// assert!(matches!(events.next().await, Some(RunEvent::Lagged(4))));
    /// assert!(matches!(events.next().await, Some(RunEvent::Published(4))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn event_buffer(mut self, events: usize) -> Self {
        self.options().event_buffer = events.max(1);
        self
    }

    /// Sets how many events are stored for readers that are created later, while a handle exists. Default: 1,024.
    /// `usize::MAX` stores all events until the handle is dropped.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(stream = u64)] struct Count;
    /// #[workflow]
    /// impl Count {
    ///     #[step]
    ///     async fn count(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> Stop<()> {
    ///         (0..n).for_each(|n| ctx.publish(n));
    ///         Stop(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Count.run(5).event_history(2).start();
    /// run.result().await?;
    /// let mut late = run.events();
    /// assert!(matches!(late.next().await, Some(RunEvent::Lagged(3))));
    /// assert!(matches!(late.next().await, Some(RunEvent::Published(3))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn event_history(mut self, events: usize) -> Self {
        self.options().event_history = events;
        self
    }

    /// Sets how long one poll of a step may take before it counts as an overrun, that is, before the step is
    /// considered to block the executor. Default: 10 ms, in real time. [`Duration::MAX`] disables it.
    ///
    /// Short polls are timed in groups to make it cheap. After an overrun, and with [`Overrun::Fail`] or
    /// [`Self::step_events`], each poll is timed. A run that is awaited in place is timed only while a
    /// `tracing` subscriber receives warnings.
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
    /// let run = Double.run(21).poll_budget(Duration::from_millis(1)).start();
    /// assert_eq!(run.result().await?, 42);
    /// assert_eq!(run.overruns(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_budget(mut self, budget: Duration) -> Self {
        self.options().poll_budget.set_budget(budget);
        self
    }

    /// Sets the reaction to a poll that exceeds the budget. Default: [`Overrun::Warn`].
    ///
    /// ```
    /// # use workflows_runtime::{Overrun, PollOverrun, prelude::*};
    /// # #[workflow] struct Sum;
    /// #[workflow]
    /// impl Sum {
    ///     #[step]
    ///     async fn sum(&self, Start(n): Start<u64>) -> Stop<u64> {
    ///         let start = std::time::Instant::now();
    ///         while start.elapsed() < Duration::from_millis(2) {}
    ///         Stop((1..=n).sum())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Sum.run(9).poll_budget(Duration::from_millis(1)).on_overrun(Overrun::Fail);
    /// assert!(run.start().await.unwrap_err().is::<PollOverrun>());
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_overrun(mut self, reaction: Overrun) -> Self {
        self.options().poll_budget.reaction = reaction;
        self
    }
}
