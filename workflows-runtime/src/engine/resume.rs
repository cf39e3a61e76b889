//! Restoring the engine from a snapshot.
//!
//! A snapshot contains no futures. Every execution that was launched is requeued and starts again with
//! the same input and the same attempt number, ahead of queued inputs; one that backs off keeps its
//! timer. Its history replays, and the sends that it had made are ignored as duplicates. An execution
//! whose failure had ended the run is the first one, and makes its first attempt again.

use super::{
    action::Action,
    definition::Definition,
    execution::Stage,
    machine::Machine,
    state::EngineState,
    timer::{Time, Timer},
};
use std::{collections::VecDeque, num::NonZeroU64, time::Duration};

impl<D: Definition> Machine<D> {
    /// See [`Engine::take_outgoing`](super::Engine::take_outgoing).
    pub(super) fn take_outgoing(&mut self) -> Vec<Action<D>> {
        let mut outgoing = Vec::new();
        let mut remaining = VecDeque::new();
        #[cfg(feature = "durable")]
        self.remove_outgoing_from_gate();
        for action in std::mem::take(&mut self.actions) {
            if action.is_outgoing() {
                outgoing.push(action);
            } else {
                remaining.push_back(action);
            }
        }
        self.actions = remaining;
        outgoing
    }

    /// See [`Engine::restore`](super::Engine::restore).
    pub(super) fn restore(&mut self, state: EngineState<D::Event>, away: Duration) {
        // Given for this run, and including those of the snapshot.
        let given = self.state.overrides.take();
        self.state = state;
        let state = &mut self.state;
        if given.is_some() {
            state.overrides = given;
        }
        self.offloads = None;
        if state.overrides.is_some() {
            self.offloads.get_or_insert_default().has_overrides = true;
        }
        self.last_launched = state.launched;
        state.suspended = 0;
        state.ended = false;
        // Each attempt has all of its time again.
        state.timers.clear_all(|timer| matches!(timer, Timer::StepTimeout { .. } | Timer::QueueTimeout { .. }));
        for (key, timer) in state.timers.advance_suspended(away) {
            match timer {
                Timer::Retry { execution } => state.executions[execution.slot].timer = Some(key),
                Timer::WaitTimeout { execution, wait } => {
                    if let Some(history) = &mut state.executions[execution.slot].history {
                        history.waits[wait].timer = Some(key);
                    }
                }
                Timer::RunTimeout { .. } | Timer::StepTimeout { .. } | Timer::QueueTimeout { .. } => {}
            }
        }
        for queue in &mut state.queues {
            queue.running = 0;
            queue.requeued = None;
        }
        if let Some(waits) = &mut state.waits {
            waits.block_all();
            #[cfg(feature = "engine")]
            waits.number_received();
        }
        let failed = state.failed.map(NonZeroU64::get);
        let mut requeued = Vec::new();
        for (slot, execution) in state.executions.iter_mut() {
            execution.duplicates = execution.sent;
            if execution.stage != Stage::Backoff {
                execution.rewind();
                execution.stage = Stage::Requeued;
                requeued.push((failed != Some(execution.serial), execution.id(slot), execution.step));
            }
        }
        // The failed one first, the others in the order of their launch.
        requeued.sort_unstable();
        for (_, id, step) in requeued {
            state.queues[step as usize].requeue(id);
        }
        self.record_restored();
    }

    /// See [`Engine::set_timeout`](super::Engine::set_timeout).
    pub(super) fn set_timeout(&mut self, timeout: Option<Duration>, now: Time) {
        self.state.timers.clear_all(|timer| matches!(timer, Timer::RunTimeout { .. }));
        if let Some(timeout) = timeout {
            self.state.timers.set(now + timeout, Timer::RunTimeout { timeout });
        }
    }
}
