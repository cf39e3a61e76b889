//! A self-contained SVG.

use super::{
    drawing::{Drawing, DrawnEdge, DrawnNode, EdgeStyle, NodeStyle},
    layout::{Area, Layout, Route},
    overlay::{Overlay, Part},
};
use crate::graph::{
    edges::NodeId,
    workflow_graph::{EventNode, StepNode, WorkflowGraph},
};
use std::fmt::{self, Write as _};

/// A graph as a self-contained SVG. Returned by [`WorkflowGraph::svg`].
#[derive(Debug, Clone, Copy)]
#[cfg_attr(docsrs, doc(cfg(feature = "svg")))]
pub struct Svg<'a>(&'a WorkflowGraph, Option<&'a Overlay>);

/// The longest label of a node.
const MAX_LABEL: usize = 44;

const STYLE: &str = include_str!("svg.css");
/// Only in the picture of a run.
const STYLE_OF_RUN: &str = include_str!("svg_run.css");

impl WorkflowGraph {
    /// Renders the graph as a self-contained SVG, laid out in layers from top to bottom. Needs the feature `svg`.
    ///
    /// The picture follows the color scheme of the reader, light or dark. Blocking steps are hatched, events are
    /// rounded, and thick arrows are batches. Equal graphs give equal text.
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
    /// let svg = Greet::graph().svg().to_string();
    /// assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    /// ```
    #[must_use]
    pub fn svg(&self) -> Svg<'_> {
        Svg(self, None)
    }

    /// With what happened in a run.
    pub(crate) fn svg_with<'a>(&'a self, overlay: &'a Overlay) -> Svg<'a> {
        Svg(self, Some(overlay))
    }
}

impl fmt::Display for Svg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_svg(self.0, self.1, f)
    }
}

pub(super) fn write_svg(graph: &WorkflowGraph, overlay: Option<&Overlay>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let drawing = Drawing::of(graph, overlay);
    let layout = Layout::of(&drawing);
    let (width, height) = (layout.width, layout.height);
    writeln!(
        f,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"wf\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">"
    )?;
    writeln!(f, "<title>{}</title>", escape(&graph.name))?;
    let of_run = if overlay.is_some() { STYLE_OF_RUN } else { "" };
    writeln!(f, "<style>\n{STYLE}{of_run}</style>")?;
    writeln!(f, "<defs>")?;
    writeln!(
        f,
        "<marker id=\"wf-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0.5 L8 4 L0 7.5 Z\"/></marker>"
    )?;
    writeln!(
        f,
        "<pattern id=\"wf-hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0 V7\"/></pattern>"
    )?;
    writeln!(f, "</defs>")?;
    writeln!(f, "<rect class=\"background\" width=\"100%\" height=\"100%\"/>")?;
    for (edge, route) in drawing.edges.iter().zip(&layout.edges) {
        write_edge(&drawing, edge, route, f)?;
    }
    for (edge, route) in drawing.edges.iter().zip(&layout.edges) {
        if let Some((x, y)) = route.label {
            let label = escape(&edge.label);
            let (from, to) = (&drawing.nodes[edge.from].name, &drawing.nodes[edge.to].name);
            let y = y + 3.5;
            writeln!(
                f,
                "<text class=\"edge-label\" data-edge=\"{from} {to}\" x=\"{x:.1}\" y=\"{y:.1}\">{label}</text>"
            )?;
        }
    }
    for (node, area) in drawing.nodes.iter().zip(&layout.nodes) {
        write_node(graph, node, area, f)?;
    }
    writeln!(f, "</svg>")
}

fn write_edge(drawing: &Drawing, edge: &DrawnEdge, route: &Route, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let style = match edge.style {
        EdgeStyle::Plain => "edge",
        EdgeStyle::Batch => "edge batch",
        EdgeStyle::Dashed => "edge dashed",
        EdgeStyle::Dotted => "edge dotted",
    };
    let (from, to) = (&drawing.nodes[edge.from].name, &drawing.nodes[edge.to].name);
    let part = class(edge.part);
    let path = path(&route.points);
    writeln!(f, "<path class=\"{style}{part}\" data-from=\"{from}\" data-to=\"{to}\" d=\"{path}\"/>")
}

/// A curve through the middle of each line between two points.
fn path(points: &[(f64, f64)]) -> String {
    let [(x, y), inner @ .., (last_x, last_y)] = points else { return String::new() };
    let mut path = format!("M{x:.1} {y:.1}");
    for (at, (x, y)) in inner.iter().enumerate() {
        let (next_x, next_y) = inner.get(at + 1).copied().unwrap_or((*last_x, *last_y));
        let (to_x, to_y) = (f64::midpoint(*x, next_x), f64::midpoint(*y, next_y));
        _ = write!(path, " Q{x:.1} {y:.1} {to_x:.1} {to_y:.1}");
    }
    _ = write!(path, " L{last_x:.1} {last_y:.1}");
    path
}

fn write_node(graph: &WorkflowGraph, node: &DrawnNode, area: &Area, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Area { x, y, width, height } = area;
    let (left, top, right, bottom) = (x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0);
    let style = node.style.name();
    let part = class(node.part);
    writeln!(f, "<g class=\"node {style}{part}\" id=\"{}\">", node.name)?;
    let tooltip = tooltip(graph, &node.node);
    if !tooltip.is_empty() {
        writeln!(f, "<title>{}</title>", escape(&tooltip))?;
    }
    let radius = match node.style {
        NodeStyle::Event | NodeStyle::Start | NodeStyle::Stop => height / 2.0,
        NodeStyle::External | NodeStyle::Config => 0.0,
        _ => 5.0,
    };
    let size = format!("x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"");
    if node.style == NodeStyle::Resource {
        let (inner_left, inner_right) = (left + 12.0, right - 12.0);
        writeln!(
            f,
            "<path class=\"shape\" d=\"M{inner_left:.1} {top:.1} H{inner_right:.1} L{right:.1} {y:.1} \
             L{inner_right:.1} {bottom:.1} H{inner_left:.1} L{left:.1} {y:.1} Z\"/>"
        )?;
    } else {
        writeln!(f, "<rect class=\"shape\" {size} rx=\"{radius:.0}\"/>")?;
    }
    if node.style == NodeStyle::Blocking {
        writeln!(f, "<rect class=\"hatched\" {size} rx=\"{radius:.0}\"/>")?;
        let (inner_left, inner_right) = (left + 6.0, right - 6.0);
        writeln!(
            f,
            "<path class=\"bars\" d=\"M{inner_left:.1} {top:.1} V{bottom:.1} M{inner_right:.1} {top:.1} V{bottom:.1}\"/>"
        )?;
    }
    let label = escape(&shortened(&node.label));
    let notes: Vec<&String> = [&node.detail, &node.note].into_iter().filter(|note| !note.is_empty()).collect();
    let mut baseline = match notes.len() {
        0 => y + 4.5,
        1 => y - 2.0,
        _ => y - 9.5,
    };
    writeln!(f, "<text x=\"{x:.1}\" y=\"{baseline:.1}\">{label}</text>")?;
    for note in notes {
        baseline += 15.0;
        writeln!(f, "<text class=\"note\" x=\"{x:.1}\" y=\"{baseline:.1}\">{}</text>", escape(note))?;
    }
    writeln!(f, "</g>")
}

/// The class of a node or an edge in a picture of a run.
fn class(part: Option<Part>) -> String {
    part.map(|part| format!(" {}", part.name())).unwrap_or_default()
}

/// The signature and the docs of a node.
fn tooltip(graph: &WorkflowGraph, node: &NodeId) -> String {
    let parts = match node {
        NodeId::StepName(name) => graph.step(name).map(|StepNode { signature, docs, .. }| [signature.as_str(), docs]),
        NodeId::EventId(id) => graph.event(id).map(|EventNode { id, docs, .. }| [id.as_str(), docs]),
        _ => None,
    };
    parts.unwrap_or_default().join("\n\n").trim().to_owned()
}

/// The label of a node in at most [`MAX_LABEL`] characters. The tooltip and the page have the rest.
pub(super) fn shortened(label: &str) -> String {
    if label.chars().count() <= MAX_LABEL {
        return label.to_owned();
    }
    let mut short: String = label.chars().take(MAX_LABEL - 1).collect();
    short.push('…');
    short
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Not allowed in XML.
            control if control.is_control() && !"\n\t".contains(control) => {}
            other => escaped.push(other),
        }
    }
    escaped
}
