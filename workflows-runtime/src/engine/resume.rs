//! Going on from what was written down of a run.

use super::{
    action::Action,
    definition::Definition,
    execution::Stage,
    machine::{EngineState, Machine},
    timer::{Time, Timer},
};
use std::time::Duration;

impl<D: Definition> Machine<D> {
    /// What is still to be told to the outside: it would be missing after a resume, which launches
    /// by itself what was still to be launched.
    pub(super) fn take_told(&mut self) -> Vec<Action<D>> {
        let is_told = |action: &mut Action<D>| matches!(action, Action::Prompt(_) | Action::Phase(_));
        let mut told = Vec::new();
        let mut rest = std::mem::take(&mut self.actions);
        while let Some(mut action) = rest.pop_front() {
            if is_told(&mut action) { told.push(action) } else { self.actions.push_back(action) }
        }
        told
    }

    /// Goes on with `state`, after `away` without a run. Work in progress begins again, each in its
    /// turn, before what was queued.
    pub(super) fn restore(&mut self, state: EngineState<D::Event>, away: Duration) {
        self.state = state;
        let state = &mut self.state;
        self.last_launched = state.launched;
        state.suspended = 0;
        state.ended = false;
        state.timers.clear_all(|timer| matches!(timer, Timer::Step { .. }));
        for (key, timer) in state.timers.pass_outside(away) {
            match timer {
                Timer::Retry { execution } => state.executions[execution.slot].timer = Some(key),
                Timer::Wait { execution, wait } => {
                    if let Some(history) = state.executions[execution.slot].history.as_mut() {
                        history.waits[wait].timer_moved(key);
                    }
                }
                Timer::Run { .. } | Timer::Step { .. } => {}
            }
        }
        for queue in &mut state.queues {
            queue.running = 0;
            queue.again = None;
        }
        if let Some(waits) = &mut state.waits {
            waits.block_all();
        }
        let mut again = Vec::new();
        for (slot, execution) in state.executions.iter_mut() {
            execution.repeats = execution.sent;
            if execution.stage != Stage::Backoff {
                execution.rewind();
                execution.stage = Stage::Again;
                again.push((execution.id(slot), execution.step));
            }
        }
        again.sort_unstable();
        for (id, step) in again {
            state.queues[step as usize].push_again(id);
        }
    }

    /// Ends the run after so much time, in place of what was said before.
    pub(super) fn set_timeout(&mut self, timeout: Option<Duration>, now: Time) {
        self.state.timers.clear_all(|timer| matches!(timer, Timer::Run { .. }));
        if let Some(after) = timeout {
            self.state.timers.set(now + after, Timer::Run { after });
        }
    }
}
