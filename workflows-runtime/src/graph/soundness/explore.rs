//! The search through the states of one batch, the cheapest first.

use super::{
    SoundnessBound,
    net::{Alternative, Net},
    state::{Places, State},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
};

/// How a batch can end, as the batch around it sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Nothing is left. The steps that gather it run.
    Drained,
    /// A step has taken its first events. The rest is cancelled.
    Raced(usize),
    /// Nothing is left to execute, and these steps hold events.
    Stuck(Vec<usize>),
    /// It ends the run.
    Stopped,
}

/// What leads from a state to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// The run starts, or a batch with this number of branches.
    Begin(u8),
    /// A branch of the batch emits one of its alternatives.
    Branch(usize),
    /// An execution of a step ends with one of its alternatives.
    Return(usize, usize),
    /// An execution of a step sends events.
    Send(usize, usize),
    /// A batch inside ends.
    Child(usize, Outcome),
    /// In the run itself, what reached a `Vec` is gathered.
    Drain,
    /// The client sends a response.
    Respond(usize),
}

/// A state, and the cheapest way to it.
pub(super) struct Node {
    pub(super) state: State,
    pub(super) cost: u32,
    pub(super) parent: Option<usize>,
    pub(super) act: Act,
}

/// The meaning of a state in which nothing is left to execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Of a batch.
    Batch(Outcome),
    /// The run has stopped.
    Done,
    /// Nothing can ever happen.
    Stalled,
    /// Only a response can help, if any.
    Waits,
}

#[derive(Default)]
pub(super) struct Explored {
    pub(super) nodes: Vec<Node>,
    /// From a state to each next one.
    pub(super) edges: Vec<(usize, usize)>,
    pub(super) ends: Vec<(usize, End)>,
    /// There are more states than were looked at.
    pub(super) is_cut: bool,
}

impl Explored {
    /// The cheapest state in which the batch ends like this.
    pub(super) fn cheapest(&self, outcome: &Outcome) -> Option<usize> {
        let ends = self.ends.iter().filter(|(_, end)| matches!(end, End::Batch(found) if found == outcome));
        ends.map(|(node, _)| *node).min_by_key(|node| self.nodes[*node].cost)
    }
}

pub(super) struct Search<'a> {
    pub(super) net: &'a Net,
    pub(super) places: Places,
    bound: SoundnessBound,
    /// For each step, what one execution can send: each event of its list up to a number of times.
    pub(super) sent: Vec<Vec<Vec<usize>>>,
    /// For each source, how its batches can end, and at which cost.
    pub(super) outcomes: Vec<BTreeMap<Outcome, u32>>,
    /// For each source, whether something in its batches asks the client.
    pub(super) asks: Vec<bool>,
}

/// The most combinations of what one execution sends.
const MAX_SENT: usize = 200;

pub(super) enum Next {
    State(State),
    Exit(Outcome),
    TooMany,
}

/// The states of the batches of each source, then those of the run itself.
pub(super) fn explore(net: &Net, bound: SoundnessBound) -> (Search<'_>, Vec<Explored>, Explored) {
    let sent = net.steps.iter().map(|step| sent(&step.sends, bound.sends)).collect();
    let outcomes = vec![BTreeMap::new(); net.sources.len()];
    let asks = vec![false; net.sources.len()];
    let mut search = Search { net, places: Places::new(net), bound, sent, outcomes, asks };
    let mut batches: Vec<Explored> = Vec::new();
    // Each round adds outcomes of batches that are nested one level deeper.
    let mut changed: Vec<bool> = vec![true; net.sources.len()];
    while changed.contains(&true) {
        let mut now = vec![false; net.sources.len()];
        for source in 0..net.sources.len() {
            match batches.get_mut(source) {
                Some(known) if !search.opens_changed(known, &changed) => continue,
                Some(known) => *known = search.batch(Some(source)),
                None => batches.push(search.batch(Some(source))),
            }
            now[source] = search.note_outcomes(source, &batches[source]);
        }
        changed = now;
    }
    let run = search.batch(None);
    (search, batches, run)
}

fn sent(events: &[usize], most: u8) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for event in events {
        let more = |sent: &Vec<usize>| {
            (0..=most).map(|times| [&sent[..], &vec![*event; usize::from(times)]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(more).take(MAX_SENT).collect();
    }
    all
}

/// A search in progress.
#[derive(Default)]
pub(super) struct Frontier {
    pub(super) explored: Explored,
    known: HashMap<State, usize>,
    open: BinaryHeap<Reverse<(u32, usize)>>,
    exits: Vec<Outcome>,
}

impl Frontier {
    fn add(&mut self, state: State, cost: u32, parent: Option<usize>, act: Act) {
        let nodes = &mut self.explored.nodes;
        let number = if let Some(number) = self.known.get(&state) {
            let node = &mut nodes[*number];
            if node.cost > cost {
                (node.cost, node.parent, node.act) = (cost, parent, act);
                self.open.push(Reverse((cost, *number)));
            }
            *number
        } else {
            let number = nodes.len();
            self.known.insert(state.clone(), number);
            nodes.push(Node { state, cost, parent, act });
            self.open.push(Reverse((cost, number)));
            number
        };
        if let Some(parent) = parent {
            self.explored.edges.push((parent, number));
        }
    }

    /// A way out of the batch that is not a state of it.
    fn exit(&mut self, outcome: Outcome, cost: u32, parent: usize, act: Act) {
        if !self.exits.contains(&outcome) {
            self.exits.push(outcome.clone());
            let nodes = &mut self.explored.nodes;
            let state = nodes[parent].state.clone();
            self.explored.ends.push((nodes.len(), End::Batch(outcome)));
            nodes.push(Node { state, cost, parent: Some(parent), act });
        }
    }
}

impl Search<'_> {
    /// Whether a batch of these opens one whose outcomes have changed.
    fn opens_changed(&self, explored: &Explored, changed: &[bool]) -> bool {
        let opens = |source: usize| explored.nodes.iter().any(|node| node.state.open(&self.places, source) > 0);
        changed.iter().enumerate().any(|(source, changed)| *changed && opens(source))
    }

    /// Notes how the batches of a source can end. Returns whether that is new.
    fn note_outcomes(&mut self, source: usize, explored: &Explored) -> bool {
        let mut found: BTreeMap<Outcome, u32> = BTreeMap::new();
        for (node, end) in &explored.ends {
            if let End::Batch(outcome) = end {
                let cost = explored.nodes[*node].cost.max(1);
                let least = found.entry(outcome.clone()).or_insert(cost);
                *least = cost.min(*least);
            }
        }
        let asks = explored.nodes.iter().any(|node| node.state.has_asked(&self.places));
        let is_new = asks != self.asks[source] || !found.keys().eq(self.outcomes[source].keys());
        self.asks[source] = asks;
        self.outcomes[source] = found;
        is_new
    }

    /// All states of the batches of a source, or of the run itself.
    fn batch(&self, source: Option<usize>) -> Explored {
        let mut frontier = Frontier::default();
        self.begin(source, &mut frontier);
        let mut is_done = Vec::new();
        while let Some(Reverse((cost, at))) = frontier.open.pop() {
            is_done.resize(frontier.explored.nodes.len(), false);
            if is_done[at] || frontier.explored.nodes[at].cost < cost {
                continue;
            }
            is_done[at] = true;
            if frontier.explored.nodes.len() > self.bound.states {
                frontier.explored.is_cut = true;
                break;
            }
            let state = frontier.explored.nodes[at].state.clone();
            for (act, more, next) in self.successors(&state, source, at, &mut frontier) {
                match next {
                    Next::State(state) => frontier.add(state, cost + more, Some(at), act),
                    Next::Exit(outcome) => frontier.exit(outcome, cost + more, at, act),
                    Next::TooMany => frontier.explored.is_cut = true,
                }
            }
        }
        frontier.explored
    }

    fn begin(&self, source: Option<usize>, frontier: &mut Frontier) {
        if source.is_some() {
            for branches in 0..=self.bound.branches {
                let mut state = self.places.empty();
                state.set_unfilled(&self.places, branches);
                frontier.add(state, u32::from(branches == 0), None, Act::Begin(branches));
            }
            return;
        }
        let alternative = Alternative { events: self.net.start.into_iter().collect(), ..Alternative::default() };
        match self.apply(self.places.empty(), &alternative, None, true) {
            Next::State(state) => frontier.add(state, 0, None, Act::Begin(0)),
            Next::Exit(_) | Next::TooMany => frontier.explored.is_cut = true,
        }
    }
}
