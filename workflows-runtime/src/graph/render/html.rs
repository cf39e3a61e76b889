//! A self-contained HTML page.

use super::{
    drawing::Drawing,
    overlay::Overlay,
    svg::{escape, write_svg},
};
use crate::graph::{
    edges::NodeId,
    workflow_graph::{
        Collects, EventKind, ExecutorKind, InputParameter, ResourceNode, StepNode, StepRole, WorkflowGraph,
    },
};
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// A graph as a self-contained HTML page. Returned by [`WorkflowGraph::html`].
#[derive(Debug, Clone, Copy)]
#[cfg_attr(docsrs, doc(cfg(feature = "svg")))]
pub struct Html<'a>(&'a WorkflowGraph, Option<&'a Overlay>);

const STYLE: &str = include_str!("html.css");
const SCRIPT: &str = include_str!("html.js");

impl WorkflowGraph {
    /// Renders the graph as a self-contained HTML page. Needs the feature `svg`.
    ///
    /// The page loads nothing from the network. Drag to pan, scroll to zoom, and click a step for its signature,
    /// docs and options. It is light or dark as the reader prefers, with a button to change that. With
    /// `#step_<name>` at the end of its address it opens with that step.
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
    /// let page = Greet::graph().html().to_string();
    /// assert!(page.starts_with("<!DOCTYPE html>"));
    /// ```
    #[must_use]
    pub fn html(&self) -> Html<'_> {
        Html(self, None)
    }

    /// With what happened in a run.
    pub(crate) fn html_with<'a>(&'a self, overlay: &'a Overlay) -> Html<'a> {
        Html(self, Some(overlay))
    }
}

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escape(&self.0.name);
        writeln!(f, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(f, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(f, "<meta name=\"color-scheme\" content=\"light dark\">")?;
        writeln!(f, "<title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<div id=\"view\">")?;
        write_svg(self.0, self.1, f)?;
        writeln!(f, "</div>")?;
        writeln!(
            f,
            "<header><h1>{name}</h1><button id=\"out\" title=\"Zoom out\">−</button>\
             <button id=\"in\" title=\"Zoom in\">+</button><button id=\"fit\">Fit</button>\
             <button id=\"theme\">Light / dark</button></header>"
        )?;
        writeln!(f, "<aside hidden></aside>")?;
        let facts = serde_json::to_string(&facts(self.0, self.1)).map_err(|_| fmt::Error)?;
        // `</script>` in a doc comment would end the element.
        let facts = facts.replace('<', "\\u003c");
        writeln!(f, "<script type=\"application/json\" id=\"nodes\">{facts}</script>")?;
        writeln!(f, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
    }
}

/// What the page shows about a node.
#[derive(Serialize)]
struct Panel {
    title: String,
    kind: &'static str,
    signature: String,
    docs: String,
    facts: Vec<(&'static str, String)>,
}

fn facts(graph: &WorkflowGraph, overlay: Option<&Overlay>) -> BTreeMap<String, Panel> {
    let mut panels = BTreeMap::new();
    for node in Drawing::of(graph, overlay).nodes {
        let mut panel = panel(graph, &node.node);
        if let Some(overlay) = overlay
            && let Some(node) = overlay.nodes.get(&node.node)
        {
            panel.facts.extend(node.facts.iter().cloned());
        }
        panels.insert(node.name, panel);
    }
    panels
}

fn panel(graph: &WorkflowGraph, node: &NodeId) -> Panel {
    let empty = |kind, title: &str| Panel {
        title: title.to_owned(),
        kind,
        signature: String::new(),
        docs: String::new(),
        facts: Vec::new(),
    };
    match node {
        NodeId::StepName(name) => graph.step(name).map_or_else(|| empty("step", name), |step| step_panel(graph, step)),
        NodeId::EventId(id) => event_panel(graph, id),
        NodeId::Client => empty("the client, which answers prompts", "client"),
        NodeId::ResourceName(name) => {
            let found = graph.resources.iter().find(|resource| resource.name == *name);
            found.map_or_else(|| empty("resource", name), resource_panel)
        }
        NodeId::ConfigNumber(number) => {
            let Some(config) = graph.configs.get(*number) else { return empty("config", "") };
            let mut panel = empty("config", &config.file);
            panel.facts.push(("type", config.ty.clone()));
            panel.facts.extend(config.select.clone().map(|select| ("select", select)));
            panel
        }
    }
}

fn step_panel(graph: &WorkflowGraph, step: &StepNode) -> Panel {
    let kind = match step.role {
        StepRole::Single => "step, runs for each event",
        StepRole::Join => "step, joins several events",
        StepRole::Gather => "step, gathers a batch",
        StepRole::Race => "step, takes the first events of a batch",
        StepRole::Handler => "error handler",
    };
    let mut facts = vec![("runs on", executor(&step.executor)), ("workers", step.workers.to_string())];
    let mut add =
        |name, value: Option<String>| facts.extend(value.filter(|value| !value.is_empty()).map(|v| (name, v)));
    add("timeout", step.timeout.map(|timeout| format!("{timeout:?}")));
    add("queue timeout", step.queue_timeout.map(|timeout| format!("{timeout:?}")));
    add("retry", step.retry.clone());
    add("takes", Some(step.inputs.iter().map(input).collect::<Vec<_>>().join(" and ")));
    add("emits", Some(step.emits().join(", ")));
    add("awaits", Some(step.awaits.join(", ")));
    add("failures go to", step.handler.clone());
    add("takes failures of", Some(step.covers.join(", ")));
    let in_loop = graph.loops.iter().find(|steps| steps.contains(&step.name));
    add("in a loop of", in_loop.map(|steps| steps.join(", ")));
    Panel { title: step.name.clone(), kind, signature: step.signature.clone(), docs: step.docs.clone(), facts }
}

fn input(input: &InputParameter) -> String {
    let events = input.events.join(" or ");
    match input.collects {
        Collects::One => events,
        Collects::All => format!("all {events} of a batch"),
        Collects::Every(n) => format!("every {n} {events}"),
        Collects::FirstOf(n) => format!("the first {n} {events} of a batch"),
    }
}

fn event_panel(graph: &WorkflowGraph, id: &str) -> Panel {
    let event = graph.event(id);
    let kind = match event.map(|event| event.kind) {
        Some(EventKind::RunInput) => "input of the run",
        Some(EventKind::RunResult) => "result of the run",
        Some(EventKind::Prompt) => "prompt to the client",
        Some(EventKind::Response) => "response of the client",
        Some(EventKind::Plain) | None => "event",
    };
    let emitters = graph.steps.iter().filter(|step| step.emits().contains(&id)).map(|step| step.name.as_str());
    let mut facts = Vec::new();
    let mut add = |name, steps: Vec<&str>| {
        if !steps.is_empty() {
            facts.push((name, steps.join(", ")));
        }
    };
    add("emitted by", emitters.collect());
    add("taken by", graph.takers(id).collect());
    let docs = event.map(|event| event.docs.clone()).unwrap_or_default();
    Panel { title: id.to_owned(), kind, signature: String::new(), docs, facts }
}

fn resource_panel(resource: &ResourceNode) -> Panel {
    let created = if resource.cached { "once per instance" } else { "for each execution" };
    Panel {
        title: resource.name.clone(),
        kind: "resource",
        signature: String::new(),
        docs: resource.docs.clone(),
        facts: vec![
            ("type", resource.ty.clone()),
            ("created", created.to_owned()),
            ("runs on", executor(&resource.executor)),
        ],
    }
}

fn executor(executor: &ExecutorKind) -> String {
    match executor {
        ExecutorKind::Async => "the run's task".to_owned(),
        ExecutorKind::BlockingIo => "threads for blocking I/O".to_owned(),
        ExecutorKind::BlockingCpu { pool: None } => "the pool for computations".to_owned(),
        ExecutorKind::BlockingCpu { pool: Some(pool) } => format!("the pool `{pool}`"),
        ExecutorKind::Process { pool: None } => "a process of its own".to_owned(),
        ExecutorKind::Process { pool: Some(pool) } => format!("a process of the pool `{pool}`"),
    }
}
