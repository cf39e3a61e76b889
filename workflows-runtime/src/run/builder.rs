//! `Run`: a builder for one execution of a workflow.

use super::{
    child::{ParentEnd, canceled_with, task_with_permit},
    collect::Collected,
    driver::{
        Entry, boxed, drive, fill,
        finish::CompletionGuard,
        poll_filled,
        task::{RunTask, RunTaskParts},
    },
    event::EventStream,
    event_log::HISTORY,
    handle::RunHandle,
    id::RunId,
    mailbox::Message,
    nesting::{Nested, is_too_deep, spawned},
    open_prompts::StoredPrompt,
    poll_budget::{Overrun, PollBudget},
    shared::{Setup, Shared, lazy::LazyShared},
    snapshot::{Content, Snapshot},
    start::{ResumedState, StartFrom, StartSpec, Timeout},
};
use crate::{
    error::RunError,
    executor::Executors,
    sealed::{SEAL, Seal},
    workflow::{Instance, Permit, Workflow},
};
use core::{fmt, ops::ControlFlow};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::runtime::Handle;

/// Runs a workflow. Implemented for every workflow, by value and in an [`Arc`]. This trait is sealed.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// #[workflow]
/// struct Double;
///
/// #[workflow]
/// impl Double {
///     #[step]
///     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
///         Stop(n * 2)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), RunError> {
/// assert_eq!(Double.run(21).await?, 42);
///
/// let shared = std::sync::Arc::new(Double);
/// assert_eq!(shared.clone().run(1).await?, 2);
/// assert_eq!(shared.run(2).await?, 4);
/// # Ok(())
/// # }
/// ```
pub trait WorkflowExt: Sized {
    /// The workflow itself.
    type Workflow: Workflow;

    /// Creates a run of this workflow with an input. It does nothing until it is awaited or
    /// [started](Run::start).
    fn run(self, input: <Self::Workflow as Workflow>::Input) -> Run<Self::Workflow> {
        Run::new(self.into_shared(SEAL), StartFrom::Input(Some(input)))
    }

    /// Resumes a run from a snapshot. It does nothing until it is awaited or [started](Run::start).
    ///
    /// Queued events, joins, waits and timers continue where they were. Open prompts are published again, once, with
    /// the same ids. Executions that had not returned
    /// start again, before all others. The run keeps its name, its state and the rest of its timeout, unless
    /// [`id`](Run::id), [`state`](Run::state) or [`timeout`](Run::timeout) override them. Deadlines of waits
    /// and delays of retries also elapse between the snapshot and the resume. Other options, such as executors, are not part of a
    /// snapshot. A snapshot may be resumed more than once; each is a run of its own.
    ///
    /// [`Snapshot`] has an example; see [`guide::snapshots`](crate::guide::snapshots).
    ///
    /// # Errors
    ///
    /// Awaiting the run returns [`RunError::Resume`] if the snapshot is of another graph or of an
    /// unsupported version, or if it is damaged. See [`ResumeError`](crate::ResumeError).
    fn resume(self, snapshot: Snapshot<Self::Workflow>) -> Run<Self::Workflow> {
        Run::resumed(self.into_shared(SEAL), snapshot)
    }

    #[doc(hidden)]
    fn into_shared(self, seal: Seal) -> Arc<Self::Workflow>;
}

impl<W: Workflow> WorkflowExt for W {
    type Workflow = W;

    fn into_shared(self, _: Seal) -> Arc<W> {
        Arc::new(self)
    }
}

impl<W: Workflow> WorkflowExt for Arc<W> {
    type Workflow = W;

    fn into_shared(self, _: Seal) -> Self {
        self
    }
}

impl<W: Workflow> WorkflowExt for &Arc<W> {
    type Workflow = W;

    fn into_shared(self, _: Seal) -> Arc<W> {
        Arc::clone(self)
    }
}

/// A builder for one execution of a workflow. Created by [`WorkflowExt::run`], [`WorkflowExt::resume`] and
/// [`Context::run_child`](crate::Context::run_child).
///
/// Awaiting it drives the run in the current task; nothing is spawned, and dropping the future cancels the
/// run. Such a run has no handle: its events cannot be read and no response can be sent.
/// [`start`](Self::start) spawns the run on the current tokio runtime and returns a [`RunHandle`].
///
/// # Errors
///
/// Awaiting it returns the [`RunError`] of the run.
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
pub struct Run<W: Workflow> {
    workflow: Arc<W>,
    first: StartFrom<W>,
    /// Allocated by the first option that is set.
    options: Option<Box<Options<W>>>,
}

/// The options of a run.
pub(super) struct Options<W: Workflow> {
    id: Option<RunId>,
    timeout: Timeout,
    state: Option<W::State>,
    executors: Option<Executors>,
    step_events: bool,
    event_buffer: usize,
    event_history: usize,
    poll_budget: PollBudget,
    is_child: bool,
    /// Completes when the run must end, because the attempt that it belongs to has.
    parent: Option<ParentEnd>,
    /// The collected events of a resumed run.
    collected: Option<Box<Collected<W::Event>>>,
    /// The open prompts of a resumed run.
    prompts: Vec<StoredPrompt<W>>,
}

impl<W: Workflow> Options<W> {
    /// Returns whether only the context of a step can observe the options. Then the shared part of the run is
    /// created on first use.
    ///
    /// An id that was set counts as observable if steps are retried: it seeds [`FailedAttempt`](crate::FailedAttempt).
    fn is_plain(&self) -> bool {
        let gives_seed = const { W::TABLE.retries() } && self.id.is_some();
        self.executors.is_none() && self.collected.is_none() && !gives_seed
    }

    /// Returns the setup of the shared part of the run. `observed` means that the run has a handle.
    pub(super) fn setup(self, observed: bool) -> Setup<W> {
        Setup {
            id: self.id.unwrap_or_else(RunId::random),
            state: self.state.unwrap_or_default(),
            executors: self.executors,
            internal: self.step_events,
            event_buffer: self.event_buffer,
            event_history: self.event_history,
            collected: self.collected,
            prompts: self.prompts,
            observed,
        }
    }
}

impl<W: Workflow> Default for Options<W> {
    fn default() -> Self {
        Self {
            id: None,
            timeout: Timeout::Declared,
            state: None,
            executors: None,
            step_events: false,
            event_buffer: usize::MAX,
            event_history: HISTORY,
            poll_budget: PollBudget::default(),
            is_child: false,
            parent: None,
            collected: None,
            prompts: Vec::new(),
        }
    }
}

impl<W: Workflow> Run<W> {
    fn new(workflow: Arc<W>, first: StartFrom<W>) -> Self {
        Self { workflow, first, options: None }
    }

    fn resumed(workflow: Arc<W>, snapshot: Snapshot<W>) -> Self {
        let content = match snapshot.0 {
            Ok(content) => content,
            Err(error) => return Self::new(workflow, StartFrom::Refused(Box::new(error))),
        };
        if let Err(error) = content.validate() {
            return Self::new(workflow, StartFrom::Refused(Box::new(error)));
        }
        let Content { run_id, taken_at, elapsed, state, engine, mut collected, prompts } = content;
        collected.rewind();
        let mut run =
            Self::new(workflow, StartFrom::Resume(Box::new(ResumedState { engine, now: elapsed, taken: taken_at })));
        let options = run.options();
        options.id = Some(run_id);
        options.state = Some(state);
        options.collected = Some(Box::new(collected));
        options.prompts = prompts;
        run
    }

    fn options(&mut self) -> &mut Options<W> {
        self.options.get_or_insert_default()
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

    /// Marks a child whose parent has ended: it does not start.
    pub(crate) fn canceled(mut self) -> Self {
        self.first = StartFrom::Canceled;
        self
    }

    /// Sets the name of the run. Default: ten random letters and digits, or the previous name of a resumed
    /// run. Uniqueness is the caller's responsibility.
    pub fn id(mut self, id: impl Into<RunId>) -> Self {
        self.options().id = Some(id.into());
        self
    }

    /// Sets the timeout, after which the run ends with [`RunError::TimedOut`]. `None` disables it. Default: the
    /// `timeout` of the workflow.
    ///
    /// Waiting for one of the workflow's `max_runs` does not count. Blocking code that has started is not
    /// interrupted, and may keep the process alive; see [`Executors`](Executors#shutdown). Needs a tokio runtime
    /// with time enabled, without which the run ends with [`RunError::NoTimer`].
    pub fn timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.options().timeout = Timeout::Given(after.into());
        self
    }

    /// Sets the initial state. Default: the default of its type, or the state of the snapshot.
    pub fn state(mut self, state: W::State) -> Self {
        self.options().state = Some(state);
        self
    }

    /// Sets the executors for blocking code. Default: those of the process, see [`Executors`].
    pub fn executors(mut self, executors: &Executors) -> Self {
        self.options().executors = Some(executors.clone());
        self
    }

    /// Whether the run publishes every phase of every execution on its stream, as
    /// [`RunEvent::Step`](crate::RunEvent::Step). Default: `false`.
    pub fn step_events(mut self, enabled: bool) -> Self {
        self.options().step_events = enabled;
        self
    }

    /// Limits how many events are stored for readers, at least 1. A reader that is too slow receives
    /// [`Lagged`](crate::RunEvent::Lagged). Default: no limit; an event is stored until each reader has read it.
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
    pub fn poll_budget(mut self, budget: Duration) -> Self {
        self.options().poll_budget.set_budget(budget);
        self
    }

    /// Sets the reaction to a poll that exceeds the budget. Default: [`Overrun::Warn`].
    pub fn on_overrun(mut self, reaction: Overrun) -> Self {
        self.options().poll_budget.reaction = reaction;
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
    pub fn start(self) -> RunHandle<W> {
        self.start_after(|_| {})
    }

    /// Starts the run after a call with its handle.
    fn start_after(self, before: impl FnOnce(&RunHandle<W>)) -> RunHandle<W> {
        let Self { workflow, first, mut options } = self;
        let parent = options.as_mut().and_then(|options| options.parent.take());
        let (is_child, timeout, poll_budget, setup) = match options {
            None => {
                let setup = Setup::with_defaults(RunId::random(), W::State::default(), true);
                (false, Timeout::Declared, PollBudget::default(), setup)
            }
            Some(options) => (options.is_child, options.timeout, options.poll_budget, options.setup(true)),
        };
        let shared = Arc::new(Shared::new(setup));
        let handle = RunHandle::new(Arc::clone(&shared), is_child);
        before(&handle);
        // Created before the task: the run also ends if the runtime drops the task before its first poll.
        let guard = CompletionGuard::new(shared);
        let first = match first.refusal() {
            Ok(first) => first,
            Err(error) => {
                guard.refuse(error);
                return handle;
            }
        };
        let spec = StartSpec { workflow, first, timeout, poll_budget };
        if let Some(parent) = parent {
            let shared = Arc::clone(guard.shared());
            let cancel = Box::new(move || shared.push_message(Message::Cancel));
            tokio::spawn(canceled_with(parent, cancel, Box::pin(task_with_permit(Box::new(spec), guard))));
            return handle;
        }
        if W::MAX_RUNS.is_none() {
            let parts = RunTaskParts::new(spec, Permit::not_needed(), guard);
            if const { W::TABLE.answerable } {
                tokio::spawn(RunTask::new(parts));
            } else {
                tokio::spawn(boxed(|| parts.drive_to_end()));
            }
            return handle;
        }
        tokio::spawn(task_with_permit(Box::new(spec), guard));
        handle
    }
}

impl<W: Workflow> IntoFuture for Run<W> {
    type Output = Result<W::Output, RunError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        if is_too_deep() { self.in_task() } else { self.in_place() }
    }
}

impl<W: Workflow> Run<W> {
    /// Drives the run in a task of its own, if there is a runtime.
    #[cold]
    fn in_task(self) -> <Self as IntoFuture>::IntoFuture {
        Box::pin(async move {
            let Ok(runtime) = Handle::try_current() else { return self.in_place().await };
            spawned(&runtime, self.in_place()).await.unwrap_or(Err(RunError::Cancelled))
        })
    }

    #[inline]
    fn in_place(mut self) -> <Self as IntoFuture>::IntoFuture {
        boxed(move || async move {
            self.first = self.first.refusal()?;
            if let Some(options) = &mut self.options
                && let Some(mut parent) = options.parent.take()
            {
                let mut run = self.into_future();
                return poll_fn(|cx| match parent.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(RunError::Cancelled)),
                    Poll::Pending => run.as_mut().poll(cx),
                })
                .await;
            }
            let (timeout, poll_budget) = match &self.options {
                None => (Timeout::Declared, PollBudget::default()),
                Some(options) => (options.timeout, options.poll_budget),
            };
            let permit = match W::MAX_RUNS {
                None => Permit::not_needed(),
                Some(_) => Permit::of(&self.workflow).await,
            };
            let workflow = Instance::of(self.workflow);
            let is_plain = match &self.options {
                None => true,
                Some(options) => options.is_plain(),
            };
            let shared = LazyShared::in_place(self.options);
            if !is_plain {
                shared.get_or_init();
            }
            let driven = {
                let entry = Entry::Start(&mut self.first, &timeout);
                let mut driving = pin!(None);
                fill(driving.as_mut(), || drive(&workflow, &shared, poll_budget, entry));
                poll_fn(|cx| {
                    let _nested = Nested::enter();
                    poll_filled(driving.as_mut(), cx)
                })
                .await
            };
            workflow.release(permit);
            match driven {
                ControlFlow::Break(ended) => ended.map_err(|error| *error),
                ControlFlow::Continue(_) => unreachable!("a run in place is never parked"),
            }
        })
    }
}

impl<W: Workflow> fmt::Debug for Run<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("workflow", &W::NAME)
            .field("id", &self.options.as_ref().and_then(|options| options.id.as_ref()))
            .finish_non_exhaustive()
    }
}
