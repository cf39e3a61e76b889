//! Mermaid text.

use super::drawing::{Drawing, EdgeStyle, NodeStyle};
use crate::graph::workflow_graph::WorkflowGraph;
use std::fmt;

/// A graph as the text of a [Mermaid](https://mermaid.js.org) flowchart. Returned by [`WorkflowGraph::mermaid`].
#[derive(Debug, Clone, Copy)]
pub struct Mermaid<'a>(&'a WorkflowGraph);

impl WorkflowGraph {
    /// Renders the graph as a Mermaid flowchart, which GitHub and many editors draw.
    ///
    /// Steps are boxes, with double sides if they block a thread; events are rounded, resources are hexagons. The
    /// text depends on the graph only, so a test can compare it with a committed file.
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
    /// let text = Greet::graph().mermaid().to_string();
    /// assert!(text.starts_with("flowchart TD\n"));
    /// assert!(text.contains("event_Start_String_ --> step_greet"));
    /// ```
    #[must_use]
    pub fn mermaid(&self) -> Mermaid<'_> {
        Mermaid(self)
    }
}

impl fmt::Display for Mermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawing = Drawing::of(self.0);
        writeln!(f, "flowchart TD")?;
        for node in &drawing.nodes {
            let mut label = escape(&node.label);
            if !node.detail.is_empty() {
                label = format!("{label}<br/><i>{}</i>", escape(&node.detail));
            }
            let (open, close) = match node.style {
                NodeStyle::Blocking => ("[[", "]]"),
                NodeStyle::Step | NodeStyle::Handler | NodeStyle::External | NodeStyle::Config => ("[", "]"),
                NodeStyle::Event | NodeStyle::Start | NodeStyle::Stop => ("([", "])"),
                NodeStyle::Resource => ("{{", "}}"),
            };
            writeln!(f, "    {}{open}\"{label}\"{close}:::{}", node.name, node.style.name())?;
        }
        for edge in &drawing.edges {
            let arrow = match edge.style {
                EdgeStyle::Plain => "-->",
                EdgeStyle::Batch => "==>",
                EdgeStyle::Dashed | EdgeStyle::Dotted => "-.->",
            };
            let label = if edge.label.is_empty() { String::new() } else { format!("|{}|", escape(&edge.label)) };
            writeln!(f, "    {} {arrow}{label} {}", drawing.nodes[edge.from].name, drawing.nodes[edge.to].name)?;
        }
        for style in NodeStyle::ALL {
            writeln!(f, "    classDef {} fill:{},color:#000000", style.name(), style.color())?;
        }
        Ok(())
    }
}

/// Mermaid reads labels as HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '|' => escaped.push_str("&#124;"),
            '\n' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
