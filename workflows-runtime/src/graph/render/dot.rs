//! DOT, the language of Graphviz.

use super::drawing::{Drawing, EdgeStyle, NodeStyle};
use crate::graph::workflow_graph::WorkflowGraph;
use std::fmt;

/// A graph in the DOT language of [Graphviz](https://graphviz.org). Returned by [`WorkflowGraph::dot`].
#[derive(Debug, Clone, Copy)]
pub struct Dot<'a>(&'a WorkflowGraph);

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
        Dot(self)
    }
}

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawing = Drawing::of(self.0);
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
            let color = quoted(node.style.color());
            writeln!(f, "    {} [shape={shape}, fillcolor={color}, label={}]", node.name, quoted(&label))?;
        }
        for edge in &drawing.edges {
            let style = match edge.style {
                EdgeStyle::Plain => "solid",
                EdgeStyle::Batch => "bold",
                EdgeStyle::Dashed => "dashed",
                EdgeStyle::Dotted => "dotted",
            };
            let (from, to) = (&drawing.nodes[edge.from].name, &drawing.nodes[edge.to].name);
            writeln!(f, "    {from} -> {to} [style={style}, label={}]", quoted(&edge.label))?;
        }
        writeln!(f, "}}")
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
