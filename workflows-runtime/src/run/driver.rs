//! The driver: owns a run, feeds its core and performs what it asks, in the run's own task.

mod mail;

use super::{
    RunEvent, Shared,
    clock::Clock,
    instance::{Instance, Permit},
    job::{Job, Outcome},
    letter::Cell,
    slots::Slots,
    watch::{Overrun, PollOverrun, Watch},
};
use crate::{
    Failure, RunError, StepError, StepPhase, Workflow,
    core::{Action, Config, Core, Ending, ExecutionId, Launch, State, Tick, Time},
};
use std::{
    any::Any,
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

/// After so many actions, or so many polls, the driver lets other tasks of its thread go on.
const TURNS: usize = 128;

/// What a run begins with.
pub(super) struct Begin<W: Workflow> {
    pub(super) flow: Arc<W>,
    pub(super) first: First<W>,
    pub(super) timeout: Timeout,
    pub(super) poll_budget: Duration,
    pub(super) on_overrun: Overrun,
}

/// How long a run may take.
#[derive(Debug, Clone, Copy)]
pub(super) enum Timeout {
    /// As the workflow says; for a resumed run, what was left of that.
    Declared,
    Given(Option<Duration>),
}

/// Where a run begins.
pub(super) enum First<W: Workflow> {
    Input(W::Input),
    Resume { core: Box<State<W::Event>>, now: Time, away: Duration },
}

/// Drives a run from its start to its end; dropping the future drops the run.
pub(super) async fn drive<W: Workflow>(
    begin: Box<Begin<W>>,
    permit: Permit,
    last_word: LastWord<W>,
) -> Result<W::Output, RunError> {
    let Begin { flow, first, timeout, poll_budget, on_overrun } = *begin;
    let flow = Instance::of(flow);
    let result = {
        let shared = &last_word.shared;
        let inline = pin!(None);
        let config = Config { keeps: shared.observed(), internal: shared.internal(), seed: shared.id().seed() };
        let now = first.time();
        let mut driver = Driver {
            launch: |job| W::dispatch(&flow, job),
            shared,
            core: Core::new(const { &W::TABLE }, config),
            slots: Slots::new(shared, inline),
            clock: Clock::new(now),
            now,
            watch: Watch::new(poll_budget, on_overrun, shared.internal()),
            cells: None,
            last: 0,
            is_new: true,
        };
        let start = || driver.begin(first, timeout);
        match catch_unwind(AssertUnwindSafe(start)) {
            Ok(()) => poll_fn(|cx| driver.poll(cx)).await,
            Err(panic) => driver.broken(&*panic),
        }
    };
    // Whoever sees the result sees that the run has let go of all that it had.
    drop((flow, permit));
    last_word.say(&result);
    result
}

impl<W: Workflow> First<W> {
    /// How long the run has gone on before.
    fn time(&self) -> Time {
        match self {
            Self::Input(_) => Time::default(),
            Self::Resume { now, .. } => *now,
        }
    }
}

/// Where bodies wait for answers, by execution and wait.
type Cells<W> = BTreeMap<(u64, usize), Arc<Cell<W>>>;

struct Driver<'a, 's, W: Workflow, F: Future, L> {
    launch: L,
    shared: &'a Arc<Shared<W>>,
    core: Core<W>,
    slots: Slots<'a, 's, W, F>,
    clock: Clock,
    /// Read once a poll: a clock costs more than a step.
    now: Time,
    watch: Watch,
    cells: Option<Box<Cells<W>>>,
    /// The step that was polled last.
    last: u16,
    /// It has not been polled yet.
    is_new: bool,
}

impl<'a, W, F, L> Driver<'a, '_, W, F, L>
where
    W: Workflow,
    F: Future<Output = Outcome<W>>,
    L: Fn(Job<'a, W>) -> F,
{
    fn begin(&mut self, first: First<W>, timeout: Timeout) {
        match first {
            First::Input(input) => {
                let timeout = match timeout {
                    Timeout::Declared => W::TIMEOUT,
                    Timeout::Given(timeout) => timeout,
                };
                self.core.apply(Tick::Start { event: W::start(input), timeout }, self.now);
            }
            First::Resume { core, away, .. } => {
                self.core.restore(*core, away);
                if let Timeout::Given(timeout) = timeout {
                    self.core.set_timeout(timeout, self.now);
                }
                self.core.apply(Tick::Resume, self.now);
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        self.watch.begin();
        // Once for all that is polled in a turn: it costs as much as a short step.
        let polled = catch_unwind(AssertUnwindSafe(|| self.turn(cx))).unwrap_or_else(|panic| {
            let Some(id) = self.slots.panicked() else { return Poll::Ready(self.broken(&*panic)) };
            self.recover(id, StepError::panicked(&*panic), cx)
        });
        if let Some((overrun, steps)) = self.watch.look() {
            self.shared.overrun(&overrun, steps);
        }
        polled
    }

    /// A step has panicked: that is its failure, and the run goes on.
    fn recover(
        &mut self,
        id: ExecutionId,
        error: StepError,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Output, RunError>> {
        let recovered = catch_unwind(AssertUnwindSafe(|| {
            self.deliver_before_outcome();
            self.failed(id, error);
            self.over(id);
        }));
        match recovered {
            Ok(()) => self.pause(cx),
            Err(panic) => Poll::Ready(self.broken(&*panic)),
        }
    }

    /// The user's own code, such as an event's `Clone`, has panicked outside of a step's body: what
    /// the run is at can't be trusted any more.
    fn broken(&mut self, panic: &(dyn Any + Send)) -> Result<W::Output, RunError> {
        let source = StepError::panicked(panic);
        let step = W::TABLE.steps[self.last as usize].name;
        self.end(Ending::Failed { step, attempts: 1, elapsed: Duration::ZERO, source })
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        if self.is_new {
            // Its time has just begun.
            self.is_new = false;
        } else {
            self.now = self.clock.now();
        }
        self.poll_inline(cx);
        // Counted apart, so that neither of them can starve the other.
        let (mut polls, mut turns) = (0, 0);
        loop {
            // Work that goes on comes before new work, and before what the mailbox brings.
            polls += self.poll_ready();
            self.deliver();
            while turns < TURNS {
                if let Some(launch) = self.core.next_launch() {
                    turns += self.chain(launch, TURNS - turns, cx);
                } else if let Some(action) = self.core.action() {
                    if let Some(ending) = self.perform(action, cx) {
                        return Poll::Ready(self.end(ending));
                    }
                } else {
                    break;
                }
                turns += 1;
            }
            if polls >= TURNS || turns >= TURNS {
                return self.pause(cx);
            }
            if self.shared.has_mail() {
                continue;
            }
            if self.core.holds() {
                self.core.apply(Tick::Quiet, self.now);
                continue;
            }
            if let Some(at) = self.core.deadline()
                && self.clock.poll(at, cx).is_ready()
            {
                self.now = self.now.max(at);
                self.core.apply(Tick::Time { at: SystemTime::now() }, self.now);
                continue;
            }
            if self.core.is_stuck() && !self.is_answerable() {
                self.core.apply(Tick::Stalled, self.now);
                continue;
            }
            if self.shared.wait(cx.waker()) {
                self.core.rest();
                return Poll::Pending;
            }
        }
    }

    /// Lets others go on for a while. A run that never waits can still run out of time.
    fn pause(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        if let Some(at) = self.core.deadline() {
            self.now = self.clock.now();
            if at <= self.now {
                self.core.apply(Tick::Time { at: SystemTime::now() }, self.now);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Starts a step, and what follows from it as long as one step leads straight to one other; tells how
    /// many there were beside the first.
    fn chain(&mut self, mut launch: Launch<W>, most: usize, cx: &mut Context<'_>) -> usize {
        for turn in 0..most {
            match self.start(launch, cx) {
                Some(next) => launch = next,
                None => return turn,
            }
        }
        self.core.postpone(launch);
        most
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: what is moved through memory here costs a third of a hop")]
    fn start(&mut self, launch: Launch<W>, cx: &mut Context<'_>) -> Option<Launch<W>> {
        let (id, step) = (launch.execution, launch.step);
        self.shared.tell(step, id, StepPhase::Running);
        let job = Job::new(launch, self.shared);
        let origin = self.shared.is_asked().then(|| Box::new(job.origin()));
        let future = (self.launch)(job);
        let polled = self.slots.start(id, origin, future, cx);
        self.polled(id, step, polled)
    }

    fn perform(&mut self, action: Action<W>, cx: &mut Context<'_>) -> Option<Ending<W>> {
        match action {
            Action::Launch(launch) => {
                self.chain(launch, 1, cx);
            }
            Action::Wake { execution, wait, answer } => {
                if let Some(cell) = self.cells.as_mut().and_then(|cells| cells.remove(&(execution.serial, wait))) {
                    cell.fill(answer);
                    // It has its answer, and may go on: the run is not idle before it has tried.
                    self.poll_inline(cx);
                    self.poll_ready();
                }
            }
            Action::Drop { execution } => {
                self.shared.dropping(|| self.slots.drop(execution));
                self.over(execution);
            }
            Action::Prompt(prompt) => self.shared.publish(RunEvent::InputRequired(prompt)),
            Action::Phase(event) => self.shared.publish(RunEvent::Step(event)),
            Action::Idle => self.tell_idle(),
            Action::Finish(ending) => return Some(ending),
        }
        None
    }

    /// The core was idle when it said so; the mailbox may have brought something since.
    fn tell_idle(&mut self) {
        if !self.core.is_idle() || self.shared.has_letters() {
            return;
        }
        if self.is_answerable() || !self.core.is_stuck() {
            self.shared.publish(RunEvent::Idle);
        } else {
            self.core.apply(Tick::Stalled, self.now);
        }
    }

    /// Polls the execution that lies in the driver: whoever woke the driver may have meant it.
    fn poll_inline(&mut self, cx: &mut Context<'_>) {
        let Some(id) = self.slots.pending() else { return };
        if let Some(step) = self.core.running(id) {
            let polled = self.slots.poll_inline(cx);
            if let Some(launch) = self.polled(id, step, polled) {
                self.core.postpone(launch);
            }
        }
    }

    /// Polls the executions that were woken, and says how many. One that the core has dropped in
    /// the meantime is not polled any more: nothing that it does may be seen.
    fn poll_ready(&mut self) -> usize {
        let mut ready = self.shared.ready();
        if ready.len() > TURNS {
            let rest = ready.split_off(TURNS);
            self.shared.not_yet(rest);
        }
        let mut polls = 0;
        for slot in ready {
            let Some(id) = self.slots.occupant(slot) else { continue };
            let Some(step) = self.core.running(id) else { continue };
            let Some(polled) = self.slots.poll_boxed(slot) else { continue };
            if let Some(launch) = self.polled(id, step, polled) {
                self.core.postpone(launch);
            }
            polls += 1;
        }
        polls
    }

    /// What comes of a poll; the step that is to be started next, if nothing else is to be done.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured: what is moved through memory here costs a third of a hop")]
    fn polled(&mut self, id: ExecutionId, step: u16, polled: Poll<Outcome<W>>) -> Option<Launch<W>> {
        self.last = step;
        if let Some(overrun) = self.timed(id, step) {
            self.shared.dropping(|| self.slots.drop(id));
            self.failed(id, overrun.into());
            return None;
        }
        let Poll::Ready(outcome) = polled else { return None };
        // What it has sent comes before what it has returned.
        if self.shared.has_mail() {
            self.deliver_before_outcome();
        }
        let next = match outcome {
            Ok(effects) => self.core.apply_and_go_on(Tick::Done { execution: id, effects }, self.now),
            Err(error) => {
                self.failed(id, error);
                None
            }
        };
        if self.cells.is_some() || self.shared.has_collected() {
            self.over(id);
        }
        next
    }

    #[cold]
    fn failed(&mut self, execution: ExecutionId, error: StepError) {
        self.core.apply(Tick::Failed { execution, error, at: SystemTime::now() }, self.now);
    }

    /// Tells of a poll that has taken too long, and gives it back if it is to be a failure.
    fn timed(&mut self, id: ExecutionId, step: u16) -> Option<PollOverrun> {
        let (overrun, steps) = self.watch.polled(step)?;
        self.shared.overrun(&overrun, steps);
        self.shared.tell(step, id, StepPhase::Overrun);
        (self.watch.reaction == Overrun::Fail).then_some(overrun)
    }

    /// Whether something from outside could make an idle run go on.
    fn is_answerable(&self) -> bool {
        W::TABLE.answerable && self.shared.is_reachable()
    }

    fn end(&mut self, ending: Ending<W>) -> Result<W::Output, RunError> {
        if self.shared.observed() && matches!(ending, Ending::Cancelled | Ending::TimedOut { .. }) {
            self.shared.leave_behind(Box::new(self.content()));
        }
        self.drop_all();
        match ending {
            Ending::Completed(output) => Ok(output),
            Ending::Failed { step, attempts, elapsed, source } => {
                Err(RunError::Failed { step, attempts, elapsed, source: Failure(source) })
            }
            Ending::TimedOut { after, active_steps } => Err(RunError::TimedOut { after, active_steps }),
            Ending::Cancelled => Err(RunError::Cancelled),
            Ending::Stalled { parked, waiting } => {
                Err(RunError::Stalled { parked: self.with_collected(parked), waiting })
            }
        }
    }
}

impl<W: Workflow, F: Future, L> Driver<'_, '_, W, F, L> {
    /// Drops what goes on; from now on nothing that it does is seen.
    fn drop_all(&mut self) {
        self.shared.close();
        self.slots.clear();
    }
}

// When the run is dropped, nothing that its steps do in their own drops is seen either.
impl<W: Workflow, F: Future, L> Drop for Driver<'_, '_, W, F, L> {
    fn drop(&mut self) {
        self.drop_all();
    }
}

/// Tells whoever waits for the run how it ended; also when its task is dropped, before it began
/// or on its way.
pub(super) struct LastWord<W: Workflow> {
    shared: Arc<Shared<W>>,
    said: bool,
}

impl<W: Workflow> LastWord<W> {
    pub(super) fn new(shared: Arc<Shared<W>>) -> Self {
        Self { shared, said: false }
    }

    /// The end of a run that has never begun: nobody will read its mail.
    pub(super) fn refuse(self, error: RunError) {
        self.shared.close();
        self.say(&Err(error));
    }

    pub(super) fn say(mut self, result: &Result<W::Output, RunError>) {
        self.shared.finish(result);
        self.said = true;
    }
}

impl<W: Workflow> Drop for LastWord<W> {
    fn drop(&mut self) {
        if !self.said {
            self.shared.close();
            self.shared.finish(&Err(RunError::Cancelled));
        }
    }
}
