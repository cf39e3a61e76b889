//! One poll of the driver: from when its task is woken until it waits again.

#[cfg(feature = "durable")]
use super::commit::Journaling;
use super::{Current, Driven, Driver, End, Pace, Rest};
use crate::{
    engine::{Action, ExecutionId, Tick},
    error::StepError,
    panics::discard,
    run::{clock::NoTimer, dispatch::Outcome, event_log::StoredEvent, poll_budget::PollOverrun},
    step_event::StepPhase,
    trace::RunSpans,
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

/// What must happen in the dispatch next; see the [table](super).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Start,
    PollAgain,
    Abandon,
    Pause,
    Rest,
    End,
}

impl<W: Workflow> Driver<'_, W> {
    /// Begins a poll of the driver.
    #[inline(never)]
    pub(super) fn resume(&mut self) {
        // The time of a new run has just begun.
        if self.pace != Pace::New {
            self.now = self.clock.now();
            self.begin_slice();
        }
        self.pace = Pace::Polling;
        self.poll_timer.begin();
    }

    /// Makes the ready execution the current one; returns its step.
    #[inline]
    pub(super) fn start_step(&mut self) -> u16 {
        self.mark_polled();
        if self.reports_phases {
            self.report_phase(self.execution.step, self.execution.id, StepPhase::Running);
        }
        self.execution.step
    }

    /// Code of the current step is on the stack from here on.
    #[inline]
    pub(super) fn mark_polled(&mut self) {
        self.current = Current::Polled;
        self.last_step = self.execution.step;
    }

    /// The slow path to the next step.
    #[inline(never)]
    pub(super) fn next_step(&mut self, cx: &mut Context<'_>) -> Poll<ControlFlow<(), u16>> {
        if self.pace != Pace::Polling {
            self.resume();
        }
        if let Some(overrun) = self.overrun.take() {
            self.fail_overrun(self.execution.id, *overrun);
        }
        let progress = if self.end.is_some() { Progress::End } else { self.poll_run(cx) };
        match progress {
            Progress::Start => Poll::Ready(ControlFlow::Continue(self.start_step())),
            Progress::End | Progress::Rest => Poll::Ready(ControlFlow::Break(())),
            Progress::Pause | Progress::PollAgain | Progress::Abandon => Poll::Pending,
        }
    }

    /// The result of driving the run, once its dispatch has ended. Stores what remains of a run that waits.
    #[inline]
    pub(super) fn outcome(&mut self, rest: &mut Option<Rest>) -> Driven<W> {
        let Some(end) = self.end.take() else {
            *rest = Some(Rest {
                launched: self.engine.launched(),
                prompts: self.engine.prompts(),
                began: self.clock.began(),
            });
            return ControlFlow::Continue(());
        };
        self.check_polls();
        ControlFlow::Break(self.finish(end))
    }

    /// Polls the run while the current step is pending. A panic ends the run; the step's future is then dropped as
    /// everything is that ends with the run, not by the unwinding.
    pub(super) fn poll_run_catching(&mut self, cx: &mut Context<'_>) -> Progress {
        match catch_unwind(AssertUnwindSafe(|| self.poll_run(cx))) {
            Ok(progress) => progress,
            Err(panic) => {
                self.poison(&*panic);
                discard(panic);
                self.close();
                Progress::End
            }
        }
    }

    /// Performs actions until something must happen in the dispatch, or the driver waits.
    #[inline(never)]
    pub(super) fn poll_run(&mut self, cx: &mut Context<'_>) -> Progress {
        loop {
            // Running executions come before new messages and before new executions.
            if self.poll_ready() {
                return Progress::PollAgain;
            }
            if self.deliver() {
                // A flood of messages must not keep the driver from yielding.
                self.actions_left = self.actions_left.saturating_sub(1);
            }
            while self.actions_left > 0 {
                if self.end.is_some() {
                    return Progress::End;
                }
                if self.current == Current::Ready {
                    if self.engine.running(self.execution.id).is_some() {
                        return Progress::Start;
                    }
                    // A message has canceled it.
                    self.current = Current::None;
                    self.execution.clear();
                }
                let Some(action) = self.engine.action() else { break };
                self.actions_left -= 1;
                if let Some(progress) = self.perform(action) {
                    return progress;
                }
            }
            if self.polls_left == 0 || self.actions_left == 0 {
                return self.yield_now(cx);
            }
            if self.has_mail() {
                continue;
            }
            #[cfg(feature = "durable")]
            let is_storing = self.is_journaled
                && match self.poll_journal(cx) {
                    Journaling::UpToDate => false,
                    Journaling::Opened => continue,
                    Journaling::Waiting => true,
                    Journaling::Ended => return Progress::End,
                };
            // While actions are held back, some steps are neither running nor suspended.
            #[cfg(not(feature = "durable"))]
            let is_storing = false;
            if !is_storing && self.engine.is_replaying() {
                self.apply(Tick::Quiet);
                continue;
            }
            if let Some(at) = self.engine.deadline() {
                // A delay of zero needs no timer.
                let due = if at <= self.now { Poll::Ready(Ok(())) } else { self.clock.poll(at, cx) };
                if let Poll::Ready(Err(NoTimer)) = due {
                    self.close();
                    self.end = Some(End::NoTimer);
                    return Progress::End;
                }
                if due.is_ready() {
                    self.now = self.now.max(at);
                    self.apply(Tick::Time { at: SystemTime::now() });
                    continue;
                }
            }
            if !is_storing && self.engine.is_stuck() && !self.is_answerable() {
                self.engine.apply(Tick::Stalled, self.now);
                continue;
            }
            let is_waiting = match self.shared.get() {
                Some(shared) => shared.wait(cx.waker()),
                None => true,
            };
            if is_waiting {
                // Fixes the start of the run, whose time passes from now on.
                self.clock.began();
                #[cfg(feature = "durable")]
                if self.is_journaled && !is_storing {
                    self.report_wait();
                }
                let rests = !is_storing && self.engine.rest();
                self.check_polls();
                self.pace = Pace::Paused;
                let is_alone = self.current == Current::None && self.response_slots.is_none() && self.slots.are_free();
                if !rests || !is_alone {
                    return Progress::Pause;
                }
                if self.slots.were_used()
                    && let Some(shared) = self.shared.get()
                {
                    shared.free_ready();
                }
                return Progress::Rest;
            }
        }
    }

    /// Yields to other tasks. A run that never waits must still observe its deadline.
    fn yield_now(&mut self, cx: &mut Context<'_>) -> Progress {
        // A slice of a few polls needs no adapting. The next one begins with the time.
        if self.yields_left > 0 {
            let since = self.now;
            self.now = self.clock.now();
            self.adapt_slice(self.now - since);
        }
        if let Some(at) = self.engine.deadline()
            && at <= self.now
        {
            self.apply(Tick::Time { at: SystemTime::now() });
        }
        cx.waker().wake_by_ref();
        self.clock.began();
        self.check_polls();
        self.pace = Pace::Paused;
        Progress::Pause
    }

    /// Performs one action of the engine.
    fn perform(&mut self, action: Action<W>) -> Option<Progress> {
        match action {
            Action::Launch(launch) if self.current == Current::None => {
                self.execution.launch(launch);
                self.current = Current::Ready;
                return Some(Progress::Start);
            }
            Action::Launch(launch) => self.launch_in_slot(launch),
            Action::Wake { execution, wait, answer } if const { W::TABLE.waits() } => {
                #[cfg(feature = "durable")]
                if self.is_journaled {
                    self.record_woken();
                }
                let slots = self.response_slots.as_mut();
                let slot = slots?.remove(execution.serial, wait)?;
                if let Some(spans) = self.spans() {
                    spans.resumes(execution.serial, answer.is_some());
                }
                slot.fill(answer);
                // The step is polled before the next action: the run is not idle until it has had its response.
                if self.is_current(execution) {
                    return Some(Progress::PollAgain);
                }
                if let Some(slot) = self.slots.slot_of(execution) {
                    self.poll_slot(slot);
                }
            }
            Action::Drop { execution } if self.is_current(execution) => {
                self.attempt_over(execution, true);
                return Some(Progress::Abandon);
            }
            Action::Drop { execution } => {
                self.drop_slot(execution);
                self.attempt_over(execution, true);
            }
            Action::Idle => self.report_idle(),
            Action::Finish(ending) => {
                self.close();
                self.end = Some(End::new(ending));
                return Some(Progress::End);
            }
            action => self.report(action),
        }
        None
    }

    pub(super) fn is_current(&self, execution: ExecutionId) -> bool {
        self.current == Current::Pending && self.execution.id == execution
    }

    /// Reports that the run is idle, unless a message has arrived since the engine decided so.
    fn report_idle(&mut self) {
        let has_messages = self.shared.get().is_some_and(|shared| shared.has_messages());
        if !self.engine.is_idle() || has_messages {
            return;
        }
        if self.is_answerable() || !self.engine.is_stuck() {
            if let Some(spans) = self.spans() {
                spans.idles();
            }
            self.publish(StoredEvent::Idle);
        } else {
            self.engine.apply(Tick::Stalled, self.now);
        }
    }

    /// Passes an outcome to the engine.
    #[inline(never)]
    pub(super) fn returned(&mut self, id: ExecutionId, outcome: Outcome<W>) {
        // Sent events come before returned ones.
        if self.has_mail() {
            self.deliver_before_outcome();
        }
        let failed = outcome.is_err();
        match outcome {
            Ok(effects) => self.apply(Tick::Done { execution: id, effects }),
            Err(error) => self.failed(id, error),
        }
        self.attempt_over(id, failed);
    }

    /// Fails an execution because one of its polls took too long.
    #[cold]
    pub(super) fn fail_overrun(&mut self, id: ExecutionId, overrun: PollOverrun) {
        self.failed(id, overrun.into());
        self.attempt_over(id, true);
    }

    #[cold]
    fn failed(&mut self, execution: ExecutionId, error: StepError) {
        #[cfg(feature = "durable")]
        let error = if self.is_journaled { self.engine.decided(execution, error, self.now) } else { error };
        self.apply(Tick::Failed { execution, error, at: SystemTime::now() });
    }

    /// Passes a tick to the engine, and to the journal.
    #[inline]
    pub(super) fn apply(&mut self, tick: Tick<W>) {
        #[cfg(feature = "durable")]
        if self.is_journaled {
            return self.apply_recorded(tick);
        }
        self.engine.apply(tick, self.now);
    }

    /// Whether the engine may take the output of the current step by a fast path: there are no messages that come
    /// first, and nothing of the attempt to clean up.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        if self.response_slots.is_some() {
            return false;
        }
        match self.shared.get() {
            Some(shared) => !shared.has_mail() && !shared.has_cold_state(),
            None => true,
        }
    }

    /// Whether an external event could make an idle run continue: it can still be sent, and a step or a wait takes it.
    fn is_answerable(&self) -> bool {
        let is_taken = const { W::TABLE.starts_on_responses() } || self.engine.has_waits();
        is_taken && self.shared.get().is_some_and(|shared| shared.is_reachable())
    }

    pub(super) fn report_phase(&self, step: u16, id: ExecutionId, phase: StepPhase) {
        if let Some(shared) = self.shared.get() {
            shared.report_phase(step, id, phase);
        }
    }

    pub(super) fn publish(&self, event: StoredEvent<W>) {
        if let Some(shared) = self.shared.get() {
            shared.publish(event);
        }
    }

    /// The spans of the run, if it is traced.
    pub(super) fn spans(&self) -> Option<&RunSpans> {
        self.shared.get()?.spans()
    }

    /// Ignores everything that steps do from now on.
    pub(super) fn close(&self) {
        if let Some(shared) = self.shared.get() {
            shared.close();
        }
    }
}
