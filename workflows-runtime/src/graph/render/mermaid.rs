//! Mermaid text.

use super::{
    drawing::{Drawing, EdgeStyle, NodeStyle},
    overlay::{Overlay, Part},
};
use crate::graph::workflow_graph::WorkflowGraph;
use std::fmt;

/// A graph as the text of a [Mermaid](https://mermaid.js.org) flowchart. Returned by [`WorkflowGraph::mermaid`].
#[derive(Debug, Clone, Copy)]
pub struct Mermaid<'a>(&'a WorkflowGraph, Option<&'a Overlay>);

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
        Mermaid(self, None)
    }

    /// With what happened in a run.
    pub(crate) fn mermaid_with<'a>(&'a self, overlay: &'a Overlay) -> Mermaid<'a> {
        Mermaid(self, Some(overlay))
    }
}

impl fmt::Display for Mermaid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawing = Drawing::of(self.0, self.1);
        writeln!(f, "flowchart TD")?;
        for node in &drawing.nodes {
            let mut label = escape(&node.label);
            if !node.detail.is_empty() {
                label = format!("{label}<br/><i>{}</i>", escape(&node.detail));
            }
            if !node.note.is_empty() {
                label = format!("{label}<br/>{}", escape(&node.note));
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
        if self.1.is_some() { write_parts(&drawing, f) } else { Ok(()) }
    }
}

/// Marks what took part in a run, and what did not.
fn write_parts(drawing: &Drawing, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (part, style) in [
        (Part::Active, "stroke:#3b82b6,stroke-width:3px"),
        (Part::Failed, "stroke:#d1242f,stroke-width:3px"),
        (Part::Untaken, "opacity:0.4"),
    ] {
        let nodes = drawing.nodes.iter().filter(|node| node.part == Some(part));
        let names: Vec<&str> = nodes.map(|node| node.name.as_str()).collect();
        if !names.is_empty() {
            writeln!(f, "    classDef {} {style}", part.name())?;
            writeln!(f, "    class {} {}", names.join(","), part.name())?;
        }
    }
    for (number, edge) in drawing.edges.iter().enumerate() {
        match edge.part {
            Some(Part::Untaken) => writeln!(f, "    linkStyle {number} opacity:0.4")?,
            Some(_) => writeln!(f, "    linkStyle {number} stroke-width:3px")?,
            None => {}
        }
    }
    Ok(())
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
