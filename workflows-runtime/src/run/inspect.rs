//! What a handle shows of its run: open prompts, the trace, a snapshot, the state and overruns.

use super::{
    handle::RunHandle,
    message::{Message, SnapshotRequest},
    prompt::OpenPrompt,
    snapshot::{Snapshot, SnapshotError},
};
use crate::{engine::Engine, run_trace::RunTrace, state::State, sync::oneshot, workflow::Workflow};

impl<W: Workflow> RunHandle<W> {
    /// Returns the prompts that have no response yet, in the order of publication.
    ///
    /// That of a wait is open until the wait is answered, times out or is dropped. Another one is open until it
    /// is [answered](Self::answer), or a response is [sent](Self::send) that a step takes: such a response is
    /// presumed to answer the oldest one. Empty after the end of the run.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Ask;
    /// # #[workflow]
    /// # impl Ask {
    /// #     #[step]
    /// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
    /// #         InputRequired(question)
    /// #     }
    /// #     #[step]
    /// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
    /// #         Stop(answer)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Ask.run("continue?".to_owned()).start();
    /// run.events().next().await;
    /// let open = run.open_prompts();
    /// assert_eq!(open[0].prompt, "continue?");
    /// run.answer(open[0].id, true)?;
    /// assert!(run.open_prompts().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn open_prompts(&self) -> Vec<OpenPrompt<W>> {
        self.shared.open_prompts()
    }

    /// Returns what the steps of the run have done so far, and their children. `None` unless the run is
    /// [recorded](crate::Run::record_trace), and for a child that its parent's record no longer holds.
    ///
    /// May be called at any time, also after the end of the run. Costs a copy of the record.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # use workflows_runtime::run_trace::RunStatus;
    /// # #[workflow] struct Ask;
    /// #[workflow]
    /// impl Ask {
    ///     #[step]
    ///     async fn ask(
    ///         &self,
    ///         ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
    ///         Start(question): Start<String>,
    ///     ) -> Stop<bool> {
    ///         Stop(ctx.ask_for::<bool>(question).await)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Ask.run("continue?".to_owned()).record_trace(1_000).start();
    /// tokio::time::sleep(Duration::from_secs(5)).await;
    /// let trace = run.trace().unwrap();
    /// assert_eq!(trace.status, RunStatus::Running);
    /// assert_eq!(trace.attempts[0].suspended_time, Duration::from_secs(5));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn trace(&self) -> Option<RunTrace> {
        self.shared.recording()?.trace()
    }

    /// Takes a [`Snapshot`] of the run, to be [resumed](crate::WorkflowExt::resume) later, in this process or
    /// another one. The run continues.
    ///
    /// A snapshot is taken between two polls of the run's steps, immediately if the run is idle or waits for
    /// one of the workflow's `max_runs`. Costs a clone of the run's queues and state. Cancel-safe.
    ///
    /// A run that has ended without a result can still be snapshotted, in its last state. If a step
    /// has failed, a resume executes it again first, with the same input and as many attempts as a new
    /// execution; the other steps continue as after any resume. The stored state costs one clone of the
    /// run's state, and only if a handle remains that is not awaited by value.
    ///
    /// # Errors
    ///
    /// Returns [`SnapshotError::Ended`] if the run has ended with its result, if it was refused
    /// ([`RunError::Resume`](crate::RunError::Resume)), if its task was dropped, or if code of the user outside of a
    /// step has panicked, such as `Clone` of an event. Its last [`state`](Self::state) remains available.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
    /// # #[event] struct Page(String);
    /// # #[workflow] #[derive(Default)] struct Fetch { online: AtomicBool }
    /// #[workflow]
    /// impl Fetch {
    ///     #[step]
    ///     async fn fetch(&self, Start(path): Start<String>) -> StepResult<Page> {
    ///         if !self.online.load(Ordering::Relaxed) {
    ///             return Err(StepError::msg("no route"));
    ///         }
    ///         Ok(Page(path))
    ///     }
    /// #   #[step]
    /// #   async fn show(&self, Page(text): Page) -> Stop<String> {
    /// #       Stop(text)
    /// #   }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let workflow = Arc::new(Fetch::default());
    /// let run = workflow.clone().run("/news".to_owned()).start();
    /// assert_eq!(run.result().await.unwrap_err().to_string(), "step `fetch` failed: no route");
    /// let snapshot = run.snapshot().await?;
    /// assert_eq!(snapshot.failed_step(), Some("fetch"));
    ///
    /// workflow.online.store(true, Ordering::Relaxed);
    /// assert_eq!(workflow.resume(snapshot).await?, "/news");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn snapshot(&self) -> Result<Snapshot<W>, SnapshotError> {
        let (reply, snapshot) = oneshot::channel();
        self.shared.push_message(Message::Snapshot(SnapshotRequest { reply, of_engine: Engine::snapshot }));
        if let Ok(snapshot) = snapshot.await {
            return Ok(*snapshot);
        }
        // The driver is gone. It stores a final snapshot before it publishes the result.
        let _ = self.result().await;
        match self.shared.final_snapshot() {
            Some(content) => Ok(Snapshot(Ok((*content).clone()))),
            None => Err(SnapshotError::Ended),
        }
    }

    /// Returns the run's state, during the run and after its end.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Add;
    /// # #[workflow]
    /// # impl Add {
    /// #     #[step]
    /// #     async fn add(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> Stop<()> {
    /// #         ctx.state().update(|sum| *sum += n);
    /// #         Stop(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Add.run(2).state(40).start();
    /// run.result().await?;
    /// assert_eq!(run.state().get(), 42);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        self.shared.state()
    }

    /// Returns how many polls of the run's steps have exceeded its
    /// [`poll_budget`](crate::Run::poll_budget) so far.
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
    /// let run = Double.run(21).start();
    /// run.result().await?;
    /// assert_eq!(run.overruns(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn overruns(&self) -> u64 {
        self.shared.overruns()
    }
}
