//! What the states of a workflow say about it.

use super::{
    Finding, FindingKind, Soundness, SoundnessBound,
    explore::{End, Explored, Search, explore},
    net::Net,
    state::Part,
    story::Story,
};
use std::collections::BTreeMap;

/// What was found, by numbers. Tests compare it with the brute force.
pub(super) struct Facts {
    /// For each step, whether it runs in some run.
    pub(super) runs: Vec<bool>,
    pub(super) completes: bool,
    pub(super) is_exhaustive: bool,
    /// The steps that are incomplete in a run that stalls, and the cheapest such state.
    pub(super) stalls: BTreeMap<Vec<usize>, usize>,
    /// The same for a run that waits for responses, none of which leads to a `Stop`.
    pub(super) waits: BTreeMap<Vec<usize>, usize>,
    /// For each step, the cheapest state in which it holds events when a run ends.
    pub(super) left: Vec<Option<usize>>,
    /// A state that leads to other states, but never to an end.
    pub(super) endless: Option<usize>,
}

pub(super) fn judge(net: &Net, bound: SoundnessBound) -> Soundness {
    let (search, batches, run) = explore(net, bound);
    let facts = Facts::of(&search, &batches, &run);
    let story = Story { search: &search, batches: &batches, run: &run };
    let mut findings = Vec::new();
    let name = |step: &usize| net.steps[*step].name.clone();
    let mut add = |kind, steps: Vec<String>, example| findings.push(Finding { kind, steps, example });
    let is_certain = facts.is_exhaustive && net.sufficient_branches <= usize::from(bound.branches);
    if !facts.completes && is_certain {
        add(FindingKind::NeverCompletes, Vec::new(), Vec::new());
    }
    for step in (0..net.steps.len()).filter(|step| !facts.runs[*step] && is_certain) {
        add(FindingKind::NeverRuns, vec![name(&step)], story.missing(step));
    }
    for (kind, ends) in [(FindingKind::MayStall, &facts.stalls), (FindingKind::MayWaitForever, &facts.waits)] {
        let mut ends: Vec<(&Vec<usize>, usize)> = ends.iter().map(|(steps, node)| (steps, *node)).collect();
        ends.sort_by_key(|(steps, node)| (run.nodes[*node].cost, steps.len()));
        for (steps, node) in ends {
            add(kind, steps.iter().map(name).collect(), story.of_run(node));
        }
    }
    if let Some(node) = facts.endless {
        add(FindingKind::MayLoopForever, Vec::new(), story.of_run(node));
    }
    for (step, node) in facts.left.iter().enumerate() {
        if let Some(node) = node {
            add(FindingKind::LeftOver, vec![name(&step)], story.of_run(*node));
        }
    }
    Soundness { bound, is_exhaustive: facts.is_exhaustive, findings }
}

impl Facts {
    pub(super) fn of(search: &Search<'_>, batches: &[Explored], run: &Explored) -> Self {
        let (net, places) = (search.net, &search.places);
        let opened = opened(search, batches, run);
        let reached: Vec<&Explored> =
            batches.iter().zip(&opened).filter(|(_, opened)| **opened).map(|(batch, _)| batch).chain([run]).collect();
        let runs = |step: usize| {
            reached.iter().flat_map(|explored| &explored.nodes).any(|node| {
                let state = &node.state;
                let is_active = state.get(places, Part::Queued, step) > 0 || state.get(places, Part::Sent, step) > 0;
                state.unfilled(places) == 0 && is_active
            })
        };
        let completing = completing(search, run);
        let mut facts = Self {
            runs: (0..net.steps.len()).map(runs).collect(),
            completes: completing.first().copied().unwrap_or(false),
            is_exhaustive: reached.iter().all(|explored| !explored.is_cut),
            stalls: BTreeMap::new(),
            waits: BTreeMap::new(),
            left: vec![None; net.steps.len()],
            endless: None,
        };
        facts.read_ends(search, run, &completing);
        if facts.is_exhaustive && facts.completes && facts.stalls.is_empty() && facts.waits.is_empty() {
            facts.endless =
                (0..run.nodes.len()).filter(|node| !completing[*node]).min_by_key(|node| run.nodes[*node].cost);
        }
        facts
    }

    fn read_ends(&mut self, search: &Search<'_>, run: &Explored, completing: &[bool]) {
        for (node, end) in &run.ends {
            let incomplete = run.nodes[*node].state.incomplete(search.net, &search.places);
            let keep = |known: &mut usize| {
                if run.nodes[*node].cost < run.nodes[*known].cost {
                    *known = *node;
                }
            };
            match end {
                End::Stalled => keep(self.stalls.entry(incomplete).or_insert(*node)),
                End::Waits if !completing[*node] => keep(self.waits.entry(incomplete).or_insert(*node)),
                End::Done => incomplete.into_iter().for_each(|step| keep(self.left[step].get_or_insert(*node))),
                End::Waits | End::Batch(_) => {}
            }
        }
    }
}

/// For each source, whether a run ever opens a batch of it.
fn opened(search: &Search<'_>, batches: &[Explored], run: &Explored) -> Vec<bool> {
    let sources = search.net.sources.len();
    let opens = |explored: &Explored, source: usize| {
        explored.nodes.iter().any(|node| node.state.open(&search.places, source) > 0)
    };
    let mut opened: Vec<bool> = (0..sources).map(|source| opens(run, source)).collect();
    let mut open: Vec<usize> = (0..sources).filter(|source| opened[*source]).collect();
    while let Some(outer) = open.pop() {
        for (inner, known) in opened.iter_mut().enumerate() {
            if !*known && opens(&batches[outer], inner) {
                *known = true;
                open.push(inner);
            }
        }
    }
    opened
}

/// For each state of the run, whether a `Stop` can be reached from it.
fn completing(search: &Search<'_>, run: &Explored) -> Vec<bool> {
    let mut completes: Vec<bool> = run.nodes.iter().map(|node| node.state.has_stopped(&search.places)).collect();
    let mut before = vec![Vec::new(); run.nodes.len()];
    for (from, to) in &run.edges {
        before[*to].push(*from);
    }
    let mut open: Vec<usize> = (0..completes.len()).filter(|node| completes[*node]).collect();
    while let Some(node) = open.pop() {
        for from in &before[node] {
            if !completes[*from] {
                completes[*from] = true;
                open.push(*from);
            }
        }
    }
    completes
}
