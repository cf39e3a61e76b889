//! The edges of a graph, and what follows from them.

use super::workflow_graph::{
    Collects, EventKind, InjectedParameter, InjectedSource, StepNode, StepRole, WorkflowGraph,
};
use serde::{Deserialize, Serialize};

/// A node of a graph. Steps, events and resources are named by their ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NodeId {
    /// A step or an error handler.
    #[serde(rename = "step")]
    StepName(String),
    /// An event type.
    #[serde(rename = "event")]
    EventId(String),
    /// The client, which answers prompts.
    #[serde(rename = "external")]
    Client,
    /// A `#[resource]` factory.
    #[serde(rename = "resource")]
    ResourceName(String),
    /// A config, by its position in [`WorkflowGraph::configs`].
    #[serde(rename = "config")]
    ConfigNumber(usize),
}

/// How two nodes are connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EdgeKind {
    /// A step returns the event.
    #[serde(rename = "emits")]
    Emission,
    /// A step returns any number of the event, in a batch that it opens.
    #[serde(rename = "opens")]
    BatchEmission,
    /// A step sends the event, or asks the prompt, through its context.
    #[serde(rename = "sends")]
    Sending,
    /// A step takes the event.
    #[serde(rename = "takes")]
    Taking(Collects),
    /// A step takes the event together with others.
    #[serde(rename = "joins")]
    Joining(Collects),
    /// A step waits for the response inside an execution.
    #[serde(rename = "awaits")]
    Awaiting,
    /// An error handler takes the failures of the step.
    #[serde(rename = "fails")]
    FailureHandling,
    /// The client sees the prompt.
    #[serde(rename = "asks")]
    Asking,
    /// The client sends the response.
    #[serde(rename = "answers")]
    Answering,
    /// A step or a resource has a parameter that takes the resource or config.
    #[serde(rename = "injects")]
    Injection,
}

/// An edge of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GraphEdge {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// How the two are connected.
    pub kind: EdgeKind,
    /// The name of the parameter that a resource or a config is injected into.
    pub label: Option<String>,
}

impl GraphEdge {
    fn new(from: NodeId, to: NodeId, kind: EdgeKind) -> Self {
        Self { from, to, kind, label: None }
    }
}

impl WorkflowGraph {
    /// Returns the edges, step by step: from events to the step, from the step to events, and to resources and configs.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// use workflows_runtime::graph::{EdgeKind, NodeId};
    ///
    /// # #[workflow] struct Greet;
    /// #[workflow]
    /// impl Greet {
    ///     #[step]
    ///     async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
    ///         Stop(format!("Hello, {name}!"))
    ///     }
    /// }
    ///
    /// let edges = Greet::graph().edges();
    /// assert_eq!(edges.len(), 2);
    /// assert_eq!(edges[0].from, NodeId::EventId("Start<String>".to_owned()));
    /// assert_eq!(edges[1].kind, EdgeKind::Emission);
    /// ```
    #[must_use]
    pub fn edges(&self) -> Vec<GraphEdge> {
        let mut edges = Vec::new();
        for step in &self.steps {
            step.edges(&mut edges);
        }
        for resource in &self.resources {
            inject(&NodeId::ResourceName(resource.name.clone()), &resource.injected, &mut edges);
        }
        self.external_edges(&mut edges);
        edges
    }

    fn external_edges(&self, edges: &mut Vec<GraphEdge>) {
        if !self.has_external() {
            return;
        }
        for event in &self.events {
            let node = NodeId::EventId(event.id.clone());
            match event.kind {
                EventKind::Prompt => edges.push(GraphEdge::new(node, NodeId::Client, EdgeKind::Asking)),
                EventKind::Response => edges.push(GraphEdge::new(NodeId::Client, node, EdgeKind::Answering)),
                EventKind::Plain | EventKind::RunInput | EventKind::RunResult => {}
            }
        }
    }

    /// Whether the client takes part in a run.
    pub(super) fn has_external(&self) -> bool {
        !self.boundary.prompts.is_empty() || !self.boundary.responses.is_empty()
    }

    /// The sets of steps that lead to each other.
    pub(super) fn find_loops(&self) -> Vec<Vec<String>> {
        let next: Vec<Vec<usize>> = self.steps.iter().map(|step| self.successors(step)).collect();
        let reached: Vec<Vec<bool>> = (0..next.len()).map(|step| reachable(&next, step)).collect();
        let mut loops: Vec<Vec<String>> = Vec::new();
        let mut done = vec![false; next.len()];
        for step in 0..next.len() {
            if done[step] || !reached[step][step] {
                continue;
            }
            let mut members = Vec::new();
            for other in step..next.len() {
                if reached[step][other] && reached[other][step] {
                    done[other] = true;
                    members.push(self.steps[other].name.clone());
                }
            }
            loops.push(members);
        }
        loops
    }

    fn successors(&self, step: &StepNode) -> Vec<usize> {
        let emits = step.emits();
        let follows = |other: &StepNode| {
            let mut events = other.inputs.iter().flat_map(|input| &input.events);
            step.handler.as_ref() == Some(&other.name) || events.any(|id| emits.contains(&id.as_str()))
        };
        self.steps.iter().enumerate().filter(|(_, other)| follows(other)).map(|(number, _)| number).collect()
    }
}

/// The steps that are reached from a step, after at least one edge.
fn reachable(next: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut reached = vec![false; next.len()];
    let mut open = next[from].clone();
    while let Some(step) = open.pop() {
        if !reached[step] {
            reached[step] = true;
            open.extend(&next[step]);
        }
    }
    reached
}

impl StepNode {
    fn edges(&self, edges: &mut Vec<GraphEdge>) {
        let node = NodeId::StepName(self.name.clone());
        for input in &self.inputs {
            let is_joined = self.role == StepRole::Join && self.inputs.len() > 1;
            for id in &input.events {
                let kind = if is_joined { EdgeKind::Joining(input.collects) } else { EdgeKind::Taking(input.collects) };
                edges.push(GraphEdge::new(NodeId::EventId(id.clone()), node.clone(), kind));
            }
        }
        for id in &self.awaits {
            edges.push(GraphEdge::new(NodeId::EventId(id.clone()), node.clone(), EdgeKind::Awaiting));
        }
        for step in &self.covers {
            edges.push(GraphEdge::new(NodeId::StepName(step.clone()), node.clone(), EdgeKind::FailureHandling));
        }
        let mut emitted = Vec::new();
        self.output.visit(false, &mut |id, in_batch| {
            let kind = if in_batch { EdgeKind::BatchEmission } else { EdgeKind::Emission };
            let edge = GraphEdge::new(node.clone(), NodeId::EventId(id.to_owned()), kind);
            if !emitted.contains(&edge) {
                emitted.push(edge);
            }
        });
        edges.append(&mut emitted);
        for id in &self.sends {
            edges.push(GraphEdge::new(node.clone(), NodeId::EventId(id.clone()), EdgeKind::Sending));
        }
        inject(&node, &self.injected, edges);
    }
}

fn inject(node: &NodeId, injected: &[InjectedParameter], edges: &mut Vec<GraphEdge>) {
    for InjectedParameter { parameter, source } in injected {
        let source = match source {
            InjectedSource::Resource(name) => NodeId::ResourceName(name.clone()),
            InjectedSource::Config(number) => NodeId::ConfigNumber(*number),
        };
        let mut edge = GraphEdge::new(node.clone(), source, EdgeKind::Injection);
        edge.label.clone_from(parameter);
        edges.push(edge);
    }
}
