//! From an event to the steps that take it.

use super::{Core, Graph, Input, Place, Time};
use crate::graph::{NONE, PortKind};

impl<G: Graph> Core<G> {
    /// Gives `event` to every step that takes it: a copy to each, the event itself to the last.
    pub(super) fn route(&mut self, event: G::Event, place: Place, now: Time) {
        let mut leaf = G::slot(&event);
        loop {
            let next = self.table.next[leaf as usize];
            if next == NONE {
                return self.deliver(leaf, event, place, now);
            }
            self.deliver(leaf, event.clone(), place, now);
            leaf = next;
        }
    }

    fn deliver(&mut self, leaf: u16, event: G::Event, place: Place, now: Time) {
        let taker = &self.table.leaves[leaf as usize];
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
