//! What a handle reports of the work of a run: that of each step, and the executors.

use super::{
    handle::RunHandle,
    message::{Message, WorkRequest},
};
use crate::{
    engine::{Engine, StepWork},
    executor::{Executors, Scope},
    sync::oneshot,
    workflow::Workflow,
};

/// The work of a step at one moment. Returned by [`RunHandle::step_loads`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepLoad {
    /// The step's name.
    pub step: &'static str,
    /// The inputs and executions that wait for a worker of the step. An execution waits again for its next attempt, and
    /// after a response.
    pub queued: usize,
    /// The executions whose blocking code waits for a thread or a process. Counted in runs with
    /// [`step_events`](crate::Run::step_events); in others they count as running.
    pub executor_queue: usize,
    /// The executions that run.
    pub running: usize,
    /// The executions that wait for responses, and hold no worker.
    pub waiting: usize,
    /// The executions that have failed, and wait for the delay before their next attempt.
    pub retrying: usize,
}

impl<W: Workflow> RunHandle<W> {
    /// Returns the executors of the run: its own, or the default ones. `None` if the default ones are neither set nor
    /// used yet.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// use workflows_runtime::Executors;
    ///
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let executors = Executors::builder().cpu_threads(2).build()?;
    /// let run = Double.run(21).executors(&executors).start();
    /// let pools = run.executors().expect("its own").metrics();
    /// assert_eq!((pools[1].name.as_str(), pools[1].limit), ("cpu", 2));
    /// # run.await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn executors(&self) -> Option<Executors> {
        match self.shared.given_executors() {
            Some(executors) => Some(executors.clone()),
            None => Executors::known_default().cloned(),
        }
    }

    /// Returns how much work each step has now, in the order of declaration: what is queued, runs and waits.
    ///
    /// All counts are 0 before a run has its permit of [`max_runs`](crate::Settings), and after its end. The run replies
    /// between two polls of its steps, so the future waits for a step that blocks the executor. Counting takes no time
    /// in runs that nothing asks. Cancel-safe.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # use tokio::time::sleep;
    /// # #[event] struct Page(u64);
    /// # #[event] struct Text(u64);
    /// # #[workflow] struct Fetch;
    /// #[workflow]
    /// impl Fetch {
    ///     #[step]
    ///     async fn list(&self, Start(pages): Start<u64>) -> Vec<Page> {
    ///         (0..pages).map(Page).collect()
    ///     }
    ///
    ///     #[step(workers = 2)]
    ///     async fn fetch(&self, Page(number): Page) -> Text {
    ///         sleep(Duration::from_secs(60)).await;
    ///         Text(number)
    ///     }
    /// #   #[step]
    /// #   async fn count(&self, texts: Vec<Text>) -> Stop<usize> {
    /// #       Stop(texts.len())
    /// #   }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// let run = Fetch.run(5).start();
    /// sleep(Duration::from_secs(1)).await;
    /// let loads = run.step_loads().await;
    /// assert_eq!((loads[1].step, loads[1].running, loads[1].queued), ("fetch", 2, 3));
    /// # }
    /// ```
    pub async fn step_loads(&self) -> Vec<StepLoad> {
        let (reply, work) = oneshot::channel();
        self.shared.push_message(Message::Work(WorkRequest { reply, of_engine: Engine::work }));
        // The driver is gone, or the run has ended.
        let mut work = work.await.unwrap_or_default();
        let steps = W::TABLE.steps;
        work.resize(steps.len(), StepWork::default());
        let call_queue = self.shared.call_queue();
        let load = |(step, work): (&'static str, StepWork)| {
            let calls = call_queue.map_or(0, |queue| queue.waiting(step));
            // The driver has replied before.
            let executor_queue = calls.min(work.running);
            StepLoad {
                step,
                queued: work.queued,
                executor_queue,
                running: work.running - executor_queue,
                waiting: work.suspended,
                retrying: work.backing_off,
            }
        };
        steps.iter().map(|step| step.name).zip(work).map(load).collect()
    }
}
