//! What happens to a run, in order, once it has [begun](super::Engine::begin).

use super::{definition::Definition, effects::Effects, execution::ExecutionId, wait::Matcher};
use crate::error::StepError;
use std::time::{Duration, SystemTime};

/// One input of the core.
pub(crate) enum Tick<D: Definition> {
    /// The run goes on from what was written down of it.
    Resume,
    /// The outside sent an event.
    External(D::Event),
    /// An execution sent an event while it runs.
    Sent { from: ExecutionId, event: D::Event },
    /// An execution asked the outside while it runs.
    Asked { from: ExecutionId, prompt: D::Prompt },
    /// An execution waits for an answer from outside: an event that goes into this slot.
    Wait {
        from: ExecutionId,
        slot: u16,
        prompt: Option<D::Prompt>,
        matcher: Option<Matcher<D::Event>>,
        timeout: Option<Duration>,
    },
    /// An execution waits no more for what it waited for as its `wait`-th.
    Unwait { from: ExecutionId, wait: usize },
    /// An execution has returned.
    Done { execution: ExecutionId, effects: Effects<D> },
    /// An execution has failed or panicked.
    Failed { execution: ExecutionId, error: StepError, at: SystemTime },
    /// Time has passed.
    Time { at: SystemTime },
    /// All bodies have gone on as far as they come by themselves: only told while the core
    /// [`holds`](super::Engine::is_replaying) something.
    Quiet,
    /// The outside wants the run to end.
    Cancel,
    /// The run is idle, and nothing from outside can come any more.
    Stalled,
}
