//! What all pictures of a graph have in common: nodes and edges with labels and a style.

use super::overlay::{Overlay, Part};
use crate::graph::{
    edges::{EdgeKind, GraphEdge, NodeId},
    workflow_graph::{Collects, EventKind, ExecutorKind, StepNode, WorkflowGraph},
};
use std::collections::{HashMap, HashSet};

/// How many steps an error handler covers at most for its picture to have an arrow from each of them. More arrows, all to
/// the same node, hide the way of the events.
const MOST_FAILURES: usize = 6;

pub(super) struct Drawing {
    pub(super) nodes: Vec<DrawnNode>,
    pub(super) edges: Vec<DrawnEdge>,
}

pub(super) struct DrawnNode {
    pub(super) node: NodeId,
    /// A name of letters, digits and underscores, which no other node has.
    pub(super) name: String,
    pub(super) style: NodeStyle,
    pub(super) label: String,
    /// A second, smaller line, or nothing.
    pub(super) detail: String,
    /// A third one, with what happened in a run, or nothing.
    pub(super) note: String,
    pub(super) part: Option<Part>,
}

pub(super) struct DrawnEdge {
    /// The position of the node where it begins.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) style: EdgeStyle,
    pub(super) label: String,
    pub(super) part: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeStyle {
    Step,
    Blocking,
    Handler,
    Event,
    Start,
    Stop,
    External,
    Resource,
    Config,
}

impl NodeStyle {
    pub(super) const ALL: [Self; 9] = [
        Self::Step,
        Self::Blocking,
        Self::Handler,
        Self::Event,
        Self::Start,
        Self::Stop,
        Self::External,
        Self::Resource,
        Self::Config,
    ];

    /// The name of its class.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Blocking => "blocking",
            Self::Handler => "handler",
            Self::Event => "event",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::External => "external",
            Self::Resource => "resource",
            Self::Config => "config",
        }
    }

    /// Its fill color on a light background.
    pub(super) fn color(self) -> &'static str {
        match self {
            Self::Step => "#ADD8E6",
            Self::Blocking => "#F6C87A",
            Self::Handler => "#F4B6C2",
            Self::Event => "#90EE90",
            Self::Start => "#E27AFF",
            Self::Stop => "#FFA07A",
            Self::External => "#BEDAE4",
            Self::Resource => "#DDA0DD",
            Self::Config => "#B2DFDB",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeStyle {
    /// One event.
    Plain,
    /// Many events: into a batch, or out of it.
    Batch,
    /// Not through the return type: sent, awaited, a failure.
    Dashed,
    /// Not an event: a resource or a config.
    Dotted,
}

impl Drawing {
    /// The drawing of a graph, with what happened in a run.
    pub(super) fn of(graph: &WorkflowGraph, overlay: Option<&Overlay>) -> Self {
        let mut drawing = Self::plain(graph, overlay);
        let Some(overlay) = overlay else { return drawing };
        for node in &mut drawing.nodes {
            node.part = Some(overlay.part_of_node(&node.node));
            node.note = overlay.nodes.get(&node.node).map(|node| node.note.clone()).unwrap_or_default();
        }
        for edge in &mut drawing.edges {
            let ends = (drawing.nodes[edge.from].node.clone(), drawing.nodes[edge.to].node.clone());
            edge.part = Some(Part::Untaken);
            if let Some(count) = overlay.edges.get(&ends) {
                edge.part = Some(Part::Taken);
                let separator = if edge.label.is_empty() { "" } else { ", " };
                edge.label = format!("{}{separator}{count}×", edge.label);
            } else if edge.style == EdgeStyle::Dotted {
                // Resources come with each execution.
                edge.part = drawing.nodes[edge.from].part;
            }
        }
        drawing
    }

    fn plain(graph: &WorkflowGraph, overlay: Option<&Overlay>) -> Self {
        let mut nodes = Nodes::default();
        for step in &graph.steps {
            nodes.add(
                NodeId::StepName(step.name.clone()),
                "step",
                &step.name,
                style_of(step),
                &step.name,
                detail(step),
            );
        }
        for event in &graph.events {
            let style = match event.kind {
                EventKind::RunInput => NodeStyle::Start,
                EventKind::RunResult => NodeStyle::Stop,
                EventKind::Plain | EventKind::Prompt | EventKind::Response => NodeStyle::Event,
            };
            // Two events of one name are drawn with their paths.
            let is_unique = event.id == event.name || event.id.starts_with(&event.name);
            let label = if is_unique { &event.name } else { &event.id };
            nodes.add(NodeId::EventId(event.id.clone()), "event", &event.id, style, label, String::new());
        }
        if graph.has_external() {
            nodes.add(NodeId::Client, "external", "external_step", NodeStyle::External, "client", String::new());
        }
        for resource in &graph.resources {
            let node = NodeId::ResourceName(resource.name.clone());
            let detail = if resource.ty == resource.name { String::new() } else { resource.ty.clone() };
            nodes.add(node, "resource", &resource.name, NodeStyle::Resource, &resource.name, detail);
        }
        for (number, config) in graph.configs.iter().enumerate() {
            let name = format!("{}_{}", config.file, config.select.as_deref().unwrap_or_default());
            let detail = config.select.clone().unwrap_or_default();
            nodes.add(NodeId::ConfigNumber(number), "config", &name, NodeStyle::Config, &config.file, detail);
        }
        let folded: HashSet<NodeId> = graph
            .steps
            .iter()
            .filter(|step| step.covers.len() > MOST_FAILURES)
            .map(|step| NodeId::StepName(step.name.clone()))
            .collect();
        let mut edges = Vec::new();
        for edge in graph.edges() {
            let is_folded = edge.kind == EdgeKind::FailureHandling && folded.contains(&edge.to);
            let is_taken = overlay.is_some_and(|run| run.edges.contains_key(&(edge.from.clone(), edge.to.clone())));
            if !is_folded || is_taken {
                edges.extend(nodes.edge(&edge));
            }
        }
        Self { nodes: nodes.list, edges }
    }
}

#[derive(Default)]
struct Nodes {
    list: Vec<DrawnNode>,
    numbers: HashMap<NodeId, usize>,
    names: HashMap<String, usize>,
}

impl Nodes {
    fn add(&mut self, node: NodeId, kind: &str, id: &str, style: NodeStyle, label: &str, detail: String) {
        let mut name = format!("{kind}_{}", clean(id));
        let same = self.names.entry(name.clone()).or_default();
        *same += 1;
        if *same > 1 {
            name = format!("{name}__{same}");
        }
        self.numbers.insert(node.clone(), self.list.len());
        let label = label.to_owned();
        self.list.push(DrawnNode { node, name, style, label, detail, note: String::new(), part: None });
    }

    fn edge(&self, edge: &GraphEdge) -> Option<DrawnEdge> {
        let from = *self.numbers.get(&edge.from)?;
        let to = *self.numbers.get(&edge.to)?;
        let (style, label) = match &edge.kind {
            EdgeKind::Emission | EdgeKind::Asking | EdgeKind::Answering => (EdgeStyle::Plain, String::new()),
            EdgeKind::Taking(collects) => taken(*collects, ""),
            EdgeKind::Joining(collects) => taken(*collects, "joins"),
            EdgeKind::BatchEmission => (EdgeStyle::Batch, "each".to_owned()),
            EdgeKind::Sending => (EdgeStyle::Dashed, "sends".to_owned()),
            EdgeKind::Awaiting => (EdgeStyle::Dashed, "awaits".to_owned()),
            EdgeKind::FailureHandling => (EdgeStyle::Dashed, "fails".to_owned()),
            EdgeKind::Injection => (EdgeStyle::Dotted, edge.label.clone().unwrap_or_default()),
        };
        Some(DrawnEdge { from, to, style, label, part: None })
    }
}

fn taken(collects: Collects, one: &str) -> (EdgeStyle, String) {
    match collects {
        Collects::One => (EdgeStyle::Plain, one.to_owned()),
        Collects::All => (EdgeStyle::Batch, "all".to_owned()),
        Collects::Every(n) => (EdgeStyle::Batch, format!("every {n}")),
        Collects::FirstOf(n) => (EdgeStyle::Batch, format!("first {n}")),
    }
}

fn style_of(step: &StepNode) -> NodeStyle {
    if step.executor.is_blocking() {
        NodeStyle::Blocking
    } else if step.covers.is_empty() {
        NodeStyle::Step
    } else {
        NodeStyle::Handler
    }
}

/// The executor of a blocking step, and what a handler without arrows handles.
fn detail(step: &StepNode) -> String {
    let executor = executor(step);
    if step.covers.len() <= MOST_FAILURES {
        return executor;
    }
    let handles = format!("if any of {} steps fails", step.covers.len());
    if executor.is_empty() { handles } else { format!("{executor}, {handles}") }
}

fn executor(step: &StepNode) -> String {
    match &step.executor {
        ExecutorKind::Async => String::new(),
        ExecutorKind::BlockingIo => "blocking io".to_owned(),
        ExecutorKind::BlockingCpu { pool: None } => "blocking cpu".to_owned(),
        ExecutorKind::BlockingCpu { pool: Some(pool) } => format!("blocking cpu, pool {pool}"),
        ExecutorKind::Process { pool: None } => "isolated process".to_owned(),
        ExecutorKind::Process { pool: Some(pool) } => format!("isolated process, pool {pool}"),
    }
}

fn clean(id: &str) -> String {
    id.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect()
}
