//! A digest of the state, with which a replayed run is compared.
//!
//! It contains everything that a tick may change, but for the values of users and what a restored run sets anew: step
//! timeouts, and the numbers of timers.

use super::{
    definition::Definition,
    execution::{Input, Place, Stage},
    history::{History, WaitOutcome},
    machine::Machine,
    queue::QueuedInput,
    timer::Timer,
    waiters::Addressee,
};
use std::num::NonZeroU64;

/// A running digest of numbers. Its values are stored, so they must never change.
pub(super) struct Digest(u64);

impl Digest {
    /// With the waits, unless the digest is of a record from before they were replayed.
    pub(super) fn of<D: Definition>(machine: &Machine<D>, steps: usize, with_waits: bool) -> u64 {
        let mut digest = Self(0xcbf2_9ce4_8422_2325);
        digest.state(machine, steps);
        if with_waits {
            digest.waits(machine);
        }
        digest.0
    }

    fn add(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn len(&mut self, len: usize) {
        self.add(len as u64);
    }

    fn place(&mut self, place: Place) {
        let Place { batch, branch, lineage } = place;
        for number in [batch, branch, lineage] {
            self.add(number.into());
        }
    }

    fn event<D: Definition>(&mut self, event: &D::Event) {
        self.add(D::slot(event).into());
    }

    fn input<D: Definition>(&mut self, input: &Input<D::Event>) {
        self.len(input.events().len());
        for event in input.events() {
            self.event::<D>(event);
        }
    }

    fn state<D: Definition>(&mut self, machine: &Machine<D>, steps: usize) {
        let state = &machine.state;
        self.add(state.launched);
        self.add(state.prompts.into());
        self.add(state.suspended.into());
        self.add(state.root_batch.into());
        self.add(state.failed.map_or(0, NonZeroU64::get));
        self.add(state.waits.as_ref().map_or(0, |waits| waits.created));
        for counts in state.recovery_budgets.lineages() {
            self.len(counts.len());
            for (handler, count) in counts {
                self.add((*handler).into());
                self.add((*count).into());
            }
        }
        self.queues(machine, steps);
        self.executions(machine);
        self.batches(machine);
        for ((at, _), timer) in &state.timers.pending {
            if matches!(timer, Timer::Retry { .. } | Timer::RunTimeout { .. }) {
                self.add(at.0);
            }
        }
    }

    fn queues<D: Definition>(&mut self, machine: &Machine<D>, steps: usize) {
        for queue in machine.state.queues.iter().take(steps) {
            self.add(queue.running.into());
            for id in queue.requeued.iter().flat_map(|requeued| requeued.iter()) {
                self.add(id.serial);
                self.add(id.attempt.into());
            }
            self.len(queue.inputs.len());
            for input in &queue.inputs {
                match input {
                    QueuedInput::Single { input, place } => {
                        self.place(*place);
                        self.input::<D>(input);
                    }
                    QueuedInput::Branches(branches) => {
                        self.place(branches.first);
                        // All of one type.
                        self.len(branches.events.len());
                    }
                }
            }
        }
    }

    fn executions<D: Definition>(&mut self, machine: &Machine<D>) {
        let executions = &machine.state.executions;
        self.add(executions.next_index().into());
        for (slot, execution) in executions.iter_indexed() {
            self.add(slot.into());
            self.add(execution.serial);
            self.add(execution.step.into());
            self.add(match execution.stage {
                Stage::Running => 0,
                Stage::Suspended => 1,
                Stage::Woken => 2,
                Stage::Requeued => 3,
                Stage::Backoff => 4,
            });
            self.place(execution.place);
            for number in [execution.attempt, execution.sent, execution.duplicates] {
                self.add(number.into());
            }
            self.add(execution.started.0);
            if let Some(input) = &execution.input {
                self.input::<D>(input);
            }
            if let Some(history) = &execution.history {
                self.len(history.waits.len());
                self.add(history.last_failure.is_some().into());
            }
        }
    }

    fn waits<D: Definition>(&mut self, machine: &Machine<D>) {
        for execution in machine.state.executions.iter() {
            if let Some(history) = &execution.history {
                self.history(history);
            }
        }
        if let Some(waits) = &machine.state.waits {
            self.len(waits.pending.len());
            for ((slot, sequence), (execution, wait)) in &waits.pending {
                self.add((*slot).into());
                self.add(*sequence);
                self.add((*execution).into());
                self.len(*wait);
            }
            for keys in [&waits.blocked, &waits.replaying] {
                self.len(keys.len());
                for (_, sequence) in keys {
                    self.add(*sequence);
                }
            }
            for (slot, buffered) in &waits.buffered {
                self.add((*slot).into());
                self.len(buffered.len());
                for response in buffered {
                    self.add(u64::from(response.requeued) << 2 | addressee(response.addressee));
                }
            }
        }
        for ((at, _), timer) in &machine.state.timers.pending {
            if let Timer::WaitTimeout { execution, wait } = timer {
                self.add(at.0);
                self.add(execution.serial);
                self.len(*wait);
            }
        }
    }

    fn history<E>(&mut self, history: &History<E>) {
        for wait in &history.waits {
            self.add(wait.slot.into());
            self.add(wait.sequence);
            self.add(match wait.outcome {
                WaitOutcome::Pending => 0,
                WaitOutcome::Answered(_) => 1,
                WaitOutcome::TimedOut => 2,
                WaitOutcome::Dropped => 3,
            });
            self.add(u64::from(wait.attached) << 3 | u64::from(wait.lost_race) << 2 | addressee(wait.addressee));
            self.add(wait.dropped_at.map_or(0, |reached| reached + 1));
            self.add(wait.prompt.map_or(0, u64::from));
        }
        self.len(history.unreplayed.len());
        for places in [&history.unreplayed, &history.vacant] {
            for place in places {
                self.len(*place);
            }
        }
        self.len(history.open.len());
        for place in &history.open {
            self.len(*place);
        }
    }

    fn batches<D: Definition>(&mut self, machine: &Machine<D>) {
        let batches = &machine.state.batches;
        self.add(batches.next_index().into());
        for (number, batch) in batches.iter_indexed() {
            self.add(number.into());
            self.place(batch.parent);
            self.len(batch.holds);
            self.add(u64::from(batch.cancelled) << 1 | u64::from(batch.detached));
            for (serial, slot) in &batch.executions {
                self.add(*serial);
                self.add((*slot).into());
            }
            for child in &batch.children {
                self.add((*child).into());
            }
            for join in &batch.joins {
                self.add(join.step.into());
                self.add(u64::from(join.gathers) << 1 | u64::from(join.decided));
                for port in &join.ports {
                    self.len(port.required);
                    self.len(port.events.len());
                    for parked in &port.events {
                        self.add(parked.branch.into());
                        self.add(parked.lineage.into());
                        self.event::<D>(&parked.event);
                    }
                }
            }
        }
    }
}

fn addressee(addressee: Addressee) -> u64 {
    match addressee {
        Addressee::Anyone => 0,
        Addressee::NoPrompt => 1,
        Addressee::Prompt => 2,
        Addressee::Unchecked => 3,
    }
}
