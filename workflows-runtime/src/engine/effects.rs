//! What an execution wants done, flat and in order.

use super::{
    action::{Action, Ending},
    execution::{Execution, Place},
    graph::Graph,
    machine::Machine,
    timer::Time,
};
use crate::graph::{NONE, PortKind};

/// One thing that a step's output asks for.
pub(crate) enum Effect<G: Graph> {
    /// Route this event.
    Event(G::Event),
    /// Ask the outside.
    Prompt(G::Prompt),
    /// Ending the run.
    Stop(G::Output),
    /// Open a batch; the number is its place in the step's output type.
    Open(u16),
    /// The next branch of the innermost open batch begins.
    Branch,
    /// So many branches begin, with one event each.
    Branches(Vec<G::Event>),
    /// The innermost open batch has all its branches.
    Close,
}

/// The effects of one execution; the first one takes no allocation.
pub struct Effects<G: Graph> {
    first: Option<Effect<G>>,
    #[allow(clippy::box_collection, reason = "measured: most steps emit one event, and move and drop this")]
    rest: Option<Box<Vec<Effect<G>>>>,
}

impl<G: Graph> Effects<G> {
    /// No effects.
    pub(crate) const fn new() -> Self {
        Self { first: None, rest: None }
    }

    /// Adds one at the end.
    #[inline]
    pub(crate) fn push(&mut self, effect: Effect<G>) {
        if self.first.is_some() {
            return self.push_another(effect);
        }
        // Nothing is dropped by this, and so the effect is made where it stays.
        self.first.get_or_insert(effect);
    }

    #[inline(never)]
    fn push_another(&mut self, effect: Effect<G>) {
        self.rest.get_or_insert_default().push(effect);
    }

    /// The event, if that is all there is.
    #[inline]
    pub(crate) fn only_event(&self) -> Option<&G::Event> {
        match (&self.first, &self.rest) {
            (Some(Effect::Event(event)), None) => Some(event),
            _ => None,
        }
    }

    /// Takes the event that [`Self::only_event`] has found.
    #[inline]
    pub(crate) fn take_event(&mut self) -> Option<G::Event> {
        self.only_event()?;
        match self.first.take() {
            Some(Effect::Event(event)) => Some(event),
            other => unreachable_event(other),
        }
    }

    /// Takes the run's result, if that is all there is.
    #[inline]
    pub(super) fn take_stop(&mut self) -> Option<G::Output> {
        if self.rest.is_some() {
            return None;
        }
        self.first.as_ref().filter(|first| matches!(first, Effect::Stop(_)))?;
        match self.first.take() {
            Some(Effect::Stop(output)) => Some(output),
            other => unreachable_event(other),
        }
    }

    /// Makes room for a batch with so many branches.
    pub(crate) fn reserve(&mut self, branches: usize) {
        self.rest.get_or_insert_default().reserve(branches * 2 + 1);
    }
}

impl<G: Graph> std::fmt::Debug for Effects<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = usize::from(self.first.is_some()) + self.rest.as_ref().map_or(0, |rest| rest.len());
        f.debug_struct("Effects").field("len", &len).finish()
    }
}

impl<G: Graph> Machine<G> {
    /// Performs what an execution has asked for. It holds its batch meanwhile, and each batch
    /// that it opens: what it emits may close any of them, and the rest is then dropped.
    pub(super) fn perform(&mut self, effects: Effects<G>, from: &Execution<G::Event>, now: Time) {
        let mut place = from.place;
        let openers = self.table.batch_sources[from.step as usize];
        for effect in effects.first.into_iter().chain(effects.rest.into_iter().flat_map(|rest| *rest)) {
            match effect {
                Effect::Event(event) => self.route(event, place, NONE, now),
                Effect::Prompt(prompt) => self.actions.push_back(Action::Prompt(prompt)),
                Effect::Stop(output) => return self.finish(Ending::Completed(output)),
                Effect::Branches(events) => place = self.branch_out(events, place, now),
                Effect::Open(_) | Effect::Branch | Effect::Close if !G::BATCHED => {}
                Effect::Open(opener) => place = self.open(place, openers + opener),
                Effect::Branch => place.branch = place.branch.wrapping_add(1),
                Effect::Close => {
                    let opened = place.batch;
                    place = self.state.batches[opened].home;
                    self.release(opened, 1, now);
                }
            }
        }
    }

    /// Routes one event to each of so many branches after `place`; tells the place of the last one.
    fn branch_out(&mut self, events: Vec<G::Event>, mut place: Place, now: Time) -> Place {
        let Some(slot) = events.first().map(|event| G::slot(event) as usize) else { return place };
        let leaf = &self.table.inputs[slot];
        let is_alone = self.table.next[slot] == NONE && leaf.port != NONE;
        if is_alone && leaf.kind == PortKind::One && self.table.steps[leaf.step as usize].ports == 1 {
            let first = Place { branch: place.branch.wrapping_add(1), ..place };
            // There are no more than can be numbered in one batch.
            place.branch = place.branch.wrapping_add(u32::try_from(events.len()).unwrap_or(u32::MAX));
            self.enqueue_branches(leaf.step, events, first, now);
            return place;
        }
        for event in events {
            place.branch = place.branch.wrapping_add(1);
            self.route(event, place, NONE, now);
        }
        place
    }
}

/// What is not there, since it was asked before what is.
// It is not dropped: so the compiler knows that nothing but what is asked for is ever in it, and moves no
// more than that. With a drop, a hop takes a fourth longer as soon as any event owns memory.
#[inline]
pub fn unreachable_event<E, T>(event: E) -> T {
    core::mem::forget(event);
    unreachable!("a step is launched with what it takes")
}

/// The events with which a step is launched, in the order of its parameters.
pub struct Events<'e, G: Graph> {
    /// Holds the next one, where the step before left it: each move of an event costs as much as
    /// all the rest of a hop.
    next: &'e mut Effects<G>,
    later: Option<std::vec::IntoIter<G::Event>>,
}

impl<'e, G: Graph> Events<'e, G> {
    /// The event in `next`, or else these.
    #[inline]
    pub(crate) fn new(next: &'e mut Effects<G>, later: Option<Vec<G::Event>>) -> Self {
        Self { next, later: later.map(Vec::into_iter) }
    }

    /// Takes the next event, if the parameter `accepts` it.
    #[inline]
    pub(crate) fn next_if(&mut self, accepts: impl FnOnce(&G::Event) -> bool) -> Option<G::Event> {
        if self.next.only_event().is_none()
            && let Some(later) = &mut self.later
        {
            self.next.push(Effect::Event(later.next()?));
        }
        if !accepts(self.next.only_event()?) {
            return None;
        }
        self.next.take_event()
    }

    /// How many events are left behind the next one.
    pub(crate) fn remaining(&self) -> usize {
        self.later.as_ref().map_or(0, ExactSizeIterator::len)
    }
}

impl<G: Graph> std::fmt::Debug for Events<'_, G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
