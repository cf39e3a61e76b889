//! One execution of a run that a test drives, with the test's changes to its step.

use crate::{
    engine::{Events, ExecutionId, Launch},
    error::StepError,
    executor::{Origin, Scope},
    panics::discard,
    run::{
        dispatch::{CurrentExecution, Outcome, boxed::BoxedExecution},
        shared::Shared,
    },
    workflow::{Instance, Workflow},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::{pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

pub(super) type StepFuture<W> = Pin<Box<dyn Future<Output = Outcome<W>> + Send>>;

/// Runs instead of a step.
pub(crate) type Stub<W> = Arc<dyn for<'e> Fn(Events<'e, W>) -> StepFuture<W> + Send + Sync>;

/// What happens to an attempt instead of the step.
#[derive(Clone)]
pub(crate) enum Fault {
    Error(StepError),
    Panic(String),
    Delay(Duration),
    Hang,
}

/// The attempts of a step that a fault affects.
#[derive(Clone)]
pub(crate) struct Attempts {
    pub(crate) step: u16,
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// The number of the execution among those of the step, from 1. `None` for all.
    pub(crate) execution: Option<usize>,
}

/// The changes of a test to the steps of a run.
pub(crate) struct Overrides<W: Workflow> {
    pub(crate) stubs: BTreeMap<u16, Stub<W>>,
    pub(crate) faults: Vec<(Attempts, Fault)>,
    /// The places in `faults` of those that affected an attempt.
    pub(crate) used_faults: BTreeSet<usize>,
    /// The serials of the executions of each step, in order.
    pub(crate) executions: BTreeMap<u16, Vec<u64>>,
}

impl<W: Workflow> Default for Overrides<W> {
    fn default() -> Self {
        Self { stubs: BTreeMap::new(), faults: Vec::new(), used_faults: BTreeSet::new(), executions: BTreeMap::new() }
    }
}

impl<W: Workflow> Overrides<W> {
    /// The future of an attempt: the step, or what the test has set in its place. Returns whether it hangs.
    pub(super) fn start(
        &mut self,
        launch: Launch<W>,
        workflow: &Arc<Instance<W>>,
        shared: &Arc<Shared<W>>,
    ) -> (StepFuture<W>, bool) {
        let (id, step) = (launch.execution, launch.step);
        let serials = self.executions.entry(step).or_default();
        if !serials.contains(&id.serial) {
            serials.push(id.serial);
        }
        let number = serials.iter().position(|serial| *serial == id.serial).map_or(0, |at| at + 1);
        let place = self.faults.iter().position(|(attempts, _)| attempts.affects(step, id.attempt, number));
        self.used_faults.extend(place);
        let delay = match place.map(|place| &self.faults[place].1) {
            None => None,
            Some(Fault::Delay(delay)) => Some(*delay),
            Some(fault) => {
                begin(id, step, shared);
                return (fault.future(), matches!(fault, Fault::Hang));
            }
        };
        let stub = self.stubs.get(&step).cloned();
        if stub.is_some() || delay.is_some() {
            begin(id, step, shared);
        }
        let (workflow, shared) = (Arc::clone(workflow), Arc::clone(shared));
        let attempt = move || -> StepFuture<W> {
            if let Some(stub) = stub {
                let mut execution = CurrentExecution::none();
                execution.launch(launch);
                return stub(execution.input());
            }
            let execution = BoxedExecution::new(launch, &shared);
            Box::pin(async move { W::dispatch(&workflow, execution).await })
        };
        let future = Box::pin(async move {
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            attempt().await
        });
        (future, false)
    }
}

/// Starts the timeout of a blocking step whose own code does not run.
fn begin<W: Workflow>(id: ExecutionId, step: u16, shared: &Shared<W>) {
    let declared = &W::TABLE.steps[step as usize];
    if declared.blocking && (declared.queue_timeout.is_some() || shared.step_timeout(step).is_some()) {
        if declared.resources {
            shared.queued(id);
        }
        shared.began(id);
    }
}

impl Attempts {
    fn affects(&self, step: u16, attempt: u32, execution: usize) -> bool {
        let is_execution = match self.execution {
            None => true,
            Some(number) => number == execution,
        };
        self.step == step && (self.first..=self.last).contains(&attempt) && is_execution
    }
}

impl Fault {
    fn future<W: Workflow>(&self) -> StepFuture<W> {
        match self {
            Self::Error(error) => Box::pin(ready(Err(error.clone()))),
            Self::Panic(message) => {
                // As the panic of a step, without the message of the panic hook in the output of the test.
                let error = StepError::panicked(message);
                Box::pin(ready(Err(error)))
            }
            Self::Delay(_) | Self::Hang => Box::pin(pending()),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => write!(f, "error: {error}"),
            Self::Panic(message) => write!(f, "panic: {message}"),
            Self::Delay(delay) => write!(f, "delay of {delay:?}"),
            Self::Hang => f.write_str("hang"),
        }
    }
}

/// An execution that has started.
pub(super) struct Task<W: Workflow> {
    pub(super) id: ExecutionId,
    pub(super) step: u16,
    /// Whether a fault keeps it from ever returning.
    pub(super) hangs: bool,
    future: StepFuture<W>,
    origin: Origin,
    waker: Waker,
}

impl<W: Workflow> Task<W> {
    pub(super) fn new(
        id: ExecutionId,
        step: u16,
        place: u32,
        (future, hangs): (StepFuture<W>, bool),
        shared: &Arc<Shared<W>>,
    ) -> Self {
        let origin = Origin {
            scope: Arc::clone(shared) as Arc<dyn Scope>,
            step: W::TABLE.steps[step as usize].name,
            execution: id,
        };
        let waker = Arc::new(TaskWaker { shared: Arc::clone(shared), place }).into();
        Self { id, step, hangs, future, origin, waker }
    }

    /// Polls the future. A panic is the failure of the attempt.
    pub(super) fn poll(&mut self) -> Option<Outcome<W>> {
        let Self { future, waker, origin, .. } = self;
        let entered = origin.clone().enter_span();
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(waker))));
        drop(entered);
        match polled {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(outcome)) => Some(outcome),
            Err(panic) => {
                let error = StepError::panicked(&*panic);
                discard(panic);
                Some(Err(error))
            }
        }
    }
}

struct TaskWaker<W: Workflow> {
    shared: Arc<Shared<W>>,
    place: u32,
}

impl<W: Workflow> Wake for TaskWaker<W> {
    fn wake(self: Arc<Self>) {
        self.shared.wake(self.place);
    }
}
