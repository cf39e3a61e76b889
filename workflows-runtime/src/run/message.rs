//! The messages to the driver of a run.

#[cfg(feature = "durable")]
use super::journal::StepAttempt;
use super::{
    event_log::StoredEvent,
    response_slot::{RequestedResponse, ResponseSlot, ResponseSlots},
    snapshot::Snapshot,
};
use crate::{
    engine::{Engine, EngineState, ExecutionId, Matcher, StepWork, Tick, WaitAt},
    sync::oneshot,
    trace::RunSpans,
    workflow::Workflow,
};
use std::{sync::Arc, time::Duration};

/// A message from a step, a handle or a context to the driver.
pub(crate) enum Message<W: Workflow> {
    External(W::Event),
    /// A response to a prompt, which the wait `wait` has asked, or a step without a wait.
    Answer {
        prompt: u32,
        wait: Option<WaitAt>,
        event: W::Event,
    },
    /// An item that was published after a prompt of the same mailbox.
    Published(StoredEvent<W>),
    /// An item that an attempt of a durable run has published.
    #[cfg(feature = "durable")]
    PublishedBy(Box<(W::Stream, StepAttempt)>),
    Sent {
        from: ExecutionId,
        event: W::Event,
    },
    Asked {
        from: ExecutionId,
        prompt: W::HeldPrompt,
    },
    Wait(Box<WaitRequest<W>>),
    /// A wait was dropped.
    Unwait {
        from: ExecutionId,
        response: Arc<ResponseSlot<W>>,
    },
    /// A blocking step has its resources, and waits for its thread.
    Queued(ExecutionId),
    /// The code of a blocking step begins on its thread.
    Began(ExecutionId),
    /// No code of a dropped execution runs any more.
    Vacated(ExecutionId),
    Snapshot(SnapshotRequest<W>),
    Work(WorkRequest<W>),
    Cancel,
    /// The messages before it are stored under this number by the host of a durable run.
    #[cfg(feature = "durable")]
    Taken(u64),
    /// The host of a durable run gives it up.
    #[cfg(feature = "durable")]
    Release,
    /// The host of a durable run gives it up if it only waits, or asks whether it does.
    #[cfg(feature = "durable")]
    Park(Box<ParkRequest>),
}

impl<W: Workflow> Message<W> {
    /// The item that it publishes.
    pub(crate) fn published_item(&self) -> Option<&W::Stream> {
        match self {
            Self::Published(StoredEvent::Published(item)) => Some(item),
            _ => None,
        }
    }

    /// Whether it leads to an event of the stream, so later ones must not overtake it.
    pub(super) fn publishes(&self) -> bool {
        match self {
            Self::Asked { .. } | Self::Published(_) => true,
            #[cfg(feature = "durable")]
            Self::PublishedBy(_) => true,
            Self::Wait(request) => request.prompt.is_some(),
            _ => false,
        }
    }

    /// Whether the run must not start.
    pub(super) fn cancels(&self) -> bool {
        match self {
            Self::Cancel => true,
            #[cfg(feature = "durable")]
            Self::Release => true,
            _ => false,
        }
    }
}

/// A request of a handle for a snapshot.
pub(crate) struct SnapshotRequest<W: Workflow> {
    pub(super) reply: oneshot::Sender<Box<Snapshot<W>>>,
    /// [`Engine::snapshot`]. As a part of the request, it is compiled for workflows of which snapshots are requested.
    pub(super) of_engine: fn(&mut Engine<W>) -> EngineState<W::Event>,
}

/// A request of a handle for the work of each step.
pub(crate) struct WorkRequest<W: Workflow> {
    pub(super) reply: oneshot::Sender<Vec<StepWork>>,
    /// [`Engine::work`]. As a part of the request, it is compiled for workflows whose work is requested.
    pub(super) of_engine: fn(&Engine<W>) -> Vec<StepWork>,
}

/// A request of a step to wait for a response.
pub(crate) struct WaitRequest<W: Workflow> {
    pub(crate) from: ExecutionId,
    pub(crate) slot: u16,
    pub(crate) prompt: Option<W::HeldPrompt>,
    pub(crate) matcher: Option<Matcher<W::Event>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) response: RequestedResponse<W>,
}

impl<W: Workflow> WaitRequest<W> {
    /// Registers the response slot of the wait. `None` if its attempt has ended.
    pub(super) fn register(
        self,
        engine: &mut Engine<W>,
        slots: &mut Option<Box<ResponseSlots<W>>>,
        spans: Option<&RunSpans>,
    ) -> Option<Tick<W>> {
        let Self { from, slot, prompt, matcher, timeout, mut response } = self;
        let wait = engine.next_wait(from, slot, matcher.as_ref(), timeout.is_some())?;
        let response = response.take()?;
        // Not set yet: each request is handled once.
        let _ = response.number.set(wait);
        slots.get_or_insert_default().insert(from.serial, wait, response);
        if let Some(spans) = spans {
            spans.waits(from.serial, timeout);
        }
        Some(Tick::Wait { from, slot, prompt, matcher, timeout })
    }
}

/// A request of the host of a durable run to leave the memory.
#[cfg(feature = "durable")]
pub(crate) struct ParkRequest {
    /// The executions that wait for their children, in ascending order.
    pub(super) parents: Vec<u64>,
    /// How long the run must wait from now on, unless there is a message.
    pub(super) time: Duration,
    /// Whether it is given up, and not only asked.
    pub(super) is_final: bool,
    /// Confirms that it waits.
    pub(super) reply: oneshot::Sender<()>,
}
