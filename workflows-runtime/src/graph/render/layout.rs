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

impl Area {
    /// The nearest point to `x` where an edge may begin: on the straight part of the lower or upper side.
    fn foot(&self, x: f64) -> f64 {
        let half = (self.width / 2.0 - 16.0).max(0.0);
        x.clamp(self.x - half, self.x + half)
    }
}

pub(super) struct Route {
    pub(super) points: Vec<(f64, f64)>,
    /// The center of the label.
    pub(super) label: Option<(f64, f64)>,
}

const MARGIN: f64 = 16.0;
/// How far outside of a layer an edge turns.
const TURN: f64 = 6.0;
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
            let points = layout.around_boxes(edge.from, edge.to, points);
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

    /// The points of an edge that leaves and enters its nodes vertically, and turns only between the layers. Otherwise an
    /// edge to a node far to the side crosses the boxes next to its ends.
    fn around_boxes(&self, from: usize, to: usize, points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
        let (from, to) = (&self.nodes[from], &self.nodes[to]);
        let [(first_x, _), inner @ .., (last_x, _)] = &points[..] else { return points };
        // Edges to the same node, or in the same layer.
        if (from.y - to.y).abs() < 1.0 {
            return points;
        }
        let direction = (to.y - from.y).signum();
        let (from_x, to_x) = (from.foot(*first_x), to.foot(*last_x));
        let mut routed = vec![
            (from_x, from.y + direction * from.height / 2.0),
            (from_x, from.y + direction * (self.layer_height(from) / 2.0 + TURN)),
        ];
        routed.extend_from_slice(inner);
        routed.push((to_x, to.y - direction * (self.layer_height(to) / 2.0 + TURN)));
        routed.push((to_x, to.y - direction * to.height / 2.0));
        routed
    }

    /// The height of the highest box in the layer of this one.
    fn layer_height(&self, area: &Area) -> f64 {
        let layer = self.nodes.iter().filter(|other| (other.y - area.y).abs() < 1.0);
        layer.map(|other| other.height).fold(area.height, f64::max)
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
