//! The trace of a run: what its steps did, when, and why.
//!
//! [`RunHandle::trace`](crate::RunHandle::trace) returns a [`RunTrace`] of a run with
//! [`record_trace`](crate::Run::record_trace). All of it is plain data. It renders as a
//! [Chrome trace](RunTrace::chrome_trace) and, with the feature `svg`, as a timeline; [`RunTrace::on_graph`] draws it on
//! the graph of the workflow. See [`guide::observability`](crate::guide::observability#the-trace-of-a-run).
// Inside: `recorder` is shared by a run and its children, `attempt` is one attempt while it is recorded, `call` one call
// of blocking code, and `collect` makes the data.

mod attempt;
mod call;
mod chrome;
mod collect;
mod data;
mod lanes;
mod on_graph;
mod recorder;
mod run_record;
#[cfg(feature = "svg")]
mod timeline;
mod units;

#[cfg(feature = "svg")]
pub use self::timeline::{TimelineHtml, TimelineSvg};
pub(crate) use self::{
    attempt::Parents,
    call::RecordedCall,
    recorder::{Launched, RecordedRun, Recording, RunSpec},
};
pub use self::{
    chrome::ChromeTrace,
    data::{
        AttemptError, AttemptErrorKind, AttemptOutcome, AttemptTrace, BatchPlace, EventCount, RunStatus, RunTrace,
        Segment, SegmentKind, StepSummary,
    },
    on_graph::TracedGraph,
};
