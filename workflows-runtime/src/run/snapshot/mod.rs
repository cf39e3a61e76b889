//! `Snapshot`: a run as serializable data.

mod serialized;

#[cfg(feature = "engine")]
pub(super) use self::serialized::MAX_DEPTH;

use super::{collect::Collected, id::RunId, open_prompts::StoredPrompt, shared::Shared};
use crate::{
    engine::{EngineState, Time},
    error::ResumeError,
    round_trip::{self, Limits, Unreadable},
    workflow::Workflow,
};
use core::fmt;
use serde::ser::SerializeStruct;
use std::time::SystemTime;

/// The version of the serialized form. Resuming a snapshot of another version is refused.
pub(super) const VERSION: u32 = 1;

/// A run at one moment, to be [resumed](crate::WorkflowExt::resume) later, in this process or another one.
///
/// It holds the queued events, the executions in progress, batches, parked events, waits with their
/// deadlines, open prompts, pending retries, collected events and the run's state. It does not hold the workflow
/// itself with its fields, resources, or the events published so far. It serializes with any serde
/// format. Times are relative to the run; the time of day at which the snapshot was taken is stored
/// next to them, so deadlines and retry delays pass while no process runs.
///
/// A snapshot is taken between two polls of the run's steps. Everything that a step has done by then
/// (sent, asked, collected, changed in the state) is kept. A step that has not returned runs again
/// from its beginning after the resume, with the same attempt number:
///
/// * What it sends, asks, collects and waits for again is matched by order and does not count twice.
/// * What it publishes and what it changes in the state or the outside world happens again. Change the
///   state after the last `.await`, together with the return, and nothing happens twice. The result
///   of a blocking step arrives from another thread a moment after its last change of the state, so
///   make that change idempotent.
///
/// See [`guide::snapshots`](crate::guide::snapshots) for the tables of the stored data, what happens
/// again, and which changes to a workflow a snapshot survives.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// #[workflow]
/// impl Ask {
///     #[step]
///     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
///         InputRequired(question)
///     }
///
///     #[step]
///     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
///         Stop(answer)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Ask.run("go on?".to_owned()).start();
/// let text = serde_json::to_string(&run.snapshot().await?)?;
/// run.cancel();
///
/// let run = Ask.resume(serde_json::from_str(&text)?).start();
/// run.send(HumanResponse(true))?;
/// assert!(run.await?);
/// # Ok(())
/// # }
/// ```
pub struct Snapshot<W: Workflow>(pub(super) Result<Content<W>, ResumeError>);

/// The content of a snapshot, deserialized.
pub(super) struct Content<W: Workflow> {
    pub(super) run_id: RunId,
    /// The time of day at which the snapshot was taken.
    pub(super) taken_at: SystemTime,
    /// The time of the run when it was taken.
    pub(super) elapsed: Time,
    /// In a box, since it may be large.
    pub(super) state: Box<W::State>,
    pub(super) engine: EngineState<W::Event>,
    pub(super) collected: Collected<W::Event>,
    /// The open prompts, in order of publication.
    pub(super) prompts: Vec<StoredPrompt<W>>,
}

/// Why there is no [`Snapshot`] of a run.
///
/// ```
/// # use workflows_runtime::{SnapshotError, prelude::*};
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
/// let run = Ask.run("go on?".to_owned()).start();
/// run.send(HumanResponse(true))?;
/// run.result().await?;
/// assert_eq!(run.snapshot().await.unwrap_err(), SnapshotError::Ended);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The run has a result, or has ended in a way that leaves nothing to resume; see
    /// [`RunHandle::snapshot`](crate::RunHandle::snapshot).
    #[error("the run has already ended")]
    Ended,
}

impl<W: Workflow> Clone for Snapshot<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W: Workflow> Clone for Content<W> {
    fn clone(&self) -> Self {
        Self {
            run_id: self.run_id.clone(),
            taken_at: self.taken_at,
            elapsed: self.elapsed,
            state: self.state.clone(),
            engine: self.engine.clone(),
            collected: self.collected.clone(),
            prompts: self.prompts.clone(),
        }
    }
}

impl<W: Workflow> fmt::Debug for Snapshot<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Snapshot");
        debug.field("workflow", &W::NAME);
        match &self.0 {
            Ok(content) => debug.field("run", &format_args!("{}", content.run_id)),
            Err(error) => debug.field("refused", error),
        };
        debug.finish_non_exhaustive()
    }
}

impl<W: Workflow> Snapshot<W> {
    /// The id of the run, or `None` if the snapshot cannot be resumed.
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
    /// let run = Ask.run("continue?".to_owned()).id("order-7").start();
    /// let snapshot = run.snapshot().await?;
    /// assert_eq!(snapshot.run_id(), Some(&"order-7".into()));
    /// assert_eq!(snapshot.failed_step(), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn run_id(&self) -> Option<&RunId> {
        self.0.as_ref().ok().map(|content| &content.run_id)
    }

    /// The time of day at which it was taken, or `None` if the snapshot cannot be resumed.
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
    /// let snapshot = run.snapshot().await?;
    /// assert!(snapshot.taken_at().is_some_and(|taken| taken <= std::time::SystemTime::now()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn taken_at(&self) -> Option<SystemTime> {
        self.0.as_ref().ok().map(|content| content.taken_at)
    }

    /// The step whose failure has ended the run: it is executed first when the run is resumed. `None` if
    /// the run has not failed, or if the snapshot cannot be resumed.
    #[must_use]
    pub fn failed_step(&self) -> Option<&'static str> {
        self.0.as_ref().ok()?.engine.failed_step(const { &W::TABLE })
    }

    /// The state of the run, or `None` if the snapshot cannot be resumed.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Ask;
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
    /// let run = Ask.run("continue?".to_owned()).state(7).start();
    /// assert_eq!(run.snapshot().await?.state(), Some(&7));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> Option<&W::State> {
        self.0.as_ref().ok().map(|content| &*content.state)
    }
}

impl<W: Workflow> Content<W> {
    /// The present content of a run. The engine has processed the answers to the prompts `answered`.
    pub(super) fn of(shared: &Shared<W>, elapsed: Time, engine: EngineState<W::Event>, answered: &[u32]) -> Self {
        let collected = shared.collected(|collected| collected.as_deref().cloned().unwrap_or_default());
        Self::with_collected(shared, elapsed, engine, answered, collected)
    }

    /// As [`of`](Self::of), with these collected events.
    pub(super) fn with_collected(
        shared: &Shared<W>,
        elapsed: Time,
        engine: EngineState<W::Event>,
        answered: &[u32],
        collected: Collected<W::Event>,
    ) -> Self {
        let prompts = shared.stored_prompts(|id, by| !answered.contains(&id) && engine.is_prompt_open(id, by));
        Self {
            run_id: shared.id().clone(),
            taken_at: SystemTime::now(),
            elapsed,
            state: shared.state().boxed(),
            engine,
            collected,
            prompts,
        }
    }

    /// Checks that the user's values can be deserialized again.
    pub(super) fn check(&self, limits: Limits) -> Result<(), Unreadable> {
        round_trip::check(&(&self.state, &self.engine, &self.collected, &self.prompts), limits)
    }

    /// Serializes the fields behind `graph`.
    pub(super) fn serialize_fields<S: SerializeStruct>(&self, fields: &mut S) -> Result<(), S::Error> {
        fields.serialize_field("run_id", &self.run_id.to_string())?;
        fields.serialize_field("taken_at", &self.taken_at)?;
        fields.serialize_field("elapsed", &self.elapsed)?;
        fields.serialize_field("state", &self.state)?;
        fields.serialize_field("engine", &self.engine)?;
        fields.serialize_field("collected", &self.collected)?;
        fields.serialize_field("prompts", &self.prompts)
    }

    /// Checks that the parts agree with each other. The engine relies on it.
    pub(super) fn validate(&self) -> Result<(), ResumeError> {
        let table = const { &W::TABLE };
        let prompts = self.prompts.iter().map(|prompt| (prompt.id, &prompt.by));
        let validated = match self.engine.validate::<W>(table, self.elapsed, prompts) {
            Ok(()) => self.collected.validate::<W>(table),
            Err(problem) => Err(problem),
        };
        validated.map_err(|problem| ResumeError::Damaged { workflow: W::NAME.to_owned(), problem })
    }
}
