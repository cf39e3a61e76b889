//! DOT, the language of Graphviz.

use super::{
    drawing::{Drawing, EdgeStyle, NodeStyle},
    overlay::{Overlay, Part},
};
use crate::graph::workflow_graph::WorkflowGraph;
use std::fmt;

/// A graph in the DOT language of [Graphviz](https://graphviz.org). Returned by [`WorkflowGraph::dot`].
#[derive(Debug, Clone, Copy)]
pub struct Dot<'a>(&'a WorkflowGraph, Option<&'a Overlay>);

impl WorkflowGraph {
    /// Renders the graph in the DOT language, which `dot -Tpng` and many tools read.
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
    /// let text = Greet::graph().dot().to_string();
    /// assert!(text.starts_with("digraph \"Greet\" {"));
    /// ```
    #[must_use]
    pub fn dot(&self) -> Dot<'_> {
        Dot(self, None)
    }

    /// With what happened in a run.
    pub(crate) fn dot_with<'a>(&'a self, overlay: &'a Overlay) -> Dot<'a> {
        Dot(self, Some(overlay))
    }
}

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawing = Drawing::of(self.0, self.1);
        writeln!(f, "digraph {} {{", quoted(&self.0.name))?;
        writeln!(f, "    node [style=filled, fontname=\"Helvetica\", fontsize=11]")?;
        writeln!(f, "    edge [fontname=\"Helvetica\", fontsize=9]")?;
        for node in &drawing.nodes {
            let shape = match node.style {
                NodeStyle::Blocking => "box, peripheries=2",
                NodeStyle::Step | NodeStyle::Handler | NodeStyle::External => "box",
                NodeStyle::Event | NodeStyle::Start | NodeStyle::Stop => "box, style=\"filled,rounded\"",
                NodeStyle::Resource => "hexagon",
                NodeStyle::Config => "note",
            };
            let mut label = node.label.clone();
            if !node.detail.is_empty() {
                label = format!("{label}\n{}", node.detail);
            }
            if !node.note.is_empty() {
                label = format!("{label}\n{}", node.note);
            }
            let part = part(node.part);
            let color = quoted(node.style.color());
            writeln!(f, "    {} [shape={shape}, fillcolor={color}{part}, label={}]", node.name, quoted(&label))?;
        }
        for edge in &drawing.edges {
            let style = match edge.style {
                EdgeStyle::Plain => "solid",
                EdgeStyle::Batch => "bold",
                EdgeStyle::Dashed => "dashed",
                EdgeStyle::Dotted => "dotted",
            };
            let (from, to) = (&drawing.nodes[edge.from].name, &drawing.nodes[edge.to].name);
            let part = part(edge.part);
            writeln!(f, "    {from} -> {to} [style={style}{part}, label={}]", quoted(&edge.label))?;
        }
        writeln!(f, "}}")
    }
}

/// Attributes of what took part in a run, and of what did not.
fn part(part: Option<Part>) -> &'static str {
    match part {
        None => "",
        Some(Part::Taken) => ", penwidth=2",
        Some(Part::Active) => ", penwidth=3, color=\"#3b82b6\"",
        Some(Part::Failed) => ", penwidth=3, color=\"#d1242f\"",
        Some(Part::Untaken) => ", color=\"#c0c0c0\", fontcolor=\"#909090\"",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
