//! The engine's inputs: what happens to a run once it has [begun](super::Engine::begin).

use super::{definition::Definition, effects::Effects, history::Matcher, id::ExecutionId, prompt::WaitAt};
use crate::error::StepError;
use std::time::{Duration, SystemTime};

/// One input of the engine.
pub(crate) enum Tick<D: Definition> {
    /// The run was restored from a snapshot and continues.
    Resume,
    /// The caller sent an event.
    External(D::Event),
    /// The caller answered a prompt, which the wait `wait` has asked, or a step without a wait.
    Answer { prompt: u32, wait: Option<WaitAt>, event: D::Event },
    /// A running execution sent an event.
    Sent { from: ExecutionId, event: D::Event },
    /// A running execution published a question.
    Asked { from: ExecutionId, prompt: D::Prompt },
    /// A running execution waits for an event of this slot.
    Wait {
        from: ExecutionId,
        slot: u16,
        prompt: Option<D::Prompt>,
        matcher: Option<Matcher<D::Event>>,
        timeout: Option<Duration>,
    },
    /// A running execution dropped its wait number `wait`.
    Unwait { from: ExecutionId, wait: usize },
    /// An execution returned.
    Done { execution: ExecutionId, effects: Effects<D> },
    /// An execution failed or panicked.
    Failed { execution: ExecutionId, error: StepError, at: SystemTime },
    /// A blocking step has its resources, and waits for its thread. Not sent for a step without resources.
    Queued { execution: ExecutionId },
    /// The code of a blocking step begins on its thread.
    Began { execution: ExecutionId },
    /// The driver has dropped the future of an execution by itself, and the execution fails next. As
    /// after an [`Action::Drop`](super::action::Action::Drop), it holds a worker until it has `Vacated`.
    Outlived { execution: ExecutionId },
    /// No code of a dropped execution runs any more.
    Vacated { execution: ExecutionId },
    /// Time has passed.
    Time { at: SystemTime },
    /// All step futures are pending. Only sent while the engine
    /// [is replaying](super::Engine::is_replaying).
    Quiet,
    /// The caller cancelled the run.
    Cancel,
    /// The run is idle, and no external event can arrive any more.
    Stalled,
}

/// The fields of a [`Tick::Wait`].
pub(super) struct WaitRequest<D: Definition> {
    pub(super) slot: u16,
    pub(super) prompt: Option<D::Prompt>,
    pub(super) matcher: Option<Matcher<D::Event>>,
    pub(super) timeout: Option<Duration>,
    /// Set if the matcher is known elsewhere only.
    #[cfg(feature = "engine")]
    pub(super) remote: Option<Box<super::undecided::Undecided<D::Event>>>,
}
