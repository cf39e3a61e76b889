//! The driver: owns a run, feeds its core and performs what it asks, in the run's own task.

use super::{
    RunEvent, Shared,
    clock::Clock,
    job::{Job, Outcome},
    shared::Letter,
    slots::{Polled, Slots},
};
use crate::{
    Failure, RunError, StepError, StepEvent, StepPhase, Workflow,
    core::{Action, Config, Core, Ending, ExecutionId, Tick, Time},
};
use std::{
    collections::VecDeque,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// After so many turns the driver lets other tasks of its thread go on.
const TURNS: usize = 128;

/// What a run begins with.
pub(super) struct Begin<W: Workflow> {
    pub(super) flow: Arc<W>,
    pub(super) input: W::Input,
    pub(super) timeout: Option<Duration>,
}

/// Drives a run from its start to its end; dropping the future drops the run.
pub(super) async fn drive<W: Workflow>(
    Begin { flow, input, timeout }: Begin<W>,
    shared: Arc<Shared<W>>,
) -> Result<W::Output, RunError> {
    // However it comes to its end, whoever waits for the run is told.
    let last_word = LastWord { shared: &shared, said: false };
    let inline = pin!(None);
    let config = Config { keeps: shared.observed(), internal: shared.internal() };
    let mut driver = Driver {
        launch: |job| W::dispatch(&flow, job),
        shared: &shared,
        core: Core::new(const { &W::TABLE }, config),
        slots: Slots::new(&shared, inline),
        clock: Clock::new(),
        now: Time::default(),
        letters: VecDeque::new(),
        ready: Vec::new(),
    };
    driver.core.apply(Tick::Start { event: W::start(input), timeout }, driver.now);
    let result = std::future::poll_fn(|cx| driver.poll(cx)).await;
    last_word.say(&result);
    result
}

struct Driver<'a, 's, W: Workflow, F, L> {
    launch: L,
    shared: &'a Arc<Shared<W>>,
    core: Core<W>,
    slots: Slots<'a, 's, W, F>,
    clock: Clock,
    /// Read once a poll: a clock costs more than a step.
    now: Time,
    letters: VecDeque<Letter<W>>,
    ready: Vec<u32>,
}

impl<'a, W, F, L> Driver<'a, '_, W, F, L>
where
    W: Workflow,
    F: Future<Output = Outcome<W>>,
    L: Fn(Job<'a, W>) -> F,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        self.now = self.clock.now();
        if let Some((id, polled)) = self.slots.poll_pending(cx) {
            self.polled(id, polled);
        }
        let mut turns = 0;
        loop {
            while let Some(action) = self.core.action() {
                if let Some(ending) = self.perform(action, cx) {
                    return Poll::Ready(self.end(ending));
                }
                turns += 1;
                if turns == TURNS {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            // Finished executions come before what the mailbox brings.
            self.shared.collect(&mut self.letters, &mut self.ready);
            if !self.ready.is_empty() {
                self.poll_ready();
                continue;
            }
            if self.deliver() {
                continue;
            }
            if let Some(at) = self.core.deadline()
                && self.clock.poll(at, cx).is_ready()
            {
                self.now = self.now.max(at);
                self.core.apply(Tick::Time, self.now);
                continue;
            }
            if self.core.is_idle() && !self.is_answerable() {
                self.core.apply(Tick::Stalled, self.now);
                continue;
            }
            if self.shared.wait(cx.waker()) {
                return Poll::Pending;
            }
        }
    }

    fn perform(&mut self, action: Action<W>, cx: &mut Context<'_>) -> Option<Ending<W>> {
        match action {
            Action::Launch(launch) => {
                let id = launch.execution;
                if self.shared.internal() {
                    self.shared.publish(RunEvent::Step(StepEvent {
                        step: W::TABLE.steps[launch.step as usize].name,
                        execution: id.serial,
                        attempt: launch.attempt,
                        phase: StepPhase::Running,
                    }));
                }
                let future = (self.launch)(Job::new(launch, self.shared));
                let polled = self.slots.start(id, future, cx);
                self.polled(id, polled);
            }
            Action::Drop { execution } => self.slots.drop(execution),
            Action::Prompt(prompt) => self.shared.publish(RunEvent::InputRequired(prompt)),
            Action::Phase(event) => self.shared.publish(RunEvent::Step(event)),
            Action::Idle if !self.core.is_idle() => {}
            Action::Idle if self.is_answerable() => self.shared.publish(RunEvent::Idle),
            Action::Idle => self.core.apply(Tick::Stalled, self.now),
            Action::Finish(ending) => return Some(ending),
        }
        None
    }

    fn poll_ready(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        for slot in ready.drain(..) {
            if let Some((id, polled)) = self.slots.poll(slot) {
                self.polled(id, polled);
            }
        }
        self.ready = ready;
    }

    fn polled(&mut self, id: ExecutionId, polled: Polled<Outcome<W>>) {
        let Poll::Ready(outcome) = polled else { return };
        // What it has sent comes before what it has returned.
        self.shared.collect(&mut self.letters, &mut self.ready);
        self.deliver();
        let outcome = outcome.unwrap_or_else(|panic| Err(StepError::panicked(&*panic)));
        let tick = match outcome {
            Ok(effects) => Tick::Done { execution: id, effects },
            Err(error) => Tick::Failed { execution: id, error },
        };
        self.core.apply(tick, self.now);
    }

    /// Hands the core what the mailbox has brought.
    fn deliver(&mut self) -> bool {
        let any = !self.letters.is_empty();
        while let Some(letter) = self.letters.pop_front() {
            let tick = match letter {
                Letter::External(event) => Tick::External(event),
                Letter::Sent { from, event } => Tick::Sent { from, event },
                Letter::Cancel => Tick::Cancel,
            };
            self.core.apply(tick, self.now);
        }
        any
    }

    /// Whether something from outside could make an idle run go on.
    fn is_answerable(&self) -> bool {
        W::TABLE.answerable && (!self.letters.is_empty() || self.shared.is_reachable())
    }

    fn end(&mut self, ending: Ending<W>) -> Result<W::Output, RunError> {
        self.shared.close();
        self.slots.clear();
        match ending {
            Ending::Completed(output) => Ok(output),
            Ending::Failed { step, attempts, elapsed, source } => {
                Err(RunError::Failed { step, attempts, elapsed, source: Failure(source) })
            }
            Ending::TimedOut { after, active_steps } => Err(RunError::TimedOut { after, active_steps }),
            Ending::Cancelled => Err(RunError::Cancelled),
            Ending::Stalled { parked } => Err(RunError::Stalled { parked }),
        }
    }
}

/// Tells the handle how the run ended, also when its task was dropped.
struct LastWord<'a, W: Workflow> {
    shared: &'a Shared<W>,
    said: bool,
}

impl<W: Workflow> LastWord<'_, W> {
    fn say(mut self, result: &Result<W::Output, RunError>) {
        self.said = true;
        self.shared.finish(result);
    }
}

impl<W: Workflow> Drop for LastWord<'_, W> {
    fn drop(&mut self) {
        if !self.said {
            self.shared.close();
            self.shared.finish(&Err(RunError::Cancelled));
        }
    }
}
