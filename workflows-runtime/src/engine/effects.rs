//! The output of a step as a flat list of effects, and the events of its input.
//!
//! A step's return type is a tree: tuples, options, and batches in batches. The generated code flattens
//! it into [`Effects`], which the engine performs in order. Both types are on the path of every hop, and
//! moving an event costs as much as the rest of a hop: so an output of one event is stored inline,
//! and the driver launches the next step with the event still in place.

use super::{
    action::Ending,
    definition::Definition,
    execution::{Execution, Place},
    machine::Machine,
    timer::Time,
};
use crate::graph::{NONE, PortKind};

/// One element of a step's output.
pub(crate) enum Effect<D: Definition> {
    /// Route an event.
    Event(D::Event),
    /// Publish a question.
    Prompt(D::Prompt),
    /// End the run.
    Stop(D::Output),
    /// Open a batch. The number is its position among the batches of the step's output type.
    Open(u16),
    /// Start the next branch of the innermost open batch.
    Branch,
    /// Start one branch per event.
    Branches(Vec<D::Event>),
    /// Close the innermost open batch.
    Close,
}

/// The effects of one execution. The first one needs no allocation.
///
/// Invariant: `rest` contains nothing while `first` is `None`.
pub struct Effects<D: Definition> {
    first: Option<Effect<D>>,
    #[allow(
        clippy::box_collection,
        reason = "measured: most steps emit one event, and a thin pointer is cheaper to move and drop"
    )]
    rest: Option<Box<Vec<Effect<D>>>>,
}

impl<D: Definition> Effects<D> {
    /// No effects.
    pub(crate) const fn new() -> Self {
        Self { first: None, rest: None }
    }

    /// Adds an effect at the end.
    #[inline]
    pub(crate) fn push(&mut self, effect: Effect<D>) {
        if self.first.is_some() {
            return self.push_another(effect);
        }
        // An assignment would drop the old value; without one, the effect is constructed in place.
        self.first.get_or_insert(effect);
    }

    #[inline(never)]
    fn push_another(&mut self, effect: Effect<D>) {
        self.rest.get_or_insert_default().push(effect);
    }

    /// The event, if it is the only effect.
    #[inline]
    pub(crate) fn only_event(&self) -> Option<&D::Event> {
        if self.rest.is_some() {
            return None;
        }
        match &self.first {
            Some(Effect::Event(event)) => Some(event),
            _ => None,
        }
    }

    /// Takes the event, if it is the only effect.
    #[inline]
    pub(crate) fn take_event(&mut self) -> Option<D::Event> {
        self.only_event()?;
        match self.first.take() {
            Some(Effect::Event(event)) => Some(event),
            other => unreachable_event(other),
        }
    }

    /// Takes the run's output, if it is the only effect.
    #[inline]
    pub(super) fn take_stop(&mut self) -> Option<D::Output> {
        if self.rest.is_some() {
            return None;
        }
        let Some(Effect::Stop(_)) = &self.first else { return None };
        match self.first.take() {
            Some(Effect::Stop(output)) => Some(output),
            other => unreachable_event(other),
        }
    }

    /// Calls `visit` with each event, in order.
    #[cfg(feature = "testing")]
    pub(super) fn visit_events<'e>(&'e self, visit: &mut dyn FnMut(&'e D::Event)) {
        let rest = self.rest.as_deref().map_or(&[][..], Vec::as_slice);
        for effect in self.first.iter().chain(rest) {
            match effect {
                Effect::Event(event) => visit(event),
                Effect::Branches(events) => events.iter().for_each(&mut *visit),
                Effect::Prompt(_) | Effect::Stop(_) | Effect::Open(_) | Effect::Branch | Effect::Close => {}
            }
        }
    }

    /// All effects, in order.
    #[cfg(feature = "durable")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Effect<D>> {
        self.first.iter().chain(self.rest.as_deref().map_or(&[][..], Vec::as_slice))
    }

    /// All effects, in order.
    #[cfg(feature = "engine")]
    pub(crate) fn into_vec(self) -> Vec<Effect<D>> {
        let Self { first, rest } = self;
        first.into_iter().chain(rest.into_iter().flat_map(|rest| *rest)).collect()
    }

    /// Reserves space for a batch with this number of branches.
    pub(crate) fn reserve(&mut self, branches: usize) {
        self.rest.get_or_insert_default().reserve(branches * 2 + 1);
    }
}

impl<D: Definition> std::fmt::Debug for Effects<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut len = usize::from(self.first.is_some());
        if let Some(rest) = &self.rest {
            len += rest.len();
        }
        f.debug_struct("Effects").field("len", &len).finish()
    }
}

impl<D: Definition> Machine<D> {
    /// Performs the output of an execution.
    ///
    /// Invariant: the execution still holds its batch, and an open batch is held by its output. An event
    /// may decide a race that cancels any of these; the events that follow are then dropped.
    pub(super) fn perform(&mut self, effects: Effects<D>, from: &Execution<D::Event>, now: Time) {
        let mut place = from.place;
        let openers = self.table.batch_sources[from.step as usize];
        let Effects { first, rest } = effects;
        let mut rest = rest.map(|rest| rest.into_iter());
        let mut next = first;
        while let Some(effect) = next {
            match effect {
                Effect::Event(event) => self.route(event, place, NONE, now),
                Effect::Prompt(prompt) => self.prompt(prompt, from.step, from.serial),
                Effect::Stop(output) => {
                    self.record_emitted(None, 1);
                    return self.finish(Ending::Completed(output));
                }
                Effect::Branches(events) => place = self.branch_out(events, place, now),
                Effect::Open(_) | Effect::Branch | Effect::Close if !D::BATCHED => {}
                Effect::Open(opener) => place = self.open(place, openers + opener),
                Effect::Branch => place.branch = place.branch.wrapping_add(1),
                Effect::Close => {
                    let opened = place.batch;
                    place = self.state.batches[opened].parent;
                    self.release(opened, 1, now);
                }
            }
            next = match &mut rest {
                Some(rest) => rest.next(),
                None => None,
            };
        }
    }

    /// Routes one event to each of the branches after `place`, and returns the place of the last one.
    fn branch_out(&mut self, events: Vec<D::Event>, mut place: Place, now: Time) -> Place {
        let Some(slot) = events.first().map(|event| D::slot(event)) else { return place };
        let leaf = &self.table.inputs[usize::from(slot)];
        let is_only_taker = self.table.next[usize::from(slot)] == NONE && leaf.port != NONE;
        if is_only_taker && leaf.kind == PortKind::One && self.table.steps[leaf.step as usize].ports == 1 {
            let first = Place { branch: place.branch.wrapping_add(1), ..place };
            // Branch numbers wrap, as when each branch is started by itself.
            place.branch = place.branch.wrapping_add(u32::try_from(events.len()).unwrap_or(u32::MAX));
            self.record_emitted(Some(slot), events.len());
            self.record_taken(slot, events.len());
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

/// The unreachable fallback of the generated `Takes::take`; callers check `Takes::is` first.
// `mem::forget` keeps the drop glue of the other variants out of the hot path: with it, a hop takes 25 %
// longer as soon as any event owns memory.
#[inline]
pub fn unreachable_event<E>(event: E) -> ! {
    core::mem::forget(event);
    unreachable!("a step is launched with the events it takes")
}

/// The events with which a step is launched, in the order of its parameters.
pub struct Events<'e, D: Definition> {
    /// Contains the next event, in the place where the previous step emitted it.
    next: &'e mut Effects<D>,
    /// The events after that one. In the place of the execution: most steps take one event, and have none.
    later: &'e mut Option<std::vec::IntoIter<D::Event>>,
}

impl<'e, D: Definition> Events<'e, D> {
    /// The event in `next`, or the events in `later`.
    #[inline]
    pub(crate) fn new(next: &'e mut Effects<D>, later: &'e mut Option<std::vec::IntoIter<D::Event>>) -> Self {
        Self { next, later }
    }

    /// Takes the next event, which the parameter accepts.
    #[inline]
    pub(crate) fn take(&mut self, accepts: fn(&D::Event) -> bool) -> D::Event {
        match self.next_if(accepts) {
            Some(event) => event,
            None => unreachable!("a step is launched with its events"),
        }
    }

    /// Takes the next event, if the parameter accepts it.
    // Not generic over `accepts`, so a debug build compiles it once for a workflow, and not for each event.
    #[inline]
    pub(crate) fn next_if(&mut self, accepts: fn(&D::Event) -> bool) -> Option<D::Event> {
        if let Some(later) = self.later
            && self.next.only_event().is_none()
        {
            self.next.push(Effect::Event(later.next()?));
        }
        if !accepts(self.next.only_event()?) {
            return None;
        }
        self.next.take_event()
    }

    /// The number of events after the next one.
    pub(crate) fn remaining(&self) -> usize {
        match &*self.later {
            Some(later) => later.len(),
            None => 0,
        }
    }
}

impl<D: Definition> Drop for Events<'_, D> {
    /// Drops what is left over.
    #[inline]
    fn drop(&mut self) {
        if self.later.is_some() {
            *self.later = None;
        }
    }
}

impl<D: Definition> std::fmt::Debug for Events<'_, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
