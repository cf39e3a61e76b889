//! Which events a step takes.

use super::{Checked, Validator, ensure};
use crate::{
    engine::definition::Definition,
    graph::{NONE, PortKind, Table},
};

/// The routes of a graph, by step.
pub(super) struct Inputs {
    /// For each input, whether it is the first that takes its events: the slot of an event is such an input.
    is_slot: Vec<bool>,
    /// For each step, how its parameters collect, in order.
    ports: Vec<Vec<PortKind>>,
}

impl Inputs {
    pub(super) fn new(table: &Table) -> Self {
        let mut is_slot = vec![true; table.inputs.len()];
        for next in table.next {
            if *next != NONE {
                is_slot[*next as usize] = false;
            }
        }
        let mut ports = Vec::new();
        for step in table.steps {
            ports.push(vec![PortKind::One; step.ports.into()]);
        }
        for input in table.inputs {
            if input.port != NONE {
                ports[input.step as usize][input.port as usize] = input.kind;
            }
        }
        Self { is_slot, ports }
    }

    /// How the parameters of a step collect.
    pub(super) fn ports(&self, step: u16) -> &[PortKind] {
        &self.ports[step as usize]
    }

    pub(super) fn is_slot(&self, slot: u16) -> bool {
        self.is_slot.get(slot as usize) == Some(&true)
    }
}

impl<D: Definition> Validator<'_, D> {
    /// Checks that `step` can be launched with these events.
    pub(super) fn input(&self, step: u16, events: &[D::Event]) -> Checked {
        let name = self.step(step)?;
        let mut rest = events;
        for (port, kind) in (0..).zip(self.inputs.ports(step)) {
            let accepted = rest.iter().take_while(|event| self.takes(step, port, event)).count();
            let taken = match kind {
                PortKind::One => 1,
                PortKind::Every(n) | PortKind::First(n) => *n,
                PortKind::All => accepted,
            };
            ensure!(taken <= accepted, "the input of `{name}` lacks events that it takes");
            rest = &rest[taken..];
        }
        ensure!(rest.is_empty(), "the input of `{name}` has events that it does not take");
        Ok(())
    }

    /// Whether the parameter `port` of `step` takes `event`.
    pub(super) fn takes(&self, step: u16, port: u16, event: &D::Event) -> bool {
        if self.table.steps[step as usize].catches.is_some() {
            return D::is_failure(step, event);
        }
        self.is_routed(D::slot(event), |of, to| of == step && to == port)
    }

    /// Whether some step waits for the events of `slot` in its body.
    pub(super) fn is_awaited(&self, slot: u16) -> bool {
        self.is_routed(slot, |_, port| port == NONE)
    }

    /// Whether any of the steps and parameters to which the events of `slot` are routed matches.
    fn is_routed(&self, slot: u16, matches: impl Fn(u16, u16) -> bool) -> bool {
        if !self.inputs.is_slot(slot) {
            return false;
        }
        let mut leaf = slot;
        while leaf != NONE {
            let input = &self.table.inputs[leaf as usize];
            if matches(input.step, input.port) {
                return true;
            }
            leaf = self.table.next[leaf as usize];
        }
        false
    }
}
