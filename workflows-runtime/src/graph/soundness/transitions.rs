//! What can happen next in a state of a batch.

use super::{
    explore::{Act, End, Frontier, Next, Outcome, Search},
    net::{Alternative, Place},
    state::{Delivered, Part, State},
};
use crate::graph::workflow_graph::Collects;

/// The cost of a failure: an example without one is better.
const FAILURE: u32 = 6;

impl Search<'_> {
    /// Everything that can happen next. Notes the meaning of a state in which nothing is left to execute.
    pub(super) fn successors(
        &self,
        state: &State,
        source: Option<usize>,
        at: usize,
        frontier: &mut Frontier,
    ) -> Vec<(Act, u32, Next)> {
        let places = &self.places;
        let mut next = Vec::new();
        if state.has_stopped(places) {
            let end = if source.is_some() { End::Batch(Outcome::Stopped) } else { End::Done };
            let is_new = !frontier.explored.ends.iter().any(|(_, known)| *known == end);
            if source.is_none() && !state.is_active(places) || source.is_some() && is_new {
                frontier.explored.ends.push((at, end));
            }
            if self.net.has_races {
                return next;
            }
            // Else the search continues: the rest may as well have happened before the `Stop`.
        }
        if let (Some(source), true) = (source, state.unfilled(places) > 0) {
            self.branches(state, source, &mut next);
            return next;
        }
        self.executions(state, source.is_none(), &mut next);
        if !state.is_active(places) && !state.has_stopped(places) {
            self.rest(state, source, at, frontier, &mut next);
        }
        if source.is_none() {
            self.responses(state, &mut next);
        }
        next
    }

    /// One more branch of the batch. All branches are opened before anything else happens.
    fn branches(&self, state: &State, source: usize, next: &mut Vec<(Act, u32, Next)>) {
        for (number, alternative) in self.net.sources[source].branches.iter().enumerate() {
            let mut state = state.clone();
            let unfilled = state.unfilled(&self.places);
            state.set_unfilled(&self.places, unfilled - 1);
            next.push((Act::Branch(number), 1, self.apply(state, alternative, None, false)));
        }
    }

    /// Executions take nothing from each other, so one order represents all, and the search takes the first one. But an
    /// execution in a loop must not delay the others forever, and a race depends on the order.
    fn executions(&self, state: &State, is_run: bool, next: &mut Vec<(Act, u32, Next)>) {
        let places = &self.places;
        let every_order = self.net.has_races;
        for source in 0..self.net.sources.len() {
            if state.open(places, source) > 0 && !self.outcomes[source].is_empty() {
                self.child(state, source, next);
                if !every_order {
                    return;
                }
            }
        }
        let is_due =
            |step: &usize| state.get(places, Part::Queued, *step) > 0 || state.get(places, Part::Sent, *step) > 0;
        let due: Vec<usize> = (0..self.net.steps.len()).filter(is_due).collect();
        let first = due.iter().copied().find(|step| !self.net.steps[*step].is_in_loop);
        match first {
            Some(step) if !every_order => self.execution(state, step, is_run, next),
            _ => due.into_iter().for_each(|step| self.execution(state, step, is_run, next)),
        }
    }

    fn execution(&self, state: &State, number: usize, is_run: bool, next: &mut Vec<(Act, u32, Next)>) {
        let step = &self.net.steps[number];
        let sends = !step.sends.is_empty();
        if state.get(&self.places, Part::Queued, number) > 0 {
            let mut begun = state.clone();
            begun.take(&self.places, Part::Queued, number);
            if step.asks {
                begun.ask(&self.places);
            }
            if sends {
                self.send(&begun, number, is_run, next);
            } else {
                self.ends(&begun, number, is_run, next);
            }
        }
        if state.get(&self.places, Part::Sent, number) > 0 {
            let mut ending = state.clone();
            ending.take(&self.places, Part::Sent, number);
            self.ends(&ending, number, is_run, next);
        }
    }

    fn send(&self, state: &State, step: usize, is_run: bool, next: &mut Vec<(Act, u32, Next)>) {
        for (number, events) in self.sent[step].iter().enumerate() {
            let mut state = state.clone();
            let sent = state.get(&self.places, Part::Sent, step);
            state.set(&self.places, Part::Sent, step, sent.saturating_add(1));
            let alternative = Alternative { events: events.clone(), ..Alternative::default() };
            let applied = self.apply(state, &alternative, None, is_run);
            next.push((Act::Send(step, number), u32::from(!events.is_empty()), applied));
        }
    }

    fn ends(&self, state: &State, step: usize, is_run: bool, next: &mut Vec<(Act, u32, Next)>) {
        let handler = self.net.steps[step].handler;
        for (number, alternative) in self.net.steps[step].alternatives.iter().enumerate() {
            let cost = if alternative.fails { FAILURE } else { 1 };
            next.push((Act::Return(step, number), cost, self.apply(state.clone(), alternative, handler, is_run)));
        }
    }

    fn child(&self, state: &State, source: usize, next: &mut Vec<(Act, u32, Next)>) {
        let places = &self.places;
        for (outcome, cost) in &self.outcomes[source] {
            let mut state = state.clone();
            state.close_batch(places, source);
            let mut fits = true;
            match outcome {
                Outcome::Drained => {
                    for step in &self.net.sources[source].gatherers {
                        fits &= state.launch(places, *step);
                    }
                }
                Outcome::Raced(step) => fits &= state.launch(places, *step),
                Outcome::Stuck(steps) => steps.iter().for_each(|step| state.set(places, Part::Lost, *step, 1)),
                Outcome::Stopped => state.stop(places),
            }
            // Not every batch of the source asks, but an answer to a question that was not asked is only ignored.
            if self.asks[source] {
                state.ask(places);
            }
            let applied = if fits { Next::State(state) } else { Next::TooMany };
            next.push((Act::Child(source, outcome.clone()), *cost, applied));
        }
    }

    /// Performs an alternative. An event that decides a race cancels the rest of the output, too.
    pub(super) fn apply(
        &self,
        mut state: State,
        alternative: &Alternative,
        handler: Option<usize>,
        is_run: bool,
    ) -> Next {
        let places = &self.places;
        state.note(places, alternative);
        // Next to a `Stop` nothing is ever launched.
        if alternative.stops {
            return Next::State(state);
        }
        for event in &alternative.events {
            match state.deliver(self.net, places, *event, is_run) {
                Delivered::Done => {}
                Delivered::Race(step) if is_run => return Next::State(state.after_race(places, step)),
                Delivered::Race(step) => return Next::Exit(Outcome::Raced(step)),
                Delivered::TooMany => return Next::TooMany,
            }
        }
        let mut fits = true;
        if let (true, Some(handler)) = (alternative.fails, handler) {
            fits &= state.launch(places, handler);
        }
        for source in &alternative.opens {
            fits &= state.open_batch(places, *source);
        }
        if fits { Next::State(state) } else { Next::TooMany }
    }

    /// A state in which nothing is left to execute, of a run that has not stopped.
    fn rest(
        &self,
        state: &State,
        source: Option<usize>,
        at: usize,
        frontier: &mut Frontier,
        next: &mut Vec<(Act, u32, Next)>,
    ) {
        let places = &self.places;
        let incomplete = state.incomplete(self.net, places);
        if source.is_some() {
            let outcome = if incomplete.is_empty() { Outcome::Drained } else { Outcome::Stuck(incomplete) };
            frontier.explored.ends.push((at, End::Batch(outcome)));
            return;
        }
        let gathering: Vec<usize> =
            (0..self.net.steps.len()).filter(|step| state.get(places, Part::Gathering, *step) == 1).collect();
        if incomplete.is_empty() && !gathering.is_empty() {
            let mut state = state.clone();
            let mut fits = true;
            for step in gathering {
                state.set(places, Part::Gathering, step, 0);
                fits &= state.launch(places, step);
            }
            next.push((Act::Drain, 1, if fits { Next::State(state) } else { Next::TooMany }));
            return;
        }
        let end = if self.net.responses.is_empty() { End::Stalled } else { End::Waits };
        frontier.explored.ends.push((at, end));
    }

    /// The client may send a response at any time, once it is asked, if any step ever asks.
    fn responses(&self, state: &State, next: &mut Vec<(Act, u32, Next)>) {
        let places = &self.places;
        if state.has_stopped(places) || self.net.has_prompts && !state.has_asked(places) {
            return;
        }
        for event in &self.net.responses {
            if !self.net.takers[*event].iter().any(|place| self.helps(state, *place)) {
                continue;
            }
            let alternative = Alternative { events: vec![*event], ..Alternative::default() };
            next.push((Act::Respond(*event), 1, self.apply(state.clone(), &alternative, None, true)));
        }
    }

    /// Whether one more event at a parameter makes a difference. Without this, responses alone have no bound.
    fn helps(&self, state: &State, place: Place) -> bool {
        let places = &self.places;
        let Place { step, parameter } = place;
        let is_idle = state.get(places, Part::Queued, step) == 0;
        match self.net.parameter(place).kind {
            Collects::All => state.get(places, Part::Gathering, step) == 0,
            _ if self.net.steps[step].collects => {
                is_idle && state.parked(places, step, parameter) < self.net.parameter(place).need
            }
            _ => is_idle,
        }
    }
}
