//! Actions that wait until their cause is durable.
//!
//! In a durable run, no action may be taken before the state that it follows from is stored. The gate is in the queue
//! of the actions itself, where a skipped or removed action counts as well:
//!
//! ```text
//! front   open            marked                       back
//!   | may be taken | being stored with the state | not being stored yet |
//! ```
//!
//! [`Engine::mark_actions`] moves the second border to the back of the queue: the caller stores the present state, from
//! which all actions in the queue follow. [`Engine::open_marked`] opens them when the state is durable. Prompts and
//! other outgoing actions are not held here: they are taken with [`Engine::take_outgoing`], become a part of what is
//! stored, and are published later by the caller.
//!
//! The gate of a run that has ended is open: its end is stored before anything is reported of it. A gate may also open
//! at once: then actions are taken before the state that they follow from is stored, and a crash loses the last states.

use super::{
    Engine, Phase,
    decisions::{Decision, Decisions},
    definition::Definition,
    id::ExecutionId,
    machine::Machine,
    tick::Tick,
    timer::Time,
};

/// Borders in the queue of the actions, as numbers of actions from its front.
///
/// Invariant: `open <= marked <= actions.len()`, unless the run has ended or the gate opens at once.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// All actions may be taken, and `marked` only counts those that a stored state leads to.
    opens_at_once: bool,
    open: usize,
    marked: usize,
    /// The state has changed since the last mark.
    is_changed: bool,
    /// It cannot be had by a replay of the ticks since the last mark; see [`super::tail`].
    is_unreplayable: bool,
    /// Those of the last tick.
    pub(super) decisions: Decisions,
    /// The waits whose actions were taken, and to which others have lost by that.
    pub(super) woken: Vec<(ExecutionId, usize)>,
}

impl Gate {
    pub(super) fn new(opens_at_once: bool) -> Self {
        Self { opens_at_once, ..Self::default() }
    }

    /// The gate of an engine that replays ticks.
    pub(super) fn replaying() -> Self {
        Self { decisions: Decisions::replay(), ..Self::default() }
    }
}

impl<D: Definition> Machine<D> {
    /// Whether the first action may be taken, which the caller does next.
    #[cold]
    #[inline(never)]
    pub(super) fn pass_gate(&mut self) -> bool {
        let Some(gate) = &mut self.gate else { return true };
        if self.state.ended {
            return true;
        }
        if gate.opens_at_once {
            gate.marked = gate.marked.saturating_sub(1);
            return true;
        }
        if gate.open == 0 {
            return false;
        }
        gate.open -= 1;
        gate.marked -= 1;
        true
    }

    /// Notes that the state changes. What blocking code reports of its threads is not a part of the state.
    #[cold]
    #[inline(never)]
    pub(super) fn note_change(&mut self, tick: &Tick<D>, now: Time) {
        let is_replayable = self.is_replayable(tick, now);
        if let Some(gate) = &mut self.gate {
            let is_transient = matches!(
                tick,
                Tick::Queued { .. }
                    | Tick::Began { .. }
                    | Tick::Vacated { .. }
                    | Tick::Outlived { .. }
                    | Tick::Quiet
                    | Tick::Resume
            );
            gate.is_changed |= !is_transient;
            gate.is_unreplayable |= !is_replayable;
            gate.decisions.begin_recorded();
        }
    }

    /// The last action was removed from the queue.
    pub(super) fn shorten_gate(&mut self) {
        let len = self.actions.len();
        if let Some(gate) = &mut self.gate {
            gate.open = gate.open.min(len);
            gate.marked = gate.marked.min(len);
        }
    }

    /// The outgoing actions are about to be removed from the queue.
    pub(super) fn remove_outgoing_from_gate(&mut self) {
        if let Some(gate) = &mut self.gate {
            let before = |border: usize| self.actions.iter().take(border).filter(|action| action.is_outgoing()).count();
            gate.open -= before(gate.open);
            gate.marked -= before(gate.marked);
        }
    }
}

impl<D: Definition> Engine<D> {
    fn gate(&mut self) -> Option<(&mut Gate, usize)> {
        match &mut self.phase {
            Phase::Full(machine) => Some((machine.gate.as_deref_mut()?, machine.actions.len())),
            Phase::Idle { .. } | Phase::Single { .. } | Phase::Ended => None,
        }
    }

    /// Opens the gate for all actions in the queue: they follow from the durable state that the run starts with. A replay leads
    /// from the last record to it if `is_replayable`.
    pub(crate) fn open_all(&mut self, is_replayable: bool) {
        if let Some((gate, len)) = self.gate() {
            gate.open = len;
            gate.marked = len;
            gate.is_changed = false;
            gate.is_unreplayable = !is_replayable;
        }
    }

    /// Whether the state has changed since the last [`mark_actions`](Self::mark_actions), or actions wait for the
    /// next one.
    pub(crate) fn is_unmarked(&mut self) -> bool {
        match self.gate() {
            Some((gate, len)) => gate.is_changed || len > gate.marked,
            None => false,
        }
    }

    /// Marks all actions: they follow from the state that the caller stores now.
    pub(crate) fn mark_actions(&mut self) {
        if let Some((gate, len)) = self.gate() {
            gate.marked = len;
            gate.is_changed = false;
            gate.is_unreplayable = false;
        }
    }

    /// Whether a replay of the ticks since the last [`mark_actions`](Self::mark_actions) leads from the state then to the
    /// present one.
    pub(crate) fn is_replayable(&mut self) -> bool {
        match self.gate() {
            Some((gate, _)) => !gate.is_unreplayable,
            None => false,
        }
    }

    /// What the last tick has decided, for a replay of it.
    pub(crate) fn take_decisions(&mut self) -> Vec<Decision> {
        match self.gate() {
            Some((gate, _)) => gate.decisions.take(),
            None => Vec::new(),
        }
    }

    /// The waits that were woken since the last call, as long as others have lost to them.
    pub(crate) fn take_woken(&mut self) -> Vec<(ExecutionId, usize)> {
        match self.gate() {
            Some((gate, _)) => std::mem::take(&mut gate.woken),
            None => Vec::new(),
        }
    }

    /// Opens the gate for the marked actions: the state that they follow from is durable.
    pub(crate) fn open_marked(&mut self) {
        if let Some((gate, _)) = self.gate() {
            gate.open = gate.marked;
        }
    }
}
