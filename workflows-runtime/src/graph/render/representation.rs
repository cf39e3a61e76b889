//! The graph as nodes and edges in JSON.

use crate::graph::{
    edges::NodeId,
    workflow_graph::{ConfigNode, EventKind, EventNode, ResourceNode, WorkflowGraph},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// A graph as nodes and edges, in the JSON format of `LlamaIndex` Workflows, which other tools read. Returned by
/// [`WorkflowGraph::representation`].
///
/// It has less than the graph itself, which implements [`Serialize`] too: no options, batches or signatures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Representation {
    /// The name of the workflow.
    pub name: String,
    /// Steps, events, the client as `external_step`, resources and configs.
    pub nodes: Vec<RepresentationNode>,
    /// The edges between them.
    pub edges: Vec<RepresentationEdge>,
    /// The docs of the workflow.
    pub description: Option<String>,
}

/// A node of a [`Representation`]. In JSON, `node_type` is its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "node_type")]
#[non_exhaustive]
pub enum RepresentationNode {
    /// A step. Its id is its name.
    #[serde(rename = "step")]
    OfStep {
        /// The id.
        id: String,
        /// The text to draw.
        label: String,
        /// The docs of the step.
        description: Option<String>,
    },
    /// An event. Its id is the name of its type.
    #[serde(rename = "event")]
    OfEvent {
        /// The id.
        id: String,
        /// The text to draw.
        label: String,
        /// The name of the type.
        event_type: String,
        /// The name of the type, then its role: `StartEvent`, `StopEvent`, `InputRequiredEvent` or
        /// `HumanResponseEvent`.
        event_types: Vec<String>,
        /// The JSON schema. Not known.
        event_schema: Option<Value>,
    },
    /// The client, which answers prompts.
    #[serde(rename = "external")]
    OfClient {
        /// The id.
        id: String,
        /// The text to draw.
        label: String,
    },
    /// A `#[resource]` factory.
    #[serde(rename = "resource")]
    OfResource {
        /// The id: `resource_` and 12 hexadecimal digits.
        id: String,
        /// The text to draw.
        label: String,
        /// The type that it makes.
        type_name: Option<String>,
        /// The name of the factory.
        getter_name: Option<String>,
        /// The source file. Not known.
        source_file: Option<String>,
        /// The line in the source file. Not known.
        source_line: Option<u32>,
        /// The docs of the factory.
        description: Option<String>,
    },
    /// A part of a config file.
    #[serde(rename = "resource_config")]
    OfConfig {
        /// The id: `resource_config_` and 12 hexadecimal digits.
        id: String,
        /// The text to draw.
        label: String,
        /// The type of the value.
        type_name: Option<String>,
        /// The file as written.
        config_file: Option<String>,
        /// The path in the file.
        path_selector: Option<String>,
        /// The JSON schema. Not known.
        config_schema: Option<Value>,
        /// The value. Never read: it may be a secret.
        config_value: Option<Value>,
    },
    /// A node of another tool.
    #[serde(untagged)]
    OfTool {
        /// The kind.
        node_type: String,
        /// The id.
        id: String,
        /// The text to draw.
        label: String,
        /// Its type, if the tool has such.
        event_type: Option<String>,
        /// Its type and what that derives from.
        event_types: Option<Vec<String>>,
    },
}

impl RepresentationNode {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::OfStep { id, .. }
            | Self::OfEvent { id, .. }
            | Self::OfClient { id, .. }
            | Self::OfResource { id, .. }
            | Self::OfConfig { id, .. }
            | Self::OfTool { id, .. } => id,
        }
    }

    /// The text to draw.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::OfStep { label, .. }
            | Self::OfEvent { label, .. }
            | Self::OfClient { label, .. }
            | Self::OfResource { label, .. }
            | Self::OfConfig { label, .. }
            | Self::OfTool { label, .. } => label,
        }
    }

    /// The kind, as in JSON: `step`, `event`, `external`, `resource`, `resource_config` or another one.
    #[must_use]
    pub fn node_type(&self) -> &str {
        match self {
            Self::OfStep { .. } => "step",
            Self::OfEvent { .. } => "event",
            Self::OfClient { .. } => "external",
            Self::OfResource { .. } => "resource",
            Self::OfConfig { .. } => "resource_config",
            Self::OfTool { node_type, .. } => node_type,
        }
    }

    /// The text to draw in at most `limit` characters. A longer one ends with `*`.
    #[must_use]
    pub fn truncated_label(&self, limit: usize) -> String {
        let label = self.label();
        if label.chars().count() <= limit {
            return label.to_owned();
        }
        let mut short: String = label.chars().take(limit.saturating_sub(1)).collect();
        short.push('*');
        short
    }
}

/// An edge of a [`Representation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepresentationEdge {
    /// The id of the node where it begins.
    pub source: String,
    /// The id of the node where it ends.
    pub target: String,
    /// The parameter's name, if the target is a resource or a config.
    pub label: Option<String>,
}

impl WorkflowGraph {
    /// Returns the graph as nodes and edges, which serialize to the JSON that tools for `LlamaIndex` Workflows read.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Greet;
    /// #[workflow]
    /// impl Greet {
    ///     #[step]
    ///     async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
    ///         Stop(format!("Hello, {name}!"))
    ///     }
    /// }
    ///
    /// let json = serde_json::to_value(Greet::graph().representation()).unwrap();
    /// assert_eq!(json["nodes"][0]["node_type"], "step");
    /// assert_eq!(json["edges"][0]["target"], "greet");
    /// ```
    #[must_use]
    pub fn representation(&self) -> Representation {
        let mut nodes = Vec::new();
        for step in &self.steps {
            let (id, label) = (step.name.clone(), step.name.clone());
            nodes.push(RepresentationNode::OfStep { id, label, description: unless_empty(&step.docs) });
        }
        nodes.extend(self.events.iter().map(event));
        if self.has_external() {
            let (id, label) = ("external_step".to_owned(), "external_step".to_owned());
            nodes.push(RepresentationNode::OfClient { id, label });
        }
        nodes.extend(self.resources.iter().map(|node| resource(&self.name, node)));
        nodes.extend(self.configs.iter().map(config));
        let edge = |edge: crate::graph::GraphEdge| RepresentationEdge {
            source: self.representation_id(&edge.from),
            target: self.representation_id(&edge.to),
            label: edge.label,
        };
        let mut edges: Vec<RepresentationEdge> = Vec::new();
        for edge in self.edges().into_iter().map(edge) {
            if !edges.contains(&edge) {
                edges.push(edge);
            }
        }
        Representation { name: self.name.clone(), nodes, edges, description: unless_empty(&self.docs) }
    }

    fn representation_id(&self, node: &NodeId) -> String {
        match node {
            NodeId::StepName(id) | NodeId::EventId(id) => id.clone(),
            NodeId::Client => "external_step".to_owned(),
            NodeId::ResourceName(name) => resource_id(&self.name, name),
            NodeId::ConfigNumber(number) => self.configs.get(*number).map(config_id).unwrap_or_default(),
        }
    }
}

fn event(event: &EventNode) -> RepresentationNode {
    let role = match event.kind {
        EventKind::Plain => None,
        EventKind::RunInput => Some("StartEvent"),
        EventKind::RunResult => Some("StopEvent"),
        EventKind::Prompt => Some("InputRequiredEvent"),
        EventKind::Response => Some("HumanResponseEvent"),
    };
    let mut event_types = vec![event.id.clone()];
    event_types.extend(role.map(str::to_owned));
    RepresentationNode::OfEvent {
        id: event.id.clone(),
        label: event.name.clone(),
        event_type: event.id.clone(),
        event_types,
        event_schema: None,
    }
}

fn resource(workflow: &str, resource: &ResourceNode) -> RepresentationNode {
    RepresentationNode::OfResource {
        id: resource_id(workflow, &resource.name),
        label: resource.ty.clone(),
        type_name: Some(resource.ty.clone()),
        getter_name: Some(resource.name.clone()),
        source_file: None,
        source_line: None,
        description: unless_empty(&resource.docs),
    }
}

fn config(config: &ConfigNode) -> RepresentationNode {
    RepresentationNode::OfConfig {
        id: config_id(config),
        label: config.ty.clone(),
        type_name: Some(config.ty.clone()),
        config_file: Some(config.file.clone()),
        path_selector: config.select.clone(),
        config_schema: None,
        config_value: None,
    }
}

fn resource_id(workflow: &str, name: &str) -> String {
    format!("resource_{:012x}", hash(&[workflow, name]))
}

fn config_id(config: &ConfigNode) -> String {
    format!("resource_config_{:012x}", hash(&[&config.file, config.select.as_deref().unwrap_or_default()]))
}

/// The first 48 bits of FNV-1a, which gives the same ids on every machine.
fn hash(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash >> 16
}

fn unless_empty(text: &str) -> Option<String> {
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

impl Representation {
    /// Removes the nodes of these kinds, and joins the edges through them.
    ///
    /// An edge through removed nodes has the label of the first of them; an edge between remaining nodes keeps its
    /// own. Two nodes have at most one edge in each direction.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Draft { text: String }
    /// # #[workflow] struct Essay;
    /// #[workflow]
    /// impl Essay {
    ///     #[step]
    ///     async fn write(&self, Start(text): Start<String>) -> Draft {
    ///         Draft { text }
    ///     }
    ///
    ///     #[step]
    ///     async fn publish(&self, draft: Draft) -> Stop<String> {
    ///         Stop(draft.text)
    ///     }
    /// }
    ///
    /// let steps = Essay::graph().representation().without(&["event"]);
    /// assert_eq!(steps.nodes.len(), 2);
    /// assert_eq!(steps.edges[0].label.as_deref(), Some("Draft"));
    /// ```
    #[must_use]
    pub fn without(&self, node_types: &[&str]) -> Self {
        let is_removed = |node: &&RepresentationNode| node_types.contains(&node.node_type());
        let removed: HashMap<&str, &RepresentationNode> =
            self.nodes.iter().filter(is_removed).map(|node| (node.id(), node)).collect();
        let mut edges: Vec<RepresentationEdge> = Vec::new();
        for node in self.nodes.iter().filter(|node| !is_removed(node)) {
            let mut seen = HashSet::new();
            let mut open: Vec<(&str, Option<&str>)> = vec![(node.id(), None)];
            while let Some((from, through)) = open.pop() {
                for edge in self.edges.iter().filter(|edge| edge.source == from) {
                    let target = edge.target.as_str();
                    if let Some(node) = removed.get(target) {
                        if seen.insert(target) {
                            open.push((target, through.or(Some(node.label()))));
                        }
                        continue;
                    }
                    let is_known = |known: &RepresentationEdge| known.source == node.id() && known.target == target;
                    if !edges.iter().any(is_known) {
                        let label = through.map(str::to_owned).or_else(|| edge.label.clone());
                        edges.push(RepresentationEdge {
                            source: node.id().to_owned(),
                            target: target.to_owned(),
                            label,
                        });
                    }
                }
            }
        }
        Self {
            name: self.name.clone(),
            nodes: self.nodes.iter().filter(|node| !is_removed(node)).cloned().collect(),
            edges,
            description: self.description.clone(),
        }
    }
}
