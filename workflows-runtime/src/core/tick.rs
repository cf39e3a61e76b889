//! What happens to a run, in order.

use super::{Effects, ExecutionId, Graph};
use crate::StepError;
use std::time::Duration;

/// One input of the core.
pub(crate) enum Tick<G: Graph> {
    /// The run begins.
    Start { event: G::Event, timeout: Option<Duration> },
    /// The outside sent an event.
    External(G::Event),
    /// An execution sent an event while it runs.
    Sent { from: ExecutionId, event: G::Event },
    /// An execution has returned.
    Done { execution: ExecutionId, effects: Effects<G> },
    /// An execution has failed or panicked.
    Failed { execution: ExecutionId, error: StepError },
    /// Time has passed.
    Time,
    /// The outside wants the run to end.
    Cancel,
    /// The run is idle, and nothing from outside can come any more.
    Stalled,
}
