//! Positions of nodes and edges, in layers from top to bottom.

use super::{
    drawing::{Drawing, DrawnNode, NodeStyle},
    svg::shortened,
};
use dagre::{
    EdgeLabel, LayoutOptions, NodeLabel,
    graph::{Graph, GraphOptions},
    layout::types::LabelPos,
};

/// Lengths are in pixels.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// In the order of the drawing's nodes.
    pub(super) nodes: Vec<Area>,
    /// In the order of the drawing's edges.
    pub(super) edges: Vec<Route>,
}

/// A box, by its center.
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

pub(super) struct Route {
    pub(super) points: Vec<(f64, f64)>,
    /// The center of the label.
    pub(super) label: Option<(f64, f64)>,
}

const MARGIN: f64 = 16.0;
/// The mean width of a character of a node's label.
const CHARACTER: f64 = 7.7;
/// The same for an edge's label, and for a note.
const SMALL_CHARACTER: f64 = 6.6;

impl Layout {
    pub(super) fn of(drawing: &Drawing) -> Self {
        let options = GraphOptions { directed: true, multigraph: true, compound: false };
        let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(options);
        for node in &drawing.nodes {
            let (width, height) = size(node);
            graph.set_node(node.name.as_str(), Some(NodeLabel { width, height, ..NodeLabel::default() }));
        }
        for (number, edge) in drawing.edges.iter().enumerate() {
            let mut label = EdgeLabel { labelpos: LabelPos::Center, ..EdgeLabel::default() };
            if !edge.label.is_empty() {
                label.width = text_width(&edge.label, SMALL_CHARACTER) + 8.0;
                label.height = 14.0;
            }
            let (from, to) = (&drawing.nodes[edge.from].name, &drawing.nodes[edge.to].name);
            graph.set_edge(from.as_str(), to.as_str(), Some(label), Some(&number.to_string()));
        }
        let options = LayoutOptions {
            nodesep: 28.0,
            edgesep: 14.0,
            ranksep: 30.0,
            marginx: MARGIN,
            marginy: MARGIN,
            ..LayoutOptions::default()
        };
        dagre::layout(&mut graph, Some(options));
        Self::read(drawing, &graph)
    }

    fn read(drawing: &Drawing, graph: &Graph<NodeLabel, EdgeLabel>) -> Self {
        let mut layout = Self { width: 0.0, height: 0.0, nodes: Vec::new(), edges: Vec::new() };
        for node in &drawing.nodes {
            let (width, height) = size(node);
            let placed = graph.node(&node.name);
            let x = placed.and_then(|placed| placed.x).unwrap_or_default();
            let y = placed.and_then(|placed| placed.y).unwrap_or_default();
            layout.include(x + width / 2.0, y + height / 2.0);
            layout.nodes.push(Area { x, y, width, height });
        }
        for (number, edge) in drawing.edges.iter().enumerate() {
            let (from, to) = (&drawing.nodes[edge.from].name, &drawing.nodes[edge.to].name);
            let placed = graph.edge(from, to, Some(&number.to_string()));
            let points: Vec<(f64, f64)> =
                placed.map(|placed| placed.points.iter().map(|point| (point.x, point.y)).collect()).unwrap_or_default();
            for (x, y) in &points {
                layout.include(*x, *y);
            }
            let label = placed.and_then(|placed| Some((placed.x?, placed.y?))).filter(|_| !edge.label.is_empty());
            if let Some((x, y)) = label {
                layout.include(x + text_width(&edge.label, SMALL_CHARACTER) / 2.0, y);
            }
            layout.edges.push(Route { points, label });
        }
        layout.width += MARGIN;
        layout.height += MARGIN;
        layout
    }

    fn include(&mut self, x: f64, y: f64) {
        self.width = self.width.max(x);
        self.height = self.height.max(y);
    }
}

fn size(node: &DrawnNode) -> (f64, f64) {
    let label = text_width(&shortened(&node.label), CHARACTER);
    let detail = text_width(&node.detail, SMALL_CHARACTER).max(text_width(&node.note, SMALL_CHARACTER));
    let padding = match node.style {
        NodeStyle::Blocking | NodeStyle::Resource => 40.0,
        _ => 28.0,
    };
    let height = match (node.detail.is_empty(), node.note.is_empty()) {
        (true, true) => 32.0,
        (true, false) | (false, true) => 46.0,
        (false, false) => 60.0,
    };
    (label.max(detail) + padding, height)
}

#[allow(clippy::cast_precision_loss, reason = "labels are short")]
fn text_width(text: &str, character: f64) -> f64 {
    text.chars().count() as f64 * character
}
