//! `Run`: a builder for one execution of a workflow.

use super::{
    child::{ParentEnd, launch_child, task_with_permit},
    driver::{
        boxed,
        finish::CompletionGuard,
        task::{RunTask, RunTaskParts, spawn},
    },
    event::EventStream,
    handle::RunHandle,
    id::RunId,
    options::Options,
    poll_budget::PollBudget,
    shared::{Record, Setup, Shared},
    snapshot::{Content, Snapshot},
    start::{ResumedState, StartFrom, StartSpec, Timeout},
};
use crate::{
    error::RunError,
    executor::Executors,
    run_trace::Recording,
    workflow::{Permit, Workflow},
};
use core::fmt;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// A builder for one execution of a workflow. Created by
/// [`WorkflowExt::run`](crate::WorkflowExt::run), [`WorkflowExt::resume`](crate::WorkflowExt::resume) and
/// [`Context::run_child`](crate::Context::run_child).
///
/// It is a future, which drives the run in the task that polls it; dropping it cancels the run. Such a run has no
/// handle: its events cannot be read and no response can be sent. [`start`](Self::start) spawns the run on the current
/// tokio runtime and returns a [`RunHandle`].
///
/// As a future it can be awaited, joined with others and spawned, as in `tokio::spawn(flow.run(input))` and
/// `join_set.spawn(flow.run(input))`. Its options are set before: see [panics](#panics).
///
/// # Panics
///
/// The methods of this type panic once the run has been polled, as through `&mut run`.
///
/// # Errors
///
/// Awaiting it returns the [`RunError`](crate::RunError) of the run.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow(state = u64)] struct Add;
/// #[workflow]
/// impl Add {
///     #[step]
///     async fn add(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> Stop<String> {
///         Stop(format!("{}: {}", ctx.run_id(), ctx.state().get() + n))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// let run = Add.run(2).id("sum").state(40).timeout(Duration::from_secs(5));
/// assert_eq!(run.await?, "sum: 42");
/// # Ok(())
/// # }
/// ```
#[must_use = "a run does nothing unless it is awaited or started"]
pub struct Run<W: Workflow>(pub(super) Stage<W>);

pub(super) enum Stage<W: Workflow> {
    New(NewRun<W>),
    /// It has been polled.
    Driven(DrivenRun<W>),
    /// While it changes from the one to the other.
    Moved,
}

/// What a run that is polled is driven by.
pub(super) type DrivenRun<W> = Pin<Box<dyn Future<Output = Result<<W as Workflow>::Output, RunError>> + Send>>;

/// A run that has not been polled.
pub(super) struct NewRun<W: Workflow> {
    pub(super) workflow: Arc<W>,
    pub(super) first: StartFrom<W>,
    /// Allocated by the first option that is set.
    pub(super) options: Option<Box<Options<W>>>,
}

/// Why the methods of a run panic.
const POLLED: &str = "a run that was polled cannot be changed or started";

impl<W: Workflow> Run<W> {
    pub(super) fn new(workflow: Arc<W>, first: StartFrom<W>) -> Self {
        Self(Stage::New(NewRun { workflow, first, options: None }))
    }

    pub(super) fn resumed(workflow: Arc<W>, snapshot: Snapshot<W>) -> Self {
        let content = match snapshot.0 {
            Ok(content) => content,
            Err(error) => return Self::new(workflow, StartFrom::Refused(Box::new(error))),
        };
        if let Err(error) = content.validate() {
            return Self::new(workflow, StartFrom::Refused(Box::new(error)));
        }
        let Content { run_id, taken_at, elapsed, state, engine, mut collected, prompts } = content;
        collected.rewind();
        let overrides = engine.overrides().cloned().map(Box::new);
        let resumed = ResumedState::new(engine, elapsed, taken_at);
        let mut run = Self::new(workflow, StartFrom::Resume(Box::new(resumed)));
        let options = run.options();
        options.overrides = overrides;
        options.id = Some(run_id);
        options.state = Some(state);
        options.collected = Some(Box::new(collected));
        options.prompts = prompts;
        run
    }

    /// The same run, which continues from a snapshot: with the workflow, the executors and the timeout of this one.
    #[cfg(feature = "testing")]
    pub(crate) fn resumed_from(self, snapshot: Snapshot<W>) -> Self {
        let NewRun { workflow, options, .. } = self.into_new();
        let mut resumed = Self::resumed(workflow, snapshot);
        if let Some(options) = options {
            resumed.options().executors = options.executors;
        }
        resumed
    }

    pub(super) fn as_new(&mut self) -> &mut NewRun<W> {
        match &mut self.0 {
            Stage::New(run) => run,
            Stage::Driven(_) | Stage::Moved => panic!("{POLLED}"),
        }
    }

    pub(super) fn into_new(self) -> NewRun<W> {
        match self.0 {
            Stage::New(run) => run,
            Stage::Driven(_) | Stage::Moved => panic!("{POLLED}"),
        }
    }

    /// The id that was set, unless the run was polled.
    pub(super) fn given_id(&self) -> Option<&RunId> {
        match &self.0 {
            Stage::New(run) => run.options.as_ref()?.id.as_ref(),
            Stage::Driven(_) | Stage::Moved => None,
        }
    }

    pub(super) fn options(&mut self) -> &mut Options<W> {
        self.as_new().options.get_or_insert_default()
    }

    /// Marks a child: dropping its handle cancels it.
    pub(crate) fn belonging_to_a_step(mut self) -> Self {
        self.options().is_child = true;
        self
    }

    /// Cancels a child when the attempt that it belongs to ends.
    pub(crate) fn ending_with(mut self, parent: ParentEnd) -> Self {
        self.options().parent = Some(parent);
        self
    }

    /// Records a child with the run that this attempt belongs to.
    pub(crate) fn recorded_with(mut self, parent: &Recording, execution: u64, attempt: u32) -> Self {
        self.options().record = Some(Box::new(Record::WithParent { parent: parent.clone(), execution, attempt }));
        self
    }

    /// Marks a child whose parent has ended: it does not start.
    pub(crate) fn canceled(mut self) -> Self {
        self.as_new().first = StartFrom::Canceled;
        self
    }

    /// Sets the name of the run. Default: ten random letters and digits, or the previous name of a resumed
    /// run. Uniqueness is the caller's responsibility.
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
    /// let run = Double.run(21).id("order-7").start();
    /// assert_eq!(run.id(), "order-7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(mut self, id: impl Into<RunId>) -> Self {
        self.options().id = Some(id.into());
        self
    }

    /// Sets the timeout, after which the run ends with [`RunError::TimedOut`](crate::RunError::TimedOut). `None` disables it. Default: the
    /// `timeout` of the workflow.
    ///
    /// Waiting for one of the workflow's `max_runs` does not count. Blocking code that has started is not
    /// interrupted, and may keep the process alive; see [`Executors`](Executors#shutdown). Needs a tokio runtime
    /// with time enabled, without which the run ends with [`RunError::NoTimer`](crate::RunError::NoTimer).
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
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Ask.run("continue?".to_owned()).timeout(Duration::ZERO).start();
    /// assert!(matches!(run.result().await, Err(RunError::TimedOut { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.options().timeout = Timeout::Given(after.into());
        self
    }

    /// Sets the initial state. Default: the default of its type, or the state of the snapshot.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(state = u64)] struct Add;
    /// # #[workflow]
    /// # impl Add {
    /// #     #[step]
    /// #     async fn add(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(ctx.state().get() + n)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Add.run(2).state(40).await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn state(mut self, state: W::State) -> Self {
        self.options().state = Some(Box::new(state));
        self
    }

    /// Sets the executors for blocking code. Default: those of the process, see [`Executors`].
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
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use workflows_runtime::Executors;
    ///
    /// let executors = Executors::builder().io_threads(8).cpu_threads(2).build()?;
    /// assert_eq!(Double.run(21).executors(&executors).await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn executors(mut self, executors: &Executors) -> Self {
        self.options().executors = Some(executors.clone());
        self
    }

    /// Spawns the run on the current tokio runtime, and returns its handle and a reader of its events that misses
    /// none: it exists before the run starts.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
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
    /// let (run, mut events) = Count.run(5_000).start_with_events();
    /// run.await?;
    /// assert!(matches!(events.next().await, Some(RunEvent::Published(0))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn start_with_events(self) -> (RunHandle<W>, EventStream<W>) {
        let mut events = None;
        let run = self.start_after(|run| events = Some(run.events()));
        let events = events.unwrap_or_else(|| run.events());
        (run, events)
    }

    /// Spawns the run on the current tokio runtime and returns its handle.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
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
    /// let (one, two) = (Double.run(1).start(), Double.run(2).start());
    /// assert_eq!((one.await?, two.await?), (2, 4));
    /// # Ok(())
    /// # }
    /// ```
    pub fn start(self) -> RunHandle<W> {
        self.start_after(|_| {})
    }

    /// Starts the run after a call with its handle.
    #[cfg_attr(not(feature = "durable"), expect(unused_mut, reason = "with the feature, the run may be taken"))]
    fn start_after(mut self, before: impl FnOnce(&RunHandle<W>)) -> RunHandle<W> {
        // Looked at in place: most runs are no children, and moving one takes longer than this.
        #[cfg(feature = "durable")]
        if self.0.has_durable_parent()
            && let Some(handle) = self.start_durable()
        {
            before(&handle);
            return handle;
        }
        let NewRun { workflow, first, mut options } = self.into_new();
        let parent = options.as_mut().and_then(|options| options.parent.take());
        let (is_child, timeout, poll_budget, setup) = match options {
            None => {
                let setup = Setup::new(RunId::random(), true);
                (false, Timeout::Declared, PollBudget::default(), setup)
            }
            Some(options) => (options.is_child, options.timeout, options.poll_budget, options.setup(true)),
        };
        let shared = Arc::new(Shared::new(setup.traced()));
        let handle = RunHandle::new(Arc::clone(&shared), is_child);
        before(&handle);
        // Created before the task: the run also ends if the runtime drops the task before its first poll.
        let guard = CompletionGuard::new(shared);
        if let Some(error) = first.refusal() {
            guard.refuse(error);
            return handle;
        }
        let spec = StartSpec { workflow, first, timeout, poll_budget };
        if let Some(parent) = parent {
            launch_child(spec, guard, parent);
            return handle;
        }
        launch(spec, guard);
        handle
    }
}

/// Spawns the task of a run.
pub(super) fn launch<W: Workflow>(spec: StartSpec<W>, guard: CompletionGuard<W>) {
    if W::MAX_RUNS.is_some() {
        return spawn(Box::pin(task_with_permit(Box::new(spec), guard)));
    }
    let parts = RunTaskParts::new(spec, Permit::not_needed(), guard);
    if const { W::TABLE.answerable } {
        RunTask::new(parts).spawn();
    } else {
        spawn(boxed(|| parts.drive_to_end()));
    }
}

/// Nothing in it is pinned but the box.
impl<W: Workflow> Unpin for Run<W> {}

impl<W: Workflow> Future for Run<W> {
    type Output = Result<W::Output, RunError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self(stage) = self.get_mut();
        #[cfg(feature = "durable")]
        if stage.has_durable_parent() {
            stage.start_in_task();
        }
        if !matches!(stage, Stage::Driven(_)) {
            let driven = NewRun::driven(|| match std::mem::replace(stage, Stage::Moved) {
                Stage::New(run) => run,
                Stage::Driven(_) | Stage::Moved => unreachable!("making its future has panicked"),
            });
            *stage = Stage::Driven(driven);
        }
        match stage {
            Stage::Driven(run) => run.as_mut().poll(cx),
            Stage::New(_) | Stage::Moved => unreachable!("it is driven"),
        }
    }
}

impl<W: Workflow> fmt::Debug for Run<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("workflow", &W::NAME).field("id", &self.given_id()).finish_non_exhaustive()
    }
}
