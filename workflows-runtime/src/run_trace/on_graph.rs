//! A trace on the graph of its workflow.

use super::{
    data::{RunStatus, RunTrace, StepSummary},
    units::short,
};
use crate::graph::{Dot, EdgeKind, Mermaid, NodeId, NodeOverlay, Overlay, WorkflowGraph};
#[cfg(feature = "svg")]
use crate::graph::{Html, Svg};
use std::collections::HashMap;

/// A graph with what a run did. Returned by [`RunTrace::on_graph`].
///
/// Nodes and edges that had no part in the run are faint. A step shows how often it was executed, retried and failed,
/// and the median and 99th percentile of its run time; an edge shows the number of events. A step that has failed has a
/// red border, and one that has not ended a blue one.
#[derive(Debug, Clone)]
pub struct TracedGraph<'a> {
    graph: &'a WorkflowGraph,
    overlay: Overlay,
}

impl RunTrace {
    /// Draws the trace on the graph of the workflow: counts, latencies, and the path that the run took.
    ///
    /// Children are runs of their own, and not part of it. A step with several types of prompts shows the number of all of
    /// its prompts at each type.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Double.run(21).record_trace(1_000).start();
    /// run.result().await?;
    /// let graph = Double::graph();
    /// let text = run.trace().unwrap().on_graph(&graph).mermaid().to_string();
    /// assert!(text.contains("step_double[\"double<br/>1×, p50 0, p99 0\"]:::step"));
    /// assert!(text.contains("event_Start_u64_ -->|1×| step_double"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_graph<'a>(&self, graph: &'a WorkflowGraph) -> TracedGraph<'a> {
        let mut overlay = Overlay::default();
        for step in &self.steps {
            if step.executions > 0 || step.queued > 0 {
                overlay.nodes.insert(NodeId::StepName(step.step.clone()), step_overlay(step));
            }
        }
        let mut events: HashMap<&str, (u64, u64)> = HashMap::new();
        for count in &self.emitted {
            events.entry(&count.event).or_default().0 += count.count;
            let ends = (NodeId::StepName(count.step.clone()), NodeId::EventId(count.event.clone()));
            *overlay.edges.entry(ends).or_default() += count.count;
        }
        for count in &self.taken {
            events.entry(&count.event).or_default().1 += count.count;
            let ends = (NodeId::EventId(count.event.clone()), NodeId::StepName(count.step.clone()));
            *overlay.edges.entry(ends).or_default() += count.count;
        }
        for (event, (emitted, taken)) in events {
            let facts = vec![("emitted", emitted.to_string()), ("given to steps", taken.to_string())];
            overlay.nodes.insert(NodeId::EventId(event.to_owned()), NodeOverlay { facts, ..NodeOverlay::default() });
        }
        self.add_unrouted(graph, &mut overlay);
        TracedGraph { graph, overlay }
    }

    /// Adds what is no event between two steps: failures on the way to their handlers, prompts, responses and resources.
    fn add_unrouted(&self, graph: &WorkflowGraph, overlay: &mut Overlay) {
        let edges = graph.edges();
        for edge in &edges {
            match edge.kind {
                EdgeKind::FailureHandling => self.add_failures(&edge.from, &edge.to, overlay),
                EdgeKind::Emission | EdgeKind::BatchEmission | EdgeKind::Sending => {
                    self.add_prompts(graph, &edge.from, &edge.to, overlay);
                }
                EdgeKind::Injection if overlay.nodes.contains_key(&edge.from) => {
                    overlay.nodes.entry(edge.to.clone()).or_default();
                }
                _ => {}
            }
        }
        for edge in edges {
            let (to_client, count) = match edge.kind {
                EdgeKind::Asking => (true, count_at(overlay, |_, to| *to == edge.from)),
                EdgeKind::Answering => (false, count_at(overlay, |from, _| *from == edge.to)),
                _ => continue,
            };
            if count > 0 {
                overlay.nodes.entry(if to_client { edge.to.clone() } else { edge.from.clone() }).or_default();
                overlay.edges.insert((edge.from, edge.to), count);
            }
        }
    }

    /// A prompt has no type in the trace. If a step has several, each may have been published.
    fn add_prompts(&self, graph: &WorkflowGraph, from: &NodeId, to: &NodeId, overlay: &mut Overlay) {
        let (NodeId::StepName(step), NodeId::EventId(event)) = (from, to) else { return };
        let asked = self.step(step).map_or(0, |step| step.asked);
        if asked > 0 && graph.boundary.prompts.contains(event) {
            overlay.edges.insert((from.clone(), to.clone()), asked);
            overlay.nodes.entry(to.clone()).or_default();
        }
    }

    fn add_failures(&self, from: &NodeId, to: &NodeId, overlay: &mut Overlay) {
        let (NodeId::StepName(failed), NodeId::StepName(handler)) = (from, to) else { return };
        let failures: u64 = self.step(failed).map_or(0, |step| step.failed);
        if failures > 0 && self.step(handler).is_some_and(|step| step.executions + step.queued > 0) {
            overlay.edges.insert((from.clone(), to.clone()), failures);
        }
    }
}

/// The number of events on these edges.
fn count_at(overlay: &Overlay, is_it: impl Fn(&NodeId, &NodeId) -> bool) -> u64 {
    overlay.edges.iter().filter(|((from, to), _)| is_it(from, to)).map(|(_, count)| count).sum()
}

fn step_overlay(step: &StepSummary) -> NodeOverlay {
    let StepSummary { executions, retried, failed, cancelled, queued, active, .. } = step;
    let mut parts = Vec::new();
    for (count, name) in
        [(retried, "retried"), (failed, "failed"), (cancelled, "cancelled"), (queued, "queued"), (active, "active")]
    {
        if *count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    let (p50, p99) = (short(step.run_time_p50), short(step.run_time_p99));
    let mut note = format!("{executions}×");
    if step.completed + retried + failed + cancelled > 0 {
        note = format!("{note}, p50 {p50}, p99 {p99}");
    }
    for part in &parts {
        note = format!("{note}, {part}");
    }
    let mut facts = vec![("executions", executions.to_string()), ("attempts", step.attempts.to_string())];
    if !parts.is_empty() {
        facts.push(("of these", parts.join(", ")));
    }
    let mean = |total: std::time::Duration| {
        let ended = u32::try_from(step.completed + retried + failed + cancelled).unwrap_or(u32::MAX);
        short(total.checked_div(ended).unwrap_or_default())
    };
    facts.push((
        "run time",
        format!("p50 {p50}, p99 {p99}, mean {}, max {}", mean(step.run_time), short(step.run_time_max)),
    ));
    facts.push(("queue time", format!("mean {}", mean(step.queue_time))));
    NodeOverlay { note, facts, has_failed: *failed > 0, is_active: active + queued > 0 }
}

impl TracedGraph<'_> {
    /// Renders it as a Mermaid flowchart. See [`WorkflowGraph::mermaid`].
    #[must_use]
    pub fn mermaid(&self) -> Mermaid<'_> {
        self.graph.mermaid_with(&self.overlay)
    }

    /// Renders it in the DOT language. See [`WorkflowGraph::dot`].
    #[must_use]
    pub fn dot(&self) -> Dot<'_> {
        self.graph.dot_with(&self.overlay)
    }

    /// Renders it as a self-contained SVG. See [`WorkflowGraph::svg`].
    #[cfg(feature = "svg")]
    #[cfg_attr(docsrs, doc(cfg(feature = "svg")))]
    #[must_use]
    pub fn svg(&self) -> Svg<'_> {
        self.graph.svg_with(&self.overlay)
    }

    /// Renders it as a self-contained HTML page. See [`WorkflowGraph::html`].
    #[cfg(feature = "svg")]
    #[cfg_attr(docsrs, doc(cfg(feature = "svg")))]
    #[must_use]
    pub fn html(&self) -> Html<'_> {
        self.graph.html_with(&self.overlay)
    }
}

impl RunStatus {
    /// As users read it.
    #[cfg(feature = "svg")]
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}
