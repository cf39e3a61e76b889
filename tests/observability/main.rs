//! What a workflow and its runs show: the graph, the trace of a run, and spans.

#![allow(clippy::unused_async, clippy::unused_self, reason = "steps are async methods")]
#![allow(clippy::type_complexity, reason = "the context lists what a step sends and waits for")]

mod graph;
mod run_trace;
mod tracing;
