//! The graph of a workflow as data, and its pictures.
//!
//! [`Workflow::graph`](crate::Workflow::graph) returns a [`WorkflowGraph`]. It renders as
//! [Mermaid](WorkflowGraph::mermaid), [DOT](WorkflowGraph::dot) and [JSON](WorkflowGraph::representation), with the
//! feature `svg` also as SVG and as an HTML page, and [`WorkflowGraph::soundness`] looks for runs that stall.
// Inside: built from the signatures in `const` (`build`), checked by `check`, read by the engine.

mod analysis;
mod assembly;
mod build;
mod check;
mod details;
mod edges;
mod file;
mod fingerprint;
mod handlers;
mod index;
mod joins;
mod key;
mod pairing;
mod reachability;
mod render;
mod shape;
mod soundness;
mod step_print;
mod table;
mod unmarked;
mod validity;
mod workflow_graph;

#[cfg(feature = "svg")]
pub(crate) use self::render::escape;
#[cfg(feature = "svg")]
pub use self::render::{Html, Svg};
#[cfg(feature = "durable")]
pub(crate) use self::step_print::StepPrint;
#[cfg(test)]
pub(crate) use self::table::Catches;
pub(crate) use self::{
    assembly::event_ids,
    fingerprint::Fingerprint,
    key::InputKey,
    render::{NodeOverlay, Overlay},
    shape::{Port, PortKind, Shape},
    table::NONE,
};
#[doc(hidden)]
pub use self::{
    build::{Graph, count_batch_sources, count_edges},
    details::{ConfigDetails, Details, InjectedNode, ResourceDetails, RunsOn, StepDetails},
    file::{write_generic, write_graph},
    key::EventKey,
    table::{EventInput, Step, Table},
    unmarked::UnmarkedMethod,
};
pub use self::{
    edges::{EdgeKind, GraphEdge, NodeId},
    reachability::GraphPath,
    render::{Dot, Mermaid, Representation, RepresentationEdge, RepresentationNode},
    soundness::{Finding, FindingKind, Soundness, SoundnessBound},
    workflow_graph::{
        BatchSource, Boundary, Collects, ConfigNode, EventKind, EventNode, ExecutorKind, InjectedParameter,
        InjectedSource, InputParameter, OutputShape, ResourceNode, StepNode, StepRole, WorkflowGraph,
    },
};
