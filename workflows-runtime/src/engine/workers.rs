//! Workers and threads: blocking code that starts later than its attempt, or ends later.
//!
//! The timeout of a blocking step counts while the step waits for its resources and while its code runs. In between,
//! in the queue of the executor, only the queue timeout counts.
//!
//! An attempt whose future is dropped may leave blocking code running. It holds a worker of its step from its
//! [`Action::Drop`] to its [`Tick::Vacated`](super::tick::Tick::Vacated), so `workers` bounds what really runs. The
//! driver sends that tick for each dropped attempt: at once, or when the last of its code has ended.
//!
//! None of this is a part of the state: after a resume nothing runs, and every attempt starts again.

#[cfg(feature = "durable")]
use super::decisions::Decision;
use super::{
    action::Action,
    definition::Definition,
    execution::Stage,
    id::ExecutionId,
    machine::Machine,
    timer::{Time, Timer},
};
use std::{collections::BTreeMap, time::Duration};

/// What the machine remembers of attempts on other threads.
#[derive(Debug, Clone, Default)]
pub(super) struct Offloads {
    /// The dropped attempts that hold a worker, with their steps.
    dropped: BTreeMap<ExecutionId, u16>,
    /// The number of workers that are held, by step. Invariant: counts `dropped`, and has no zeros.
    held: BTreeMap<u16, u32>,
    /// The attempts of blocking steps with a timeout of either kind, once they are queued.
    threads: BTreeMap<ExecutionId, Thread>,
    /// Whether the run overrides options of its steps. While it does, this exists, so no fast path applies.
    pub(super) has_overrides: bool,
}

/// The time of an attempt in the queue of its executor.
#[derive(Debug, Clone, Copy)]
enum Thread {
    /// `remaining` is what is left of the step's timeout.
    Queued {
        since: Time,
        remaining: Option<Duration>,
    },
    Begun {
        queued: Duration,
    },
}

// What the machine does with the maps is here and not in `Machine`, which is generic: so they are compiled once, in
// this crate, and not in each program.
impl Offloads {
    fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.threads.is_empty() && !self.has_overrides
    }

    fn held(&self, step: u16) -> u32 {
        self.held.get(&step).copied().unwrap_or_default()
    }

    fn held_steps(&self) -> Vec<u16> {
        self.held.keys().copied().collect()
    }

    fn hold(&mut self, id: ExecutionId, step: u16) {
        if self.dropped.insert(id, step).is_none() {
            *self.held.entry(step).or_default() += 1;
        }
    }

    /// Releases the worker that a dropped attempt holds, and returns its step.
    fn release(&mut self, id: ExecutionId) -> Option<u16> {
        let step = self.dropped.remove(&id)?;
        if let Some(count) = self.held.get_mut(&step) {
            *count -= 1;
            if *count == 0 {
                self.held.remove(&step);
            }
        }
        Some(step)
    }

    fn queue(&mut self, id: ExecutionId, since: Time, remaining: Option<Duration>) {
        self.threads.insert(id, Thread::Queued { since, remaining });
    }

    fn has_thread(&self, id: ExecutionId) -> bool {
        self.threads.contains_key(&id)
    }

    /// Ends the time in the queue. Returns what is left of the step's timeout, if the attempt was queued and has one.
    fn begin(&mut self, id: ExecutionId, now: Time) -> Option<Duration> {
        let thread = self.threads.get_mut(&id)?;
        let Thread::Queued { since, remaining } = *thread else { return None };
        *thread = Thread::Begun { queued: now - since };
        remaining
    }

    fn time_in_queue(&self, id: ExecutionId) -> Duration {
        match self.threads.get(&id) {
            Some(Thread::Begun { queued }) => *queued,
            Some(Thread::Queued { .. }) | None => Duration::ZERO,
        }
    }

    fn forget(&mut self, id: ExecutionId) {
        self.threads.remove(&id);
    }
}

impl<D: Definition> Machine<D> {
    /// The number of workers of `step` that dropped attempts hold.
    pub(super) fn held_workers(&self, step: u16) -> u32 {
        match &self.offloads {
            Some(offloads) => offloads.held(step),
            None => 0,
        }
    }

    /// Whether a worker of `step` is free.
    pub(super) fn has_free_worker(&self, step: u16) -> bool {
        self.state.queues[step as usize].running + self.held_workers(step) < self.workers(step)
    }

    /// The steps of which dropped attempts hold workers.
    pub(super) fn held_steps(&self) -> Vec<u16> {
        match &self.offloads {
            Some(offloads) => offloads.held_steps(),
            None => Vec::new(),
        }
    }

    /// Whether an input is queued for a step of which a dropped attempt holds a worker. No execution need be left then.
    pub(super) fn has_inputs_behind_held(&self) -> bool {
        self.held_steps().iter().any(|step| !self.state.queues[*step as usize].inputs.is_empty())
    }

    /// Has the driver drop the future of an attempt in this stage, if the driver has started it.
    pub(super) fn drop_future(&mut self, execution: ExecutionId, step: u16, stage: Stage) {
        #[cfg(feature = "durable")]
        if self.replays_decisions() {
            if self.replayed_hold(execution.serial) {
                self.hold_worker(execution, step);
            }
            return;
        }
        if execution.serial <= self.last_launched {
            self.actions.push_back(Action::Drop { execution });
            if matches!(stage, Stage::Running | Stage::Suspended | Stage::Woken) {
                #[cfg(feature = "durable")]
                self.decided(Decision::Held(execution.serial));
                self.hold_worker(execution, step);
            }
        }
    }

    /// The dropped executions that hold a worker, with their steps.
    #[cfg(feature = "durable")]
    pub(super) fn held_executions(&self) -> Vec<(ExecutionId, u16)> {
        match &self.offloads {
            Some(offloads) => offloads.dropped.iter().map(|(id, step)| (*id, *step)).collect(),
            None => Vec::new(),
        }
    }

    /// Handles [`Tick::Outlived`](super::tick::Tick::Outlived).
    pub(super) fn outlived(&mut self, id: ExecutionId, now: Time) {
        if let Some(execution) = self.execution(id) {
            let step = execution.step;
            self.hold_worker(id, step);
            self.skip_cancelled(step, now);
        }
    }

    pub(super) fn hold_worker(&mut self, id: ExecutionId, step: u16) {
        self.offloads.get_or_insert_default().hold(id, step);
    }

    /// Handles [`Tick::Vacated`](super::tick::Tick::Vacated).
    pub(super) fn vacated(&mut self, id: ExecutionId, now: Time) {
        let Some(offloads) = &mut self.offloads else { return };
        let Some(step) = offloads.release(id) else { return };
        if offloads.is_empty() {
            self.offloads = None;
        }
        // Cancelled inputs were removed before, so this launches something or changes nothing.
        self.launch_queued(step, now);
    }

    /// Removes cancelled inputs from the front of queues whose workers are held: nothing else does before a worker is
    /// free, and the run may be idle without them.
    pub(super) fn skip_cancelled(&mut self, step: u16, now: Time) {
        if !D::RACES {
            return;
        }
        while let Some(place) = self.state.queues[step as usize].next_place()
            && self.state.batches[place.batch].cancelled
        {
            self.state.queues[step as usize].next_input();
            self.leave_queue(step);
            self.release(place.batch, 1, now);
        }
    }

    /// Sets the timer of an attempt that is launched.
    pub(super) fn set_launch_timer(&mut self, id: ExecutionId, step: u16, now: Time) {
        let declared = &self.table.steps[step as usize];
        let timeout = self.timeout(step);
        self.state.executions[id.slot].timer = None;
        if declared.blocking && !declared.resources {
            self.queue_attempt(id, step, timeout, now);
        } else if let Some(timeout) = timeout {
            let timer = Timer::StepTimeout { execution: id, timeout };
            self.state.executions[id.slot].timer = Some(self.state.timers.set(now + timeout, timer));
        }
    }

    /// Begins the time in the queue. `remaining` is what is left of the step's timeout.
    fn queue_attempt(&mut self, id: ExecutionId, step: u16, remaining: Option<Duration>, now: Time) {
        let declared = &self.table.steps[step as usize];
        if declared.queue_timeout.is_some() || self.timeout(step).is_some() {
            self.offloads.get_or_insert_default().queue(id, now, remaining);
        }
        if let Some(timeout) = declared.queue_timeout {
            let timer = Timer::QueueTimeout { execution: id, timeout };
            self.state.executions[id.slot].timer = Some(self.state.timers.set(now + timeout, timer));
        }
    }

    /// Handles [`Tick::Queued`](super::tick::Tick::Queued): the timeout of the step stops.
    pub(super) fn queued(&mut self, id: ExecutionId, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        let step = execution.step;
        let declared = &self.table.steps[step as usize];
        if execution.stage != Stage::Running || !declared.blocking || !declared.resources || self.has_thread(id) {
            return;
        }
        let timer = self.state.executions[id.slot].timer.take();
        let remaining = timer.map(|timer| {
            self.state.timers.clear(timer);
            timer.0 - now
        });
        self.queue_attempt(id, step, remaining, now);
    }

    /// Handles [`Tick::Began`](super::tick::Tick::Began): the timeout of the step counts from now on.
    pub(super) fn began(&mut self, id: ExecutionId, now: Time) {
        let Some(execution) = self.execution(id) else { return };
        if execution.stage != Stage::Running {
            return;
        }
        if let Some(timer) = execution.timer
            && let Some(Timer::QueueTimeout { .. }) = self.state.timers.pending.get(&timer)
        {
            self.state.executions[id.slot].timer = None;
            self.state.timers.clear(timer);
        }
        self.count_from_beginning(id, now);
    }

    /// Sets the timeout of an attempt that was queued and has one.
    fn count_from_beginning(&mut self, id: ExecutionId, now: Time) {
        let Some(offloads) = &mut self.offloads else { return };
        let Some(remaining) = offloads.begin(id, now) else { return };
        let step = self.state.executions[id.slot].step;
        let timeout = self.timeout(step).unwrap_or(remaining);
        let timer = Timer::StepTimeout { execution: id, timeout };
        self.state.executions[id.slot].timer = Some(self.state.timers.set(now + remaining, timer));
    }

    fn has_thread(&self, id: ExecutionId) -> bool {
        match &self.offloads {
            Some(offloads) => offloads.has_thread(id),
            None => false,
        }
    }

    /// How long an attempt has waited for its thread.
    pub(super) fn time_in_queue(&self, id: ExecutionId) -> Duration {
        match &self.offloads {
            Some(offloads) => offloads.time_in_queue(id),
            None => Duration::ZERO,
        }
    }

    /// Forgets the thread of an attempt that has ended.
    #[inline]
    pub(super) fn forget_thread(&mut self, id: ExecutionId) {
        if self.offloads.is_some() {
            self.remove_thread(id);
        }
    }

    #[cold]
    fn remove_thread(&mut self, id: ExecutionId) {
        let Some(offloads) = &mut self.offloads else { return };
        offloads.forget(id);
        if offloads.is_empty() {
            self.offloads = None;
        }
    }
}
