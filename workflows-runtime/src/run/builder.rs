//! From an input to a run.

use super::{
    Overrun, RunHandle, RunId, Shared,
    begin::{Begin, First, Timeout, Watching},
    driver::{LastWord, drive, drive_in_place},
    instance::Permit,
    shared::Setup,
    snapshot::{Content, ResumeError, Snapshot},
    watch,
};
use crate::{Executors, RunError, Workflow};
use core::fmt;
use std::{pin::Pin, sync::Arc, time::Duration};

/// What can be run: a workflow by value, or one that is shared in an [`Arc`].
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
pub trait Flow: Sized {
    /// The workflow itself.
    type Workflow: Workflow;

    /// A run of this workflow on `input`, which does nothing until it is awaited or
    /// [started](Run::start).
    fn run(self, input: <Self::Workflow as Workflow>::Input) -> Run<Self::Workflow> {
        Run::new(self.shared(), Source::Input(input))
    }

    /// Goes on with a run that was written down: everything that was queued, in progress, parked or
    /// waited for goes on where it was, and work in progress begins again, first in line. It does
    /// nothing until it is awaited or [started](Run::start).
    ///
    /// The run keeps its name and its state, unless [`id`](Run::id) or [`state`](Run::state) say
    /// otherwise, and has what was left of its timeout, unless [`timeout`](Run::timeout) does. Deadlines of
    /// waits and delays of retries have gone on meanwhile. Executors, a bound of the events kept and the like
    /// are not written down, and are given anew. One snapshot may be resumed more than once; each is a
    /// run of its own. [`Snapshot`] has an example, and [`pause_and_resume`](crate::pause_and_resume) the
    /// rest.
    ///
    /// # Errors
    ///
    /// Awaiting it gives [`RunError::Resume`] if the snapshot is of another graph, or of an unknown
    /// version.
    fn resume(self, snapshot: Snapshot<Self::Workflow>) -> Run<Self::Workflow> {
        Run::new(self.shared(), Source::Snapshot(Box::new(snapshot)))
    }

    #[doc(hidden)]
    fn shared(self) -> Arc<Self::Workflow>;
}

impl<W: Workflow> Flow for W {
    type Workflow = W;

    fn shared(self) -> Arc<W> {
        Arc::new(self)
    }
}

impl<W: Workflow> Flow for Arc<W> {
    type Workflow = W;

    fn shared(self) -> Self {
        self
    }
}

impl<W: Workflow> Flow for &Arc<W> {
    type Workflow = W;

    fn shared(self) -> Arc<W> {
        Arc::clone(self)
    }
}

/// What a run is made from.
enum Source<W: Workflow> {
    Input(W::Input),
    Snapshot(Box<Snapshot<W>>),
}

/// A run that is to be made: by [`Flow::run`], [`Flow::resume`] or
/// [`Context::run_child`](crate::Context::run_child).
///
/// Awaiting it drives the run inside the awaiting task, and dropping that future cancels the run
/// with everything in it; nothing is spawned, and nobody can look into the run from outside.
/// [`start`](Self::start) spawns it on the current tokio runtime and gives a [`RunHandle`].
///
/// # Errors
///
/// Awaiting it gives a [`RunError`] if the run ends without a result.
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
    flow: Arc<W>,
    source: Source<W>,
    id: Option<RunId>,
    timeout: Timeout,
    state: Option<W::State>,
    executors: Option<Executors>,
    internal: bool,
    event_buffer: usize,
    poll_budget: Duration,
    on_overrun: Overrun,
    is_child: bool,
}

impl<W: Workflow> Run<W> {
    fn new(flow: Arc<W>, source: Source<W>) -> Self {
        Self {
            flow,
            source,
            id: None,
            timeout: Timeout::Declared,
            state: None,
            executors: None,
            internal: false,
            event_buffer: usize::MAX,
            poll_budget: watch::BUDGET,
            on_overrun: Overrun::default(),
            is_child: false,
        }
    }

    /// Its handle cancels it when it is dropped.
    pub(crate) fn belonging_to_a_step(mut self) -> Self {
        self.is_child = true;
        self
    }

    /// Names the run; else it gets ten random letters and digits, or the name that it had where it is
    /// resumed. That no two runs have one name is up to who names them.
    pub fn id(mut self, id: impl Into<RunId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Ends the run with [`RunError::TimedOut`] once it has taken this long, in place of the
    /// workflow's own `timeout`; `None` lets it take as long as it will. Waiting for one of the
    /// workflow's `max_runs` does not count.
    ///
    /// Needs a tokio runtime with time enabled.
    pub fn timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.timeout = Timeout::Given(after.into());
        self
    }

    /// Starts with this state in place of its default, or of the one that was written down.
    pub fn state(mut self, state: W::State) -> Self {
        self.state = Some(state);
        self
    }

    /// Runs blocking steps on these executors in place of the process's default ones.
    pub fn executors(mut self, executors: &Executors) -> Self {
        self.executors = Some(executors.clone());
        self
    }

    /// Tells every phase of every execution on the run's stream, as [`RunEvent::Step`](crate::RunEvent::Step).
    pub fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Keeps at most the newest `events` for readers; one that comes later is told
    /// [`Lagged`](crate::RunEvent::Lagged). By default every event is kept as long as a handle or
    /// a reader is. At least the last event is kept.
    pub fn event_buffer(mut self, events: usize) -> Self {
        self.event_buffer = events.max(1);
        self
    }

    /// How long one poll of a step may take: longer means that the step blocks, which no compiler
    /// can see in a helper. Default 10 ms, measured in real time.
    ///
    /// A few short polls are timed together, so that it costs next to nothing; after an overrun each is
    /// timed alone for a while, and so it always is with [`Overrun::Fail`] and [`Self::internal`].
    pub fn poll_budget(mut self, budget: Duration) -> Self {
        self.poll_budget = budget;
        self
    }

    /// What happens when one poll takes longer than the budget. Default: [`Overrun::Warn`].
    pub fn on_overrun(mut self, reaction: Overrun) -> Self {
        self.on_overrun = reaction;
        self
    }

    /// Spawns the run on the current tokio runtime.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn start(self) -> RunHandle<W> {
        let is_child = self.is_child;
        let (begin, setup) = self.split(true);
        let shared = Arc::new(Shared::new(setup));
        let handle = RunHandle::new(Arc::clone(&shared), is_child);
        // Made here, so that it is said also if the runtime drops the task before it begins.
        let last_word = LastWord::new(Arc::clone(&shared));
        let begin = match begin {
            Ok(begin) => begin,
            Err(error) => {
                last_word.refuse(RunError::Resume(error));
                return handle;
            }
        };
        if W::MAX_RUNS.is_none() {
            // A task of its own kind, since it is smaller.
            tokio::spawn(drive(Box::new(begin), Permit::not_needed(), last_word));
            return handle;
        }
        let begin = Box::new(begin);
        tokio::spawn(async move {
            match begin.turn(&shared).await {
                Some(permit) => drive(begin, permit, last_word).await,
                None => last_word.refuse(RunError::Cancelled),
            }
        });
        handle
    }

    fn split(self, observed: bool) -> (Result<Begin<W>, ResumeError>, Setup<W>) {
        let (first, known) = match self.source {
            Source::Input(input) => (Ok(First::Input(input)), None),
            Source::Snapshot(snapshot) => match snapshot.0 {
                Ok(content) => {
                    let Content { id, taken, now, state, core, mut collected } = content;
                    collected.rewind();
                    (Ok(First::Resume { core: Box::new(core), now, taken }), Some((id, state, collected)))
                }
                Err(error) => (Err(error), None),
            },
        };
        let (id, state, collected) = match known {
            Some((id, state, collected)) => (Some(id), Some(state), Some(Box::new(collected))),
            None => (None, None, None),
        };
        let setup = Setup {
            id: self.id.or(id).unwrap_or_else(RunId::random),
            state: self.state.or(state).unwrap_or_default(),
            executors: self.executors,
            internal: self.internal,
            event_buffer: self.event_buffer,
            collected,
            observed,
        };
        let (flow, timeout) = (self.flow, self.timeout);
        let watching = Watching { budget: self.poll_budget, reaction: self.on_overrun };
        let begin = first.map(|first| Begin { flow, first, timeout, watching });
        (begin, setup)
    }
}

impl<W: Workflow> IntoFuture for Run<W> {
    type Output = Result<W::Output, RunError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let (begin, setup) = self.split(false);
        let begin = match begin {
            Ok(begin) => begin,
            Err(error) => return Box::pin(std::future::ready(Err(RunError::Resume(error)))),
        };
        let shared = Arc::new(Shared::new(setup));
        if W::MAX_RUNS.is_none() {
            return Box::pin(drive_in_place(begin, Permit::not_needed(), shared));
        }
        Box::pin(async move {
            let permit = Permit::of(&begin.flow).await;
            drive_in_place(begin, permit, shared).await
        })
    }
}

impl<W: Workflow> fmt::Debug for Run<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("workflow", &W::NAME).field("id", &self.id).finish_non_exhaustive()
    }
}
