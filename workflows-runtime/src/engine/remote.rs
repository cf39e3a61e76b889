//! Executions that run elsewhere: calls, their answers, and responses that are matched where the step is executed.
//!
//! While a call is under way, the execution is `Running`, and its history is rewound: its waits are detached, and so
//! blocked, as after a resume. The answer reports which waits the step has reached, and the machine does what it
//! would have done for each. If the step waits then, the execution is suspended, until a response or a timeout of a
//! wait calls the same attempt again.

use super::{
    Engine, Phase, definition::Definition, execution::Stage, history::NextWait, id::ExecutionId, machine::Machine,
    replay::ReplayedWait, state::EngineState, tick::WaitRequest, timer::Time, undecided::Undecided,
};
use crate::graph::NONE;
use std::time::Duration;

/// A wait in the answer to a call.
pub(crate) struct AnsweredWait<D: Definition> {
    pub(crate) slot: u16,
    /// The index of a recorded wait, or `None` for a new one.
    pub(crate) recorded: Option<usize>,
    pub(crate) prompt: Option<D::Prompt>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) matching: bool,
    /// Whether the response that was offered to it in the call matches.
    pub(crate) accepts: Option<bool>,
    /// Whether the step had the wait's answer in the call.
    pub(crate) answered: bool,
}

impl<D: Definition> Engine<D> {
    /// The recorded waits of an execution, for a call of it.
    pub(crate) fn replayed_waits(&self, id: ExecutionId) -> Vec<ReplayedWait<D::Event>> {
        let Phase::Full(machine) = &self.phase else { return Vec::new() };
        match machine.execution(id).and_then(|execution| execution.history.as_ref()) {
            Some(history) => history.waits.iter().map(ReplayedWait::of).collect(),
            None => Vec::new(),
        }
    }

    /// The time since the start of the first attempt of an execution.
    pub(crate) fn elapsed(&self, id: ExecutionId, now: Time) -> Duration {
        match &self.phase {
            Phase::Single { single, .. } => now - single.started(),
            Phase::Full(machine) => machine.execution(id).map_or(Duration::ZERO, |execution| now - execution.started),
            Phase::Idle { .. } | Phase::Ended => Duration::ZERO,
        }
    }

    /// Calls an attempt again that is not being executed, because of a response or a timeout.
    pub(crate) fn call_again(&mut self, id: ExecutionId, now: Time) {
        self.materialize().call_again(id, now);
    }

    /// Calls an attempt again that holds a worker.
    pub(crate) fn repeat_call(&mut self, id: ExecutionId, now: Time) {
        self.materialize().repeat_call(id, now);
    }

    /// Checks a wait of an answer against the history.
    pub(crate) fn check_wait(&mut self, id: ExecutionId, wait: &AnsweredWait<D>) -> Result<(), String> {
        let AnsweredWait { slot, recorded, answered, accepts, .. } = wait;
        if !self.is_awaited(*slot) {
            return Err(format!("it waits for events that do not exist: slot {slot}"));
        }
        let Some(recorded) = recorded else {
            return if *answered { Err("a new wait has an answer".to_owned()) } else { Ok(()) };
        };
        let machine = self.materialize();
        let history = machine.execution(id).and_then(|execution| execution.history.as_ref());
        let found = history.and_then(|history| history.waits.get(*recorded));
        let Some(found) = found else { return Err(format!("there is no wait {recorded}")) };
        if found.slot != *slot {
            return Err(format!("wait {recorded} is for another type"));
        }
        if *answered && !found.is_resolved() && *accepts != Some(true) {
            return Err(format!("wait {recorded} has no answer"));
        }
        if accepts.is_some() && found.undecided().is_none() && !found.is_unchecked() {
            return Err(format!("nothing was offered to wait {recorded}"));
        }
        Ok(())
    }

    /// Whether `slot` is that of events for which a step waits.
    fn is_awaited(&self, slot: u16) -> bool {
        let table = self.table;
        if table.next.contains(&slot) {
            // The slot of its events is another one.
            return false;
        }
        let mut input = slot;
        while let Some(found) = table.inputs.get(input as usize) {
            if found.port == NONE {
                return true;
            }
            input = table.next[input as usize];
        }
        false
    }

    /// The step has made a wait. Returns its index in the history.
    pub(crate) fn waited(&mut self, id: ExecutionId, wait: AnsweredWait<D>, now: Time) -> Option<usize> {
        self.materialize().waited(id, wait, now)
    }

    /// The step has had the answer to a wait.
    pub(crate) fn had_answer(&mut self, id: ExecutionId, wait: usize) {
        let machine = self.materialize();
        if machine.execution(id).is_some() {
            machine.mark_woken(id, wait);
        }
    }

    /// The call has ended with open waits.
    pub(crate) fn suspend_call(&mut self, id: ExecutionId, now: Time) {
        self.materialize().suspend_call(id, now);
    }

    /// As [`Self::snapshot`]. Responses that are offered are buffered again.
    pub(crate) fn snapshot_undecided(&mut self) -> EngineState<D::Event> {
        let mut state = self.snapshot();
        state.take_back_all();
        state
    }
}

impl<D: Definition> Machine<D> {
    /// See [`Engine::call_again`].
    pub(super) fn call_again(&mut self, id: ExecutionId, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        let step = execution.step;
        let stage = execution.stage;
        match stage {
            Stage::Running => {
                // It has been called again already, unless it has reached one of its waits.
                if let Some(history) = &execution.history
                    && history.waits.iter().any(|wait| wait.attached)
                {
                    self.repeat_call(id, now);
                }
            }
            Stage::Suspended => {
                self.leave_stage(step, stage);
                self.rewind_call(id);
                self.state.executions[id.slot].stage = Stage::Requeued;
                self.state.queues[step as usize].requeue(id);
                self.launch_queued(step, now);
            }
            // It is called as soon as there is a worker.
            Stage::Woken | Stage::Requeued | Stage::Backoff => {}
        }
    }

    /// See [`Engine::repeat_call`].
    fn repeat_call(&mut self, id: ExecutionId, now: Time) {
        if let Some(execution) = self.execution(id)
            && execution.stage == Stage::Running
        {
            self.rewind_call(id);
            self.launch_requeued(id, now);
        }
    }

    /// Prepares another call of the same attempt.
    fn rewind_call(&mut self, id: ExecutionId) {
        let execution = &mut self.state.executions[id.slot];
        execution.duplicates = execution.sent;
        if let Some(timer) = execution.timer.take() {
            self.state.timers.clear(timer);
        }
        self.state.executions[id.slot].rewind();
        self.detach_waits(id.slot);
        self.forget_thread(id);
    }

    /// See [`Engine::waited`].
    fn waited(&mut self, id: ExecutionId, wait: AnsweredWait<D>, now: Time) -> Option<usize> {
        self.execution(id)?;
        let history = self.state.executions[id.slot].history_mut();
        let next = match wait.recorded {
            Some(at) => NextWait { at, is_new: false },
            None => history.new_wait(),
        };
        let at = next.at;
        history.replay(at);
        if !next.is_new
            && history.waits[at].is_unchecked()
            && let Some(accepts) = wait.accepts
        {
            history.waits[at].check(accepts);
            self.unblock_replayed(id, now);
        }
        let mut remote = if wait.matching { Some(Box::new(Undecided::new())) } else { None };
        if !next.is_new
            && let Some(left) = self.decide_offered(id, at, wait.accepts, now)
            && let Some(remote) = &mut remote
        {
            **remote = left;
        }
        self.execution(id)?;
        let history = self.state.executions[id.slot].history_mut();
        if !next.is_new && history.waits[at].is_resolved() {
            history.waits[at].attached = true;
            history.supersede(at);
            if !wait.answered {
                // It has timed out since the call.
                self.wake(id.slot, at);
            }
            self.unblock_replayed(id, now);
            return Some(at);
        }
        let request =
            WaitRequest { slot: wait.slot, prompt: wait.prompt, matcher: None, timeout: wait.timeout, remote };
        self.register(id, next, request, now);
        Some(at)
    }

    /// See [`Engine::suspend_call`].
    fn suspend_call(&mut self, id: ExecutionId, now: Time) {
        if self.execution(id).is_none() {
            return;
        }
        self.suspend(id, now);
        // Its future is pending: it replays no other wait.
        let mut replaying = Vec::new();
        if let Some(history) = &self.state.executions[id.slot].history
            && let Some(waits) = &self.state.waits
        {
            for wait in &history.open {
                let waiter = history.waits[*wait].waiter();
                if waits.replaying.contains(&waiter) && history.waits[*wait].undecided().is_none() {
                    replaying.push(waiter);
                }
            }
        }
        replaying.sort_unstable();
        self.unblock(replaying, now);
        let is_offered = match self.execution(id).and_then(|execution| execution.history.as_ref()) {
            Some(history) => history.open.iter().any(|wait| history.waits[*wait].undecided().is_some()),
            None => false,
        };
        if is_offered {
            self.call_again(id, now);
        }
        self.drain_if_idle(now);
    }
}
