//! `StepAnswer`: what came of the execution of a step, as a message.

use super::{
    call::{CallId, Versioned, serialize},
    graph::graph_of,
};
#[cfg(feature = "isolated")]
use crate::run::dispatch::Outcome;
use crate::{
    engine::{Effect, Effects},
    error::StepError,
    run::{collect::Added, id::RunId},
    workflow::Workflow,
};
use core::{fmt, time::Duration};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::time::SystemTime;

/// What came of the execution of a [`StepCall`](super::StepCall): what the step did, and how it ended.
///
/// | it contains | |
/// |---|---|
/// | what the step did, in order | events sent, prompts asked, items published, waits made and dropped, events collected |
/// | a change of the state | with the version on which it is based |
/// | the end | the returned events, the error with the [decision](RetryDecision) of its retry policy, or that the step waits |
/// | the time of day | at the end of the execution |
///
/// Whatever needs the types of the step is decided where it is executed: whether its error is retried, and which
/// responses the `matching` of a wait accepts.
///
/// It serializes with any serde format if the items that the workflow publishes do. A message of a version that this
/// program does not know, of another workflow or graph, or with a field that is unknown is an error of `Deserialize`,
/// which says why. Whether it fits the run is checked by [`Engine::answered`](super::Engine::answered).
pub struct StepAnswer<W: Workflow>(pub(super) Box<AnswerContent<W>>);

/// Whether a failed attempt is followed by another one, as its retry policy has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RetryDecision {
    /// The step is executed again after this delay.
    RetryAfter(Duration),
    /// The error goes to the error handler, or ends the run.
    GiveUp,
}

impl RetryDecision {
    pub(super) fn of(delay: Option<Duration>) -> Self {
        match delay {
            Some(delay) => Self::RetryAfter(delay),
            None => Self::GiveUp,
        }
    }

    pub(super) fn delay(self) -> Option<Duration> {
        match self {
            Self::RetryAfter(delay) => Some(delay),
            Self::GiveUp => None,
        }
    }
}

/// An answer that an [engine](super::Engine) refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer to call {call} of `{step}` is refused: {problem}")]
pub struct AnswerRefused {
    pub(super) step: String,
    pub(super) call: CallId,
    pub(super) problem: String,
}

/// An item that a step has published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Published<T> {
    /// The call of the attempt that has published it.
    pub call: CallId,
    /// Its number among the items of this call, from 0. An attempt that is called again publishes from 0 again.
    pub number: u32,
    /// The item.
    pub item: T,
}

#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "W::Stream: Serialize", deserialize = "W::Stream: Deserialize<'de>"), deny_unknown_fields)]
pub(super) struct AnswerContent<W: Workflow> {
    pub(super) workflow: String,
    /// See [`graph_of`].
    pub(super) graph: u64,
    pub(super) run_id: RunId,
    pub(super) step: String,
    pub(super) id: CallId,
    /// The time of day at the end of the execution.
    pub(super) at: SystemTime,
    /// What the step did, in order.
    pub(super) records: Vec<Record<W>>,
    pub(super) state: Option<StateChange<W>>,
    pub(super) outcome: StepOutcome<W>,
}

/// The state after the execution.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) struct StateChange<W: Workflow> {
    /// The version of the state before.
    pub(super) base: u64,
    pub(super) value: W::State,
}

/// Something that a step did.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "W::Stream: Serialize", deserialize = "W::Stream: Deserialize<'de>"), deny_unknown_fields)]
pub(super) enum Record<W: Workflow> {
    Sent(W::Event),
    Asked(W::HeldPrompt),
    Published(Published<W::Stream>),
    Waited(Waited<W>),
    /// The step has had the answer to this wait.
    Resumed {
        wait: u32,
    },
    /// The step has dropped this wait.
    Dropped {
        wait: u32,
    },
    Collected(Added<W::Event>),
}

impl<W: Workflow> Record<W> {
    /// The event that was added to a collection.
    pub(super) fn added(&self) -> Option<&Added<W::Event>> {
        match self {
            Self::Collected(added) => Some(added),
            _ => None,
        }
    }
}

/// A wait that the step has made. Waits are numbered in the order in which a call makes them.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) struct Waited<W: Workflow> {
    /// The slot of the events that it waits for.
    pub(super) slot: u16,
    /// Which of the call's waits it is, or `None` for a new one.
    pub(super) recorded: Option<u32>,
    pub(super) prompt: Option<W::HeldPrompt>,
    pub(super) timeout: Option<Duration>,
    /// Whether it has a matcher.
    pub(super) matching: bool,
    /// Whether the response that was offered to it matches.
    pub(super) accepts: Option<bool>,
    /// Whether the call had its answer.
    pub(super) answered: bool,
}

/// How the execution has ended.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) enum StepOutcome<W: Workflow> {
    Returned(Vec<Output<W>>),
    Failed {
        error: StepError,
        retry: RetryDecision,
    },
    /// The step waits for a response, and is called again with it.
    Waits,
    Cancelled,
}

/// A part of a step's output.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(in crate::run) enum Output<W: Workflow> {
    Event(W::Event),
    Prompt(W::HeldPrompt),
    Stop(W::HeldOutput),
    /// The following parts are of a batch. The number is that of the `Vec` in the step's return type.
    Open(u16),
    /// The following parts are of the next branch of the innermost batch.
    Branch,
    /// One branch of the innermost batch for each event.
    Branches(Vec<W::Event>),
    Close,
}

impl<W: Workflow> Output<W> {
    pub(super) fn all(effects: Effects<W>) -> Vec<Self> {
        let output = |effect| match effect {
            Effect::Event(event) => Self::Event(event),
            Effect::Prompt(prompt) => Self::Prompt(prompt),
            Effect::Stop(output) => Self::Stop(output),
            Effect::Open(number) => Self::Open(number),
            Effect::Branch => Self::Branch,
            Effect::Branches(events) => Self::Branches(events),
            Effect::Close => Self::Close,
        };
        effects.into_vec().into_iter().map(output).collect()
    }

    /// The effects for the engine.
    pub(in crate::run) fn effects(outputs: Vec<Self>) -> Effects<W> {
        let mut effects = Effects::new();
        for output in outputs {
            effects.push(match output {
                Self::Event(event) => Effect::Event(event),
                Self::Prompt(prompt) => Effect::Prompt(prompt),
                Self::Stop(output) => Effect::Stop(output),
                Self::Open(number) => Effect::Open(number),
                Self::Branch => Effect::Branch,
                Self::Branches(events) => Effect::Branches(events),
                Self::Close => Effect::Close,
            });
        }
        effects
    }

    /// Checks that batches are opened and closed in pairs, and exist.
    pub(in crate::run) fn validate(outputs: &[Self], step: u16) -> Result<(), String> {
        let table = const { &W::TABLE };
        let sources = table.joins.len() / table.steps.len();
        let first = usize::from(table.batch_sources[step as usize]);
        let next = table.batch_sources.get(step as usize + 1).map_or(sources, |next| usize::from(*next));
        let mut depth = 0_usize;
        for output in outputs {
            match output {
                Self::Open(number) => {
                    if usize::from(*number) >= next.saturating_sub(first) {
                        return Err(format!("the step has no batch {number}"));
                    }
                    depth += 1;
                }
                Self::Close if depth == 0 => return Err("a batch is closed that was not opened".to_owned()),
                Self::Close => depth -= 1,
                Self::Branch | Self::Branches(_) if depth == 0 => {
                    return Err("a branch belongs to no batch".to_owned());
                }
                Self::Event(_) | Self::Prompt(_) | Self::Stop(_) | Self::Branch | Self::Branches(_) => {}
            }
        }
        if depth > 0 { Err("a batch is not closed".to_owned()) } else { Ok(()) }
    }
}

impl<W: Workflow> AnswerContent<W> {
    /// Returns a description of the first inconsistency.
    fn validate(&self) -> Result<(), String> {
        if self.workflow != W::NAME {
            return Err(format!("the answer is of workflow `{}`, not of `{}`", self.workflow, W::NAME));
        }
        let step = W::TABLE.steps.iter().position(|step| step.name == self.step);
        let step = step.ok_or_else(|| format!("`{}` has no step `{}`", W::NAME, self.step))?;
        if self.graph != graph_of::<W>() {
            return Err(format!("the answer is of another version of `{}`: its steps or their events differ", W::NAME));
        }
        if let StepOutcome::Returned(outputs) = &self.outcome {
            let step = u16::try_from(step).unwrap_or_default();
            Output::validate(outputs, step).map_err(|problem| format!("the output of `{}`: {problem}", self.step))?;
        }
        Ok(())
    }
}

impl<W: Workflow> StepAnswer<W> {
    /// The name of the run.
    #[must_use]
    pub fn run_id(&self) -> &RunId {
        &self.0.run_id
    }

    /// The name of the workflow.
    #[must_use]
    pub fn workflow(&self) -> &str {
        &self.0.workflow
    }

    /// The name of the step.
    #[must_use]
    pub fn step(&self) -> &str {
        &self.0.step
    }

    /// Which call this answers.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.0.id
    }

    /// The time of day at the end of the execution.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.0.at
    }

    /// Sets the time of day, for a loop with a clock of its own.
    #[must_use]
    pub fn with_time(mut self, at: SystemTime) -> Self {
        self.0.at = at;
        self
    }

    /// The error, if the attempt has failed.
    #[must_use]
    pub fn error(&self) -> Option<&StepError> {
        match &self.0.outcome {
            StepOutcome::Failed { error, .. } => Some(error),
            StepOutcome::Returned(_) | StepOutcome::Waits | StepOutcome::Cancelled => None,
        }
    }

    /// What the retry policy has decided, if the attempt has failed.
    #[must_use]
    pub fn retry(&self) -> Option<RetryDecision> {
        match &self.0.outcome {
            StepOutcome::Failed { retry, .. } => Some(*retry),
            StepOutcome::Returned(_) | StepOutcome::Waits | StepOutcome::Cancelled => None,
        }
    }

    /// Whether the step waits for a response: it is called again once there is one.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.0.outcome, StepOutcome::Waits)
    }

    /// Whether the execution was [cancelled](super::Execution::cancelled_by).
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.outcome, StepOutcome::Cancelled)
    }
}

#[cfg(feature = "isolated")]
impl<W: Workflow> StepOutcome<W> {
    /// The outcome for the driver of a run in memory. An error carries the decision of its retry policy.
    pub(super) fn into_outcome(self) -> Outcome<W> {
        match self {
            Self::Returned(outputs) => Ok(Output::effects(outputs)),
            Self::Failed { error, retry } => Err(error.decided(retry.delay())),
            Self::Waits => Err(StepError::msg("the step waits for a response, which it cannot do here")),
            Self::Cancelled => Err(StepError::msg("the execution was cancelled")),
        }
    }
}

impl<W: Workflow> fmt::Debug for StepAnswer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AnswerContent { run_id, workflow, step, id, outcome, .. } = &*self.0;
        let outcome: &dyn fmt::Debug = match outcome {
            StepOutcome::Returned(_) => &"Returned",
            StepOutcome::Failed { error, .. } => error,
            StepOutcome::Waits => &"Waits",
            StepOutcome::Cancelled => &"Cancelled",
        };
        f.debug_struct("StepAnswer")
            .field("workflow", workflow)
            .field("run_id", &format_args!("{run_id}"))
            .field("step", step)
            .field("id", &format_args!("{id}"))
            .field("outcome", outcome)
            .finish_non_exhaustive()
    }
}

impl<W: Workflow<Stream: Serialize>> Serialize for StepAnswer<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&*self.0, serializer)
    }
}

impl<'de, W: Workflow<Stream: Deserialize<'de>>> Deserialize<'de> for StepAnswer<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Versioned::V1(content) = Versioned::<Box<AnswerContent<W>>>::deserialize(deserializer)?;
        content.validate().map_err(D::Error::custom)?;
        Ok(Self(content))
    }
}
