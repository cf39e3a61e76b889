//! One turn of the driver: from when its task is woken until it waits again.

use super::{At, Driven, Driver, End, Pace, Rest};
use crate::{
    engine::{Action, Effects, ExecutionId, Tick},
    error::StepError,
    run::{
        dispatch::{Outcome, boxed::BoxedExecution},
        event_log::StoredEvent,
        poll_budget::{Overrun, PollOverrun},
    },
    step_event::StepPhase,
    workflow::Workflow,
};
use core::{
    ops::ControlFlow,
    task::{Context, Poll},
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::SystemTime,
};

/// After so many actions, or so many polls, the driver lets other tasks of its thread go on.
const TURNS: u16 = 128;

/// What comes of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The driver's task waits, or lets others go on.
    Pause,
    /// The execution at hand has what it waited for.
    Again,
    /// The run goes on without the execution at hand.
    Without,
    /// There is an execution to take in hand.
    Launch,
    /// Nothing goes on, and the driver is needed no more until something comes from outside.
    Rest,
    /// The run has ended.
    End,
}

impl<W: Workflow> Driver<'_, W> {
    /// The task goes on after it has waited, or others have had their turn.
    #[inline(never)]
    pub(super) fn resume(&mut self) {
        let pace = std::mem::replace(&mut self.pace, Pace::Going);
        (self.turns, self.polls) = (TURNS, TURNS);
        self.poll_timer.begin();
        // Else its time has just begun.
        if pace != Pace::New {
            self.now = self.clock.now();
        }
    }

    /// The step at hand is started; tells which it is.
    #[inline]
    pub(super) fn start_step(&mut self) -> u16 {
        self.at = At::Going;
        self.in_step = true;
        self.last = self.current.step;
        if self.is_told {
            self.shared.tell(self.current.step, self.current.execution, StepPhase::Running);
        }
        self.current.step
    }

    /// The long way to the next step to take in hand.
    #[inline(never)]
    pub(super) fn next_step(&mut self, cx: &mut Context<'_>) -> Poll<ControlFlow<(), u16>> {
        if self.pace != Pace::Going {
            self.resume();
        }
        if let Some(overrun) = self.overdue.take() {
            self.overran(self.current.execution, *overrun);
        }
        let turn = if self.end.is_some() { Progress::End } else { self.poll_run(cx) };
        match turn {
            Progress::Launch => Poll::Ready(ControlFlow::Continue(self.start_step())),
            Progress::End | Progress::Rest => Poll::Ready(ControlFlow::Break(())),
            Progress::Pause | Progress::Again | Progress::Without => Poll::Pending,
        }
    }

    /// What has come of driving the run.
    #[inline]
    pub(super) fn outcome(&mut self) -> Driven<W> {
        let Some(end) = self.end.take() else {
            return ControlFlow::Continue(Rest { launched: self.engine.launched(), began: self.clock.began() });
        };
        self.check();
        ControlFlow::Break(self.finish(end))
    }

    /// A turn while an execution is at hand that waits. If something else panics, it is not to be dropped
    /// on the way, but as all that ends with the run.
    pub(super) fn poll_run_beside(&mut self, cx: &mut Context<'_>) -> Progress {
        catch_unwind(AssertUnwindSafe(|| self.poll_run(cx))).unwrap_or_else(|panic| {
            self.poison(&*panic);
            self.shared.close();
            Progress::End
        })
    }

    /// Does what there is to do, until there is something for the execution at hand or nothing at all.
    #[inline(never)]
    pub(super) fn poll_run(&mut self, cx: &mut Context<'_>) -> Progress {
        loop {
            // Work that goes on comes before new work, and before what the mailbox brings.
            self.poll_ready();
            self.deliver();
            while self.turns > 0 {
                if self.end.is_some() {
                    return Progress::End;
                }
                if self.at == At::Due {
                    if self.engine.running(self.current.execution).is_some() {
                        return Progress::Launch;
                    }
                    // What has come meanwhile has cancelled it.
                    self.at = At::Free;
                    (self.current.input, self.effects) = (None, Effects::new());
                }
                let Some(action) = self.engine.action() else { break };
                self.turns -= 1;
                if let Some(turn) = self.perform(action) {
                    return turn;
                }
            }
            if self.polls == 0 || self.turns == 0 {
                return self.pause(cx);
            }
            if self.shared.has_mail() {
                continue;
            }
            if self.engine.is_replaying() {
                self.engine.apply(Tick::Quiet, self.now);
                continue;
            }
            if let Some(at) = self.engine.deadline()
                && self.clock.poll(at, cx).is_ready()
            {
                self.now = self.now.max(at);
                self.engine.apply(Tick::Time { at: SystemTime::now() }, self.now);
                continue;
            }
            if self.engine.is_stuck() && !self.is_answerable() {
                self.engine.apply(Tick::Stalled, self.now);
                continue;
            }
            if self.shared.wait(cx.waker()) {
                // Its time goes on.
                self.clock.began();
                let is_at_rest = self.engine.rest();
                self.check();
                self.pace = Pace::Paused;
                let is_alone = self.at == At::Free && self.response_slots.is_none() && self.slots.are_free();
                return if is_at_rest && is_alone { Progress::Rest } else { Progress::Pause };
            }
        }
    }

    /// Lets others go on for a while. A run that never waits can still run out of time.
    fn pause(&mut self, cx: &mut Context<'_>) -> Progress {
        if let Some(at) = self.engine.deadline() {
            self.now = self.clock.now();
            if at <= self.now {
                self.engine.apply(Tick::Time { at: SystemTime::now() }, self.now);
            }
        }
        cx.waker().wake_by_ref();
        self.clock.began();
        self.check();
        self.pace = Pace::Paused;
        Progress::Pause
    }

    fn perform(&mut self, action: Action<W>) -> Option<Progress> {
        match action {
            Action::Launch(launch) if self.at == At::Free => {
                self.current.becomes(launch, &mut self.effects);
                self.at = At::Due;
                return Some(Progress::Launch);
            }
            Action::Launch(launch) => {
                let (id, step) = (launch.execution, launch.step);
                self.shared.tell(step, id, StepPhase::Running);
                let execution = BoxedExecution::new(launch, self.shared.get());
                let origin = self.is_asked.then(|| Box::new(execution.origin()));
                self.last = step;
                let polled = self.slots.start(self.flow, self.shared.get(), id, origin, execution);
                self.polled(id, step, polled);
            }
            Action::Wake { execution, wait, answer } => {
                if let Some(response) = self
                    .response_slots
                    .as_mut()
                    .and_then(|response_slots| response_slots.remove(&(execution.serial, wait)))
                {
                    response.fill(answer);
                    // It has its answer, and may go on: the run is not idle before it has tried.
                    if self.is_at_hand(execution) {
                        return Some(Progress::Again);
                    }
                    self.poll_ready();
                }
            }
            Action::Drop { execution } if self.is_at_hand(execution) => {
                self.attempt_over(execution, true);
                return Some(Progress::Without);
            }
            Action::Drop { execution } => {
                let dropping = self.shared.dropping();
                self.slots.drop(execution);
                drop(dropping);
                self.attempt_over(execution, true);
            }
            Action::Prompt(prompt) => self.shared.publish(StoredEvent::InputRequired(prompt)),
            Action::Phase(event) => self.shared.publish(StoredEvent::Step(Box::new(event))),
            Action::Idle => self.tell_idle(),
            Action::Finish(ending) => {
                self.shared.close();
                self.end = Some(End::new(ending));
                return Some(Progress::End);
            }
        }
        None
    }

    fn is_at_hand(&self, execution: ExecutionId) -> bool {
        self.at == At::Going && self.current.execution == execution
    }

    /// The core was idle when it said so; the mailbox may have brought something since.
    fn tell_idle(&mut self) {
        if !self.engine.is_idle() || self.shared.has_messages() {
            return;
        }
        if self.is_answerable() || !self.engine.is_stuck() {
            self.shared.publish(StoredEvent::Idle);
        } else {
            self.engine.apply(Tick::Stalled, self.now);
        }
    }

    /// Polls the executions that were woken. One that the core has dropped in the meantime is not
    /// polled any more: nothing that it does may be seen.
    fn poll_ready(&mut self) {
        let mut ready = self.shared.ready();
        if ready.len() > usize::from(TURNS) {
            let rest = ready.split_off(usize::from(TURNS));
            self.shared.get().requeue_ready(rest);
        }
        for slot in ready {
            let Some(id) = self.slots.occupant(slot) else { continue };
            let Some(step) = self.engine.running(id) else { continue };
            self.last = step;
            let Some(polled) = self.slots.poll(slot) else { continue };
            self.polled(id, step, polled);
            self.polls = self.polls.saturating_sub(1);
        }
    }

    /// What comes of a poll of an execution in a slot.
    fn polled(&mut self, id: ExecutionId, step: u16, polled: Poll<Outcome<W>>) {
        if let Some(overrun) = self.timed(Some(id), step) {
            let dropping = self.shared.dropping();
            self.slots.drop(id);
            drop(dropping);
            return self.overran(id, *overrun);
        }
        if let Poll::Ready(outcome) = polled {
            self.returned(id, outcome);
        }
    }

    /// Hands an outcome to the core.
    #[inline(never)]
    pub(super) fn returned(&mut self, id: ExecutionId, outcome: Outcome<W>) {
        // What it has sent comes before what it has returned.
        if self.shared.has_mail() {
            self.deliver_before_outcome();
        }
        let failed = outcome.is_err();
        match outcome {
            Ok(effects) => self.engine.apply(Tick::Done { execution: id, effects }, self.now),
            Err(error) => self.failed(id, error),
        }
        self.attempt_over(id, failed);
    }

    /// One poll of it has taken too long.
    #[cold]
    fn overran(&mut self, id: ExecutionId, overrun: PollOverrun) {
        self.failed(id, overrun.into());
        self.attempt_over(id, true);
    }

    /// Whether what a step has returned can be handed on with nothing else to see to.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.response_slots.is_none() && self.shared.is_quiet()
    }

    #[cold]
    fn failed(&mut self, execution: ExecutionId, error: StepError) {
        self.engine.apply(Tick::Failed { execution, error, at: SystemTime::now() }, self.now);
    }

    /// Counts a poll of `step`. Reports one that took longer than the budget, and returns it if the step must
    /// fail. `id` is the polled execution, `None` the current one.
    // A hop has just written the id of the current execution, and reading it back at once would stall.
    #[inline]
    pub(super) fn timed(&mut self, id: Option<ExecutionId>, step: u16) -> Option<Box<PollOverrun>> {
        if self.poll_timer.polled(step) { self.look_at(id, step) } else { None }
    }

    #[inline(never)]
    fn look_at(&mut self, id: Option<ExecutionId>, step: u16) -> Option<Box<PollOverrun>> {
        let (overrun, steps) = self.poll_timer.check()?;
        let id = id.unwrap_or(self.current.execution);
        self.shared.get().overrun(&overrun, steps);
        self.shared.tell(step, id, StepPhase::Overrun);
        (self.poll_timer.reaction == Overrun::Fail).then(|| Box::new(overrun))
    }

    /// Looks at the clock for the polls that have not been timed yet.
    #[inline]
    fn check(&mut self) {
        if self.poll_timer.is_on()
            && let Some((overrun, steps)) = self.poll_timer.check()
        {
            self.shared.get().overrun(&overrun, steps);
        }
    }

    /// Whether something from outside could make an idle run go on.
    fn is_answerable(&self) -> bool {
        W::TABLE.answerable && self.shared.is_reachable()
    }
}
