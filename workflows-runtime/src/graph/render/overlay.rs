//! What a run did, drawn on its graph.

use crate::graph::edges::NodeId;
use std::collections::HashMap;

/// Notes and counts for a picture of a graph. What has none was not part of the run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    pub(crate) nodes: HashMap<NodeId, NodeOverlay>,
    /// How many events went from one node to the other.
    pub(crate) edges: HashMap<(NodeId, NodeId), u64>,
}

/// What happened at a node.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeOverlay {
    /// A line below the label, or nothing.
    pub(crate) note: String,
    /// What the page shows on click.
    #[cfg_attr(not(feature = "svg"), allow(dead_code, reason = "only the page shows facts"))]
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) has_failed: bool,
    /// Whether it has not ended.
    pub(crate) is_active: bool,
}

/// The part that a node or an edge had in the run. `None` in a picture without a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Taken,
    /// A step that runs or waits.
    Active,
    /// A step that has failed.
    Failed,
    Untaken,
}

impl Part {
    /// The name of its class.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Untaken => "untaken",
        }
    }
}

impl Overlay {
    pub(super) fn part_of_node(&self, node: &NodeId) -> Part {
        match self.nodes.get(node) {
            None => Part::Untaken,
            Some(NodeOverlay { has_failed: true, .. }) => Part::Failed,
            Some(NodeOverlay { is_active: true, .. }) => Part::Active,
            Some(_) => Part::Taken,
        }
    }
}
