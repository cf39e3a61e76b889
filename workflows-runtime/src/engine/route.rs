//! From an event to the steps that take it.

use super::{
    execution::{Input, Place},
    graph::Graph,
    machine::Machine,
    timer::Time,
};
use crate::graph::{NONE, PortKind};

impl<G: Graph> Machine<G> {
    /// Routes what no output brings. It may close the batch that it comes to, which has to be
    /// there until the last taker has its copy.
    pub(super) fn bring(&mut self, event: G::Event, place: Place, now: Time) {
        self.hold(place.batch);
        self.route(event, place, NONE, now);
        self.release(place.batch, 1, now);
    }

    /// Gives `event` to every step that takes it, but for `except`: a copy to each, the event itself
    /// to the last.
    pub(super) fn route(&mut self, event: G::Event, place: Place, except: u16, now: Time) {
        let mut leaf = G::slot(&event);
        loop {
            let next = self.table.next[leaf as usize];
            if self.table.inputs[leaf as usize].step == except {
                // It has this event in another way.
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

    fn deliver(&mut self, leaf: u16, event: G::Event, place: Place, now: Time) {
        let taker = &self.table.inputs[leaf as usize];
        if taker.port == NONE {
            // A wait in a step's body, which launches nothing.
            return;
        }
        let alone = self.table.steps[taker.step as usize].ports == 1;
        if !G::BATCHED || (alone && taker.kind == PortKind::One) {
            return self.enqueue(taker.step, Input::One(event), place, now);
        }
        self.park(taker, event, place, now);
    }
}
