//! The state of one batch: how many events and executions it has, without their values and their order.

use super::net::{Alternative, Net, Place};
use crate::graph::workflow_graph::Collects;

/// One byte for each count. Equal states are one node of the search.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State(Vec<u8>);

/// Where each count is in a [`State`].
pub(super) struct Places {
    steps: usize,
    /// The first parked count of each step.
    parked: Vec<usize>,
    parameters: usize,
    sources: usize,
}

/// What an event does to a batch.
pub(super) enum Delivered {
    Done,
    /// The race of this step is decided.
    Race(usize),
    /// More events or executions than a state counts.
    TooMany,
}

/// The largest count. A state with more is not explored.
pub(super) const MAX_COUNT: u8 = 24;

/// The parts of a state, in order. Those of a step come first, then those of a parameter, then those of a source.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// Executions that have not done anything yet.
    Queued = 0,
    /// Executions that have sent what they send.
    Sent = 1,
    /// In the run itself: the step gathers what reached it when nothing else is left.
    Gathering = 2,
    /// In the run itself: the race of the step is decided, and it takes no more events.
    Decided = 3,
    /// The step is incomplete in a batch inside this one that never drains.
    Lost = 4,
}

const PARTS: usize = 5;

impl Places {
    pub(super) fn new(net: &Net) -> Self {
        let steps = net.steps.len();
        let (mut parked, mut parameters) = (Vec::new(), 0);
        for step in &net.steps {
            parked.push(PARTS * steps + parameters);
            parameters += step.parameters.len();
        }
        Self { steps, parked, parameters, sources: net.sources.len() }
    }

    pub(super) fn empty(&self) -> State {
        State(vec![0; PARTS * self.steps + self.parameters + self.sources + 3])
    }

    pub(super) fn at(&self, part: Part, step: usize) -> usize {
        part as usize * self.steps + step
    }

    fn parked_at(&self, place: Place) -> usize {
        self.parked[place.step] + place.parameter
    }

    fn open_at(&self, source: usize) -> usize {
        PARTS * self.steps + self.parameters + source
    }

    fn flags(&self) -> usize {
        PARTS * self.steps + self.parameters + self.sources
    }
}

impl State {
    pub(super) fn get(&self, places: &Places, part: Part, step: usize) -> u8 {
        self.0[places.at(part, step)]
    }

    pub(super) fn set(&mut self, places: &Places, part: Part, step: usize, count: u8) {
        self.0[places.at(part, step)] = count;
    }

    pub(super) fn parked(&self, places: &Places, step: usize, parameter: usize) -> u8 {
        self.0[places.parked_at(Place { step, parameter })]
    }

    /// How many batches of a source are open inside.
    pub(super) fn open(&self, places: &Places, source: usize) -> u8 {
        self.0[places.open_at(source)]
    }

    /// How many branches of the batch are not opened yet.
    pub(super) fn unfilled(&self, places: &Places) -> u8 {
        self.0[places.flags()]
    }

    pub(super) fn set_unfilled(&mut self, places: &Places, branches: u8) {
        self.0[places.flags()] = branches;
    }

    pub(super) fn has_stopped(&self, places: &Places) -> bool {
        self.0[places.flags() + 1] == 1
    }

    pub(super) fn stop(&mut self, places: &Places) {
        self.0[places.flags() + 1] = 1;
    }

    /// Whether a step has asked the client.
    pub(super) fn has_asked(&self, places: &Places) -> bool {
        self.0[places.flags() + 2] == 1
    }

    pub(super) fn ask(&mut self, places: &Places) {
        self.0[places.flags() + 2] = 1;
    }

    /// Counts one more. Returns whether that is possible.
    #[must_use]
    pub(super) fn launch(&mut self, places: &Places, step: usize) -> bool {
        self.add(places.at(Part::Queued, step))
    }

    #[must_use]
    pub(super) fn open_batch(&mut self, places: &Places, source: usize) -> bool {
        self.add(places.open_at(source))
    }

    pub(super) fn close_batch(&mut self, places: &Places, source: usize) {
        self.0[places.open_at(source)] -= 1;
    }

    pub(super) fn take(&mut self, places: &Places, part: Part, step: usize) {
        self.0[places.at(part, step)] -= 1;
    }

    #[must_use]
    fn add(&mut self, at: usize) -> bool {
        self.0[at] += 1;
        self.0[at] <= MAX_COUNT
    }

    /// Delivers an event to every step that takes it.
    pub(super) fn deliver(&mut self, net: &Net, places: &Places, event: usize, is_run: bool) -> Delivered {
        for place in &net.takers[event] {
            let (step, parameter) = (&net.steps[place.step], net.parameter(*place));
            match parameter.kind {
                // The batch launches the steps that gather it when it has drained.
                Collects::All if !is_run => {}
                Collects::All => self.set(places, Part::Gathering, place.step, 1),
                Collects::FirstOf(_) => {
                    if self.get(places, Part::Decided, place.step) == 1 {
                        continue;
                    }
                    if !self.add(places.parked_at(*place)) {
                        return Delivered::TooMany;
                    }
                    if self.0[places.parked_at(*place)] >= parameter.need {
                        return Delivered::Race(place.step);
                    }
                }
                Collects::One if step.parameters.len() == 1 => {
                    if !self.launch(places, place.step) {
                        return Delivered::TooMany;
                    }
                }
                Collects::One | Collects::Every(_) => {
                    if !self.add(places.parked_at(*place)) || !self.join(net, places, place.step) {
                        return Delivered::TooMany;
                    }
                }
            }
        }
        Delivered::Done
    }

    /// Launches a join if it is complete. Returns false if there are too many executions.
    fn join(&mut self, net: &Net, places: &Places, step: usize) -> bool {
        let parameters = &net.steps[step].parameters;
        let first = places.parked[step];
        let is_complete = parameters.iter().enumerate().all(|(at, parameter)| self.0[first + at] >= parameter.need);
        if !is_complete {
            return true;
        }
        for (at, parameter) in parameters.iter().enumerate() {
            self.0[first + at] -= parameter.need;
        }
        self.launch(places, step)
    }

    /// Whether any execution or batch is left.
    pub(super) fn is_active(&self, places: &Places) -> bool {
        let executions = &self.0[..2 * places.steps];
        let batches = &self.0[places.open_at(0)..places.flags()];
        executions.iter().chain(batches).any(|count| *count > 0)
    }

    /// The steps that hold events and wait for more, also in batches inside that never drain.
    pub(super) fn incomplete(&self, net: &Net, places: &Places) -> Vec<usize> {
        let is_incomplete = |step: &usize| {
            let holds = (0..net.steps[*step].parameters.len()).any(|at| self.parked(places, *step, at) > 0);
            holds || self.get(places, Part::Lost, *step) == 1
        };
        (0..net.steps.len()).filter(is_incomplete).collect()
    }

    /// The run itself after a race is decided: only the step that won, and which races are over.
    pub(super) fn after_race(&self, places: &Places, winner: usize) -> Self {
        let mut next = places.empty();
        for step in 0..places.steps {
            next.set(places, Part::Decided, step, self.get(places, Part::Decided, step));
        }
        next.set(places, Part::Decided, winner, 1);
        next.set(places, Part::Queued, winner, 1);
        if self.has_asked(places) {
            next.ask(places);
        }
        next
    }

    /// What an alternative does, apart from its events and batches.
    pub(super) fn note(&mut self, places: &Places, alternative: &Alternative) {
        if alternative.stops {
            self.stop(places);
        }
        if alternative.prompts {
            self.ask(places);
        }
    }
}
