//! From an event to the steps that take it.

use super::{
    definition::Definition,
    execution::{Input, Place},
    machine::Machine,
    timer::Time,
};
use crate::graph::{NONE, PortKind};

impl<D: Definition> Machine<D> {
    /// Routes an event that is not part of an output, to every step but `except`.
    ///
    /// The first taker may decide a race and close the batch. Holding the batch keeps it in the slab
    /// until the last taker has its copy.
    pub(super) fn bring(&mut self, event: D::Event, place: Place, except: u16, now: Time) {
        self.hold(place.batch);
        self.route(event, place, except, now);
        self.release(place.batch, 1, now);
    }

    /// Gives an event to every step that takes it, but for `except`: the last one receives the event
    /// itself, the others a copy.
    ///
    /// Invariant: the batch of `place` is held.
    pub(super) fn route(&mut self, event: D::Event, place: Place, except: u16, now: Time) {
        let mut leaf = D::slot(&event);
        self.record_emitted(Some(leaf), 1);
        loop {
            let next = self.table.next[leaf as usize];
            if self.table.inputs[leaf as usize].step == except {
                // It receives this event through a wait.
            } else if next == NONE {
                return self.deliver(leaf, event, place, now);
            } else {
                self.deliver(leaf, event.clone(), place, now);
            }
            if next == NONE {
                return;
            }
            leaf = next;
        }
    }

    /// Gives an event to one leaf: a queue, or a join.
    fn deliver(&mut self, leaf: u16, event: D::Event, place: Place, now: Time) {
        let taker = &self.table.inputs[leaf as usize];
        if taker.port == NONE {
            // A wait launches no step.
            return;
        }
        self.record_taken(leaf, 1);
        let is_only_port = self.table.steps[taker.step as usize].ports == 1;
        if !D::BATCHED || (is_only_port && taker.kind == PortKind::One) {
            let arrival = self.arrival();
            return self.enqueue(taker.step, Input::One(event), place, arrival, now);
        }
        self.park(taker, event, place, now);
    }
}
