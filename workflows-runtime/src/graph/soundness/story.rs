//! The way of a run to a state, in the user's names.

use super::{
    explore::{Act, Explored, Outcome, Search},
    net::{Alternative, Place},
};

pub(super) struct Story<'a> {
    pub(super) search: &'a Search<'a>,
    pub(super) batches: &'a [Explored],
    pub(super) run: &'a Explored,
}

/// How many batches inside each other an example shows.
const MAX_DEPTH: usize = 5;

impl Story<'_> {
    /// The way of the run to a state, and the events that are left there.
    pub(super) fn of_run(&self, node: usize) -> Vec<String> {
        let mut lines = Vec::new();
        self.describe(self.run, None, node, 0, &mut lines);
        lines
    }

    /// Why a step never runs: the most that comes together at its parameters, in one batch.
    pub(super) fn missing(&self, step: usize) -> Vec<String> {
        let mut most: Vec<(u32, String)> = Vec::new();
        for (explored, place) in
            self.batches.iter().enumerate().map(|(source, batch)| (batch, Some(source))).chain([(self.run, None)])
        {
            let held = |node: &super::explore::Node| {
                let parked = |at| u32::from(node.state.parked(&self.search.places, step, at));
                (0..self.search.net.steps[step].parameters.len()).map(parked).sum::<u32>()
            };
            if let Some(node) = explored.nodes.iter().max_by_key(|node| held(node)).filter(|node| held(node) > 0) {
                let place =
                    place.map_or("outside of every batch".to_owned(), |source| format!("in {}", self.source(source)));
                most.push((held(node), format!("{place}, {}", self.holds(node, step).unwrap_or_default())));
            }
        }
        most.into_iter().map(|(_, line)| line).collect()
    }

    fn describe(&self, explored: &Explored, source: Option<usize>, node: usize, depth: usize, lines: &mut Vec<String>) {
        let indent = "  ".repeat(depth);
        if depth > MAX_DEPTH {
            lines.push(format!("{indent}.."));
            return;
        }
        let mut way = Vec::new();
        let mut at = Some(node);
        while let Some(number) = at {
            way.push(&explored.nodes[number].act);
            at = explored.nodes[number].parent;
        }
        way.reverse();
        let mut branches: Vec<usize> = Vec::new();
        for act in &way {
            if let Act::Branch(number) = act {
                branches.resize(branches.len().max(number + 1), 0);
                branches[*number] += 1;
            }
        }
        for act in way {
            match act {
                Act::Begin(0) if source.is_some() => lines.push(format!("{indent}it has no branches")),
                Act::Begin(_) => {
                    if let Some(line) = self.content(source, &branches) {
                        lines.push(format!("{indent}{line}"));
                    }
                }
                Act::Branch(_) => {}
                act => self.describe_act(act, &indent, depth, lines),
            }
        }
        for step in 0..self.search.net.steps.len() {
            lines.extend(self.holds(&explored.nodes[node], step).map(|line| format!("{indent}{line}")));
        }
    }

    fn describe_act(&self, act: &Act, indent: &str, depth: usize, lines: &mut Vec<String>) {
        let net = self.search.net;
        match act {
            Act::Return(step, number) => {
                let name = &net.steps[*step].name;
                let alternative = &net.steps[*step].alternatives[*number];
                match net.steps[*step].handler.filter(|_| alternative.fails) {
                    Some(handler) => {
                        let handler = &net.steps[handler].name;
                        lines.push(format!("{indent}`{name}` fails, and `{handler}` handles it"));
                    }
                    None => lines.push(format!("{indent}`{name}` returns {}", self.emitted(alternative))),
                }
            }
            Act::Send(step, number) => {
                let events = &self.search.sent[*step][*number];
                if !events.is_empty() {
                    let name = &net.steps[*step].name;
                    lines.push(format!("{indent}`{name}` sends {}", self.events(events)));
                }
            }
            Act::Child(source, outcome) => {
                let name = self.source(*source);
                lines.push(format!("{indent}{name} {}:", self.ends(*source, outcome)));
                if let Some(node) = self.batches[*source].cheapest(outcome) {
                    self.describe(&self.batches[*source], Some(*source), node, depth + 1, lines);
                }
            }
            Act::Drain => lines.push(format!("{indent}nothing else is left, and what reached a `Vec` is gathered")),
            Act::Respond(event) => lines.push(format!("{indent}the client sends `{}`", net.events[*event])),
            Act::Begin(_) | Act::Branch(_) => {}
        }
    }

    /// The outputs of the branches of a batch. `branches` counts each kind of branch.
    fn content(&self, source: Option<usize>, branches: &[usize]) -> Option<String> {
        let source = &self.search.net.sources[source?];
        let parts: Vec<String> = branches
            .iter()
            .zip(&source.branches)
            .filter(|(count, _)| **count > 0)
            .map(|(count, branch)| format!("{count} × {}", self.emitted(branch)))
            .collect();
        if parts.is_empty() { None } else { Some(format!("it has {}", parts.join(", "))) }
    }

    fn emitted(&self, alternative: &Alternative) -> String {
        let mut parts = Vec::new();
        if !alternative.events.is_empty() {
            parts.push(self.events(&alternative.events));
        }
        parts.extend(alternative.opens.iter().map(|source| {
            let events = &self.search.net.sources[*source].branches;
            let first = events.iter().flat_map(|branch| &branch.events).next();
            first.map_or("a batch".to_owned(), |event| format!("a batch of `{}`", self.search.net.events[*event]))
        }));
        if alternative.stops {
            parts.push("`Stop`".to_owned());
        }
        if alternative.prompts {
            parts.push("a prompt".to_owned());
        }
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(" and ") }
    }

    fn events(&self, events: &[usize]) -> String {
        let mut counts: Vec<(usize, usize)> = Vec::new();
        for event in events {
            match counts.iter_mut().find(|(known, _)| known == event) {
                Some((_, count)) => *count += 1,
                None => counts.push((*event, 1)),
            }
        }
        let name = |(event, count): (usize, usize)| {
            let name = &self.search.net.events[event];
            if count == 1 { format!("`{name}`") } else { format!("{count} × `{name}`") }
        };
        counts.into_iter().map(name).collect::<Vec<_>>().join(" and ")
    }

    fn ends(&self, source: usize, outcome: &Outcome) -> String {
        let net = self.search.net;
        match outcome {
            Outcome::Drained => {
                let gatherers: Vec<String> =
                    net.sources[source].gatherers.iter().map(|step| format!("`{}`", net.steps[*step].name)).collect();
                if gatherers.is_empty() {
                    return "drains".to_owned();
                }
                format!("drains, and {} gathers it", gatherers.join(" and "))
            }
            Outcome::Raced(step) => format!("is decided by `{}`", net.steps[*step].name),
            Outcome::Stuck(_) => "never drains".to_owned(),
            Outcome::Stopped => "ends the run".to_owned(),
        }
    }

    fn source(&self, source: usize) -> String {
        let net = self.search.net;
        let step = net.sources[source].step;
        let name = &net.steps[step].name;
        let own: Vec<usize> = (0..net.sources.len()).filter(|other| net.sources[*other].step == step).collect();
        match own.iter().position(|other| *other == source) {
            Some(number) if own.len() > 1 => format!("batch {} of `{name}`", number + 1),
            _ => format!("the batch of `{name}`"),
        }
    }

    /// The events that a step holds and waits for.
    fn holds(&self, node: &super::explore::Node, step: usize) -> Option<String> {
        let net = self.search.net;
        let (mut held, mut missing) = (Vec::new(), Vec::new());
        for (parameter, of) in net.steps[step].parameters.iter().enumerate() {
            let names: Vec<String> = of.events.iter().map(|event| format!("`{}`", net.events[*event])).collect();
            let names = names.join(" or ");
            let count = node.state.parked(&self.search.places, step, parameter);
            if count > 0 {
                held.push(format!("{count} {names}"));
            }
            let need = net.parameter(Place { step, parameter }).need;
            if count < need {
                missing.push(format!("{} {names}", need - count));
            }
        }
        if held.is_empty() {
            return None;
        }
        let name = &net.steps[step].name;
        Some(format!("`{name}` holds {} and waits for {}", held.join(" and "), missing.join(" and ")))
    }
}
