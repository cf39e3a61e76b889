//! Everything that an execution can do, for the brute force.

use super::brute_force::BruteForce;
use crate::graph::workflow_graph::{EventKind, OutputShape};

/// What an execution does, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Event(usize),
    Open(usize, Vec<Vec<Effect>>),
    Stop,
    Prompt,
}

impl BruteForce<'_> {
    /// Everything that an output can be.
    pub(super) fn outputs(&self, output: &OutputShape) -> Vec<Vec<Effect>> {
        let mut all = match output {
            OutputShape::Nothing => vec![Vec::new()],
            OutputShape::Emits(id) => vec![vec![self.effect(id)]],
            OutputShape::Maybe(of) => [vec![Vec::new()], self.outputs(of)].concat(),
            OutputShape::AnyOf(members) => members.iter().flat_map(|member| self.outputs(member)).collect(),
            OutputShape::AllOf(members) => {
                let mut all = vec![Vec::new()];
                for member in members {
                    let more = self.outputs(member);
                    all =
                        all.iter().flat_map(|a: &Vec<Effect>| more.iter().map(move |b| [&a[..], b].concat())).collect();
                }
                all
            }
            OutputShape::Batch { source, branch } => {
                let branch = self.outputs(branch);
                let mut all: Vec<Vec<usize>> = vec![Vec::new()];
                let mut last = all.clone();
                for _ in 0..self.branches {
                    let longer = |list: &Vec<usize>| {
                        (list.last().copied().unwrap_or(0)..branch.len())
                            .map(|next| [&list[..], &[next]].concat())
                            .collect::<Vec<_>>()
                    };
                    last = last.iter().flat_map(longer).collect();
                    all.extend(last.clone());
                }
                let open = |list: Vec<usize>| {
                    vec![Effect::Open(*source, list.into_iter().map(|number| branch[number].clone()).collect())]
                };
                all.into_iter().map(open).collect()
            }
        };
        let mut seen: Vec<Vec<Effect>> = Vec::new();
        all.retain(|output| {
            let is_new = !seen.contains(output);
            if is_new {
                seen.push(output.clone());
            }
            is_new
        });
        all
    }

    fn effect(&self, id: &str) -> Effect {
        let event = self.graph.events.iter().position(|event| event.id == id).expect("an event of the graph");
        match self.graph.events[event].kind {
            EventKind::RunResult => Effect::Stop,
            EventKind::Prompt => Effect::Prompt,
            _ => Effect::Event(event),
        }
    }

    pub(super) fn sent(&self, step: usize) -> Vec<Vec<Effect>> {
        let mut all: Vec<Vec<Effect>> = vec![Vec::new()];
        for event in &self.net.steps[step].sends {
            let more = |sent: &Vec<Effect>| {
                (0..=self.sends)
                    .map(|times| [&sent[..], &vec![Effect::Event(*event); times]].concat())
                    .collect::<Vec<_>>()
            };
            all = all.iter().flat_map(more).collect();
        }
        all
    }
}

pub(super) fn stops(effect: &Effect) -> bool {
    match effect {
        Effect::Stop => true,
        Effect::Open(_, branches) => branches.iter().flatten().any(stops),
        Effect::Event(_) | Effect::Prompt => false,
    }
}
