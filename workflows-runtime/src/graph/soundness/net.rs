//! The graph with numbers in place of names, and outputs as lists of alternatives.

use super::SoundnessBound;
use crate::graph::workflow_graph::{Collects, EventKind, OutputShape, StepNode, WorkflowGraph};
use std::collections::HashMap;

pub(super) struct Net {
    pub(super) steps: Vec<NetStep>,
    /// The names of the events.
    pub(super) events: Vec<String>,
    /// For each event, the parameters that take it.
    pub(super) takers: Vec<Vec<Place>>,
    /// Each `Vec` in an output.
    pub(super) sources: Vec<Source>,
    pub(super) start: Option<usize>,
    /// The responses that steps take as inputs.
    pub(super) responses: Vec<usize>,
    /// Whether any step asks the client.
    pub(super) has_prompts: bool,
    /// Whether any step takes the first events of a batch.
    pub(super) has_races: bool,
    /// How many branches a batch must have before something that does not happen never happens.
    pub(super) sufficient_branches: usize,
}

pub(super) struct NetStep {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
    /// How its executions can end.
    pub(super) alternatives: Vec<Alternative>,
    pub(super) sends: Vec<usize>,
    /// It asks the client through its context.
    pub(super) asks: bool,
    pub(super) handler: Option<usize>,
    /// It leads to itself.
    pub(super) is_in_loop: bool,
    /// It takes several events before it runs: a join or a race.
    pub(super) collects: bool,
}

pub(super) struct Parameter {
    pub(super) kind: Collects,
    /// How many events it needs before its step runs.
    pub(super) need: u8,
    pub(super) events: Vec<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) step: usize,
    pub(super) parameter: usize,
}

pub(super) struct Source {
    pub(super) step: usize,
    /// What one branch can emit.
    pub(super) branches: Vec<Alternative>,
    /// The steps that gather the batch.
    pub(super) gatherers: Vec<usize>,
}

/// One way in which an execution or a branch can end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) events: Vec<usize>,
    /// The sources of the batches that it opens.
    pub(super) opens: Vec<usize>,
    pub(super) stops: bool,
    pub(super) prompts: bool,
    /// The execution fails, and the handler of its step runs.
    pub(super) fails: bool,
}

/// The most alternatives of one output. More are cut: a tuple of twelve `OneOf`s has twelve to the power of twelve.
const MAX_ALTERNATIVES: usize = 2_000;
/// The most branches that a batch has without being asked for.
const MAX_BRANCHES: usize = 10;

/// A bound within which every join of the workflow can be incomplete, complete, and have an event left over.
pub(super) fn sufficient_bound(graph: &WorkflowGraph) -> SoundnessBound {
    let branches = sufficient_branches(graph).min(MAX_BRANCHES);
    SoundnessBound::default().branches(u8::try_from(branches).unwrap_or(u8::MAX))
}

fn sufficient_branches(graph: &WorkflowGraph) -> usize {
    let kinds = graph.steps.iter().flat_map(|step| &step.inputs).map(|input| input.collects);
    // An array of the results of another array needs the product of both.
    let needed = kinds.fold(1_usize, |product, kind| product.saturating_mul(need(kind).max(1)));
    needed.saturating_add(1).max(3)
}

fn need(kind: Collects) -> usize {
    match kind {
        Collects::One => 1,
        Collects::All => 0,
        Collects::Every(n) | Collects::FirstOf(n) => n,
    }
}

impl Net {
    pub(super) fn of(graph: &WorkflowGraph) -> Self {
        let numbers: HashMap<&str, usize> =
            graph.events.iter().enumerate().map(|(number, event)| (event.id.as_str(), number)).collect();
        let names: HashMap<&str, usize> =
            graph.steps.iter().enumerate().map(|(number, step)| (step.name.as_str(), number)).collect();
        let reader = Reader { graph, numbers };
        let mut sources: Vec<Source> = Vec::new();
        for batch in &graph.batches {
            let gatherers = batch.gathered_by.iter().filter_map(|name| names.get(name.as_str()).copied()).collect();
            let step = names.get(batch.step.as_str()).copied().unwrap_or_default();
            sources.push(Source { step, branches: Vec::new(), gatherers });
        }
        let mut steps: Vec<NetStep> = graph.steps.iter().map(|step| reader.step(step, &names, &mut sources)).collect();
        for step in &mut steps {
            if step.handler.is_some() {
                step.alternatives.push(Alternative { fails: true, ..Alternative::default() });
            }
        }
        let mut takers = vec![Vec::new(); graph.events.len()];
        for (step, of) in steps.iter().enumerate() {
            for (parameter, input) in of.parameters.iter().enumerate() {
                for event in &input.events {
                    takers[*event].push(Place { step, parameter });
                }
            }
        }
        let of_kind = |kind: EventKind| {
            graph.events.iter().enumerate().filter(move |(_, event)| event.kind == kind).map(|(number, _)| number)
        };
        let start = of_kind(EventKind::RunInput).next();
        let responses = of_kind(EventKind::Response).filter(|event| !takers[*event].is_empty()).collect();
        let parameters = || steps.iter().flat_map(|step| &step.parameters);
        Self {
            start,
            responses,
            has_prompts: !graph.boundary.prompts.is_empty(),
            has_races: parameters().any(|parameter| matches!(parameter.kind, Collects::FirstOf(_))),
            sufficient_branches: if graph.batches.is_empty() { 0 } else { sufficient_branches(graph) },
            events: graph.events.iter().map(|event| event.name.clone()).collect(),
            takers,
            sources,
            steps,
        }
    }

    pub(super) fn parameter(&self, place: Place) -> &Parameter {
        &self.steps[place.step].parameters[place.parameter]
    }
}

struct Reader<'a> {
    graph: &'a WorkflowGraph,
    numbers: HashMap<&'a str, usize>,
}

impl Reader<'_> {
    fn step(&self, step: &StepNode, names: &HashMap<&str, usize>, sources: &mut [Source]) -> NetStep {
        let parameters: Vec<Parameter> = step
            .inputs
            .iter()
            .map(|input| Parameter {
                kind: input.collects,
                need: u8::try_from(need(input.collects)).unwrap_or(u8::MAX),
                events: input.events.iter().filter_map(|id| self.numbers.get(id.as_str()).copied()).collect(),
            })
            .collect();
        let kind = |id: &str| self.numbers.get(id).map(|event| self.graph.events[*event].kind);
        let is_prompt = |id: &str| kind(id) == Some(EventKind::Prompt);
        let collects = match &parameters[..] {
            [Parameter { kind: Collects::One, .. }] | [] => false,
            [Parameter { kind, .. }, ..] => *kind != Collects::All,
        };
        NetStep {
            name: step.name.clone(),
            parameters,
            alternatives: self.alternatives(&step.output, sources),
            sends: step
                .sends
                .iter()
                .filter(|id| !is_prompt(id))
                .filter_map(|id| self.numbers.get(id.as_str()).copied())
                .collect(),
            asks: step.sends.iter().any(|id| is_prompt(id)),
            handler: step.handler.as_ref().and_then(|name| names.get(name.as_str()).copied()),
            is_in_loop: self.graph.loops.iter().any(|steps| steps.contains(&step.name)),
            collects,
        }
    }

    /// The alternatives of an output. Those of the branches of its batches go to `sources`.
    fn alternatives(&self, output: &OutputShape, sources: &mut [Source]) -> Vec<Alternative> {
        let mut all = match output {
            OutputShape::Nothing => vec![Alternative::default()],
            OutputShape::Emits(id) => vec![self.event(id)],
            OutputShape::Maybe(of) => {
                let mut all = vec![Alternative::default()];
                all.extend(self.alternatives(of, sources));
                all
            }
            OutputShape::AnyOf(members) => {
                members.iter().flat_map(|member| self.alternatives(member, sources)).collect()
            }
            OutputShape::AllOf(members) => {
                let mut all = vec![Alternative::default()];
                for member in members {
                    all = product(&all, &self.alternatives(member, sources));
                }
                all
            }
            OutputShape::Batch { source, branch } => {
                let branches = self.alternatives(branch, sources);
                // A graph from a file may name a batch that it does not list.
                let mut alternative = Alternative::default();
                if let Some(known) = sources.get_mut(*source) {
                    known.branches = branches;
                    alternative.opens.push(*source);
                }
                vec![alternative]
            }
        };
        let mut known: Vec<Alternative> = Vec::new();
        all.retain(|alternative| {
            let is_new = !known.contains(alternative);
            if is_new {
                known.push(alternative.clone());
            }
            is_new
        });
        all
    }

    fn event(&self, id: &str) -> Alternative {
        let mut alternative = Alternative::default();
        if let Some(event) = self.numbers.get(id) {
            match self.graph.events[*event].kind {
                EventKind::RunResult => alternative.stops = true,
                EventKind::Prompt => alternative.prompts = true,
                EventKind::Plain | EventKind::RunInput | EventKind::Response => alternative.events.push(*event),
            }
        }
        alternative
    }
}

/// Each of `some` together with each of `more`.
fn product(some: &[Alternative], more: &[Alternative]) -> Vec<Alternative> {
    let mut all = Vec::new();
    for a in some {
        for b in more {
            if all.len() == MAX_ALTERNATIVES {
                return all;
            }
            all.push(Alternative {
                events: [&a.events[..], &b.events[..]].concat(),
                opens: [&a.opens[..], &b.opens[..]].concat(),
                stops: a.stops || b.stops,
                prompts: a.prompts || b.prompts,
                fails: false,
            });
        }
    }
    all
}
