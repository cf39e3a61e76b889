//! `StepCall`: one execution of a step, as a message.

use super::graph::graph_of;
#[cfg(feature = "isolated")]
use crate::{engine::retry_seed, run::shared::Shared};
use crate::{
    engine::{Before, ExecutionId, Input, LastFailure, Launch, ReplayedWait, validate_input},
    error::StepError,
    round_trip::{self, Limits},
    run::{collect::Collected, id::RunId, snapshot::MAX_DEPTH},
    workflow::Workflow,
};
use core::{fmt, time::Duration};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{sync::Arc, time::SystemTime};

/// One execution of a step, to be [executed](super::execute) here or elsewhere.
///
/// A call contains everything that the step may ask for: its input, the attempts before, the responses that its
/// waits have received, the collected events of the step, and the state of the run. It serializes with any serde
/// format, and so it can be sent to another process or stored. Executing it needs the workflow, and nothing of the
/// run.
///
/// A call of a version that this program does not know, of another workflow or graph, with a field that is unknown,
/// or with an input that the step does not take is an error of `Deserialize`, which says why.
///
/// ```
/// # use std::{sync::Arc, time::SystemTime};
/// # use workflows_runtime::{prelude::*, remote::{Command, Engine, StepCall, execute}};
/// # #[workflow] struct Double;
/// #[workflow]
/// impl Double {
///     #[step]
///     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
///         Stop(n * 2)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut engine = Engine::<Double>::begin("order-7", 21, SystemTime::now());
/// let Some(Command::Execute(call)) = engine.next_command() else { panic!("a run begins with a step") };
/// assert_eq!((call.run_id().as_str(), call.workflow(), call.step()), ("order-7", "Double", "double"));
///
/// // In another process:
/// let call: StepCall<Double> = serde_json::from_str(&serde_json::to_string(&call)?)?;
/// let answer = execute(&Arc::new(Double), call).await;
///
/// engine.answered(answer)?;
/// assert!(matches!(engine.next_command(), Some(Command::Ended(Ok(42)))));
/// # Ok(())
/// # }
/// ```
pub struct StepCall<W: Workflow>(pub(super) Box<CallContent<W>>);

/// Identifies a call: an attempt of an execution, and how often it was called.
///
/// An attempt is called again when a response for its step has arrived, and when another step was faster to change
/// the state. An [engine](super::Engine) ignores the answers to all calls of an attempt but the last one, and those
/// to calls from before a [restore](super::Engine::restore).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallId {
    /// When the engine began or was restored, in nanoseconds since 1970.
    pub(super) epoch: u64,
    pub(super) execution: u64,
    pub(super) slot: u32,
    pub(super) attempt: u32,
    pub(super) call: u32,
}

impl CallId {
    /// The number of the execution in its run, from 1.
    #[must_use]
    pub const fn execution(&self) -> u64 {
        self.execution
    }

    /// The number of the attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How often the attempt was called before. Its code begins from the top each time.
    #[must_use]
    pub const fn call(&self) -> u32 {
        self.call
    }

    pub(super) const fn attempt_id(&self) -> ExecutionId {
        ExecutionId { serial: self.execution, slot: self.slot, attempt: self.attempt }
    }
}

/// A call that has no answer yet.
pub(super) struct Underway {
    pub(super) id: CallId,
    pub(super) step: u16,
    /// The version of the step's collections in the call.
    pub(super) collected: u64,
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.execution, self.attempt, self.call)
    }
}

/// The version in front of a message. A variant that is unknown is refused by name, wherever it is.
#[derive(Serialize, Deserialize)]
pub(super) enum Versioned<T> {
    #[serde(rename = "v1")]
    V1(T),
}

/// Serializes a message with its version, unless it could not be read again: in a human-readable format if a value is
/// nested too deeply, and in JSON if a number is infinite or NaN.
pub(super) fn serialize<T: Serialize, S: Serializer>(content: &T, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        let is_json = core::any::type_name::<S>().contains("serde_json::");
        let limits = Limits { depth: MAX_DEPTH, has_non_finite: !is_json, has_empty_some: true };
        round_trip::check(content, limits).map_err(serde::ser::Error::custom)?;
    }
    Versioned::V1(content).serialize(serializer)
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub(super) struct CallContent<W: Workflow> {
    pub(super) workflow: String,
    /// See [`graph_of`].
    pub(super) graph: u64,
    pub(super) run_id: RunId,
    pub(super) step: String,
    pub(super) id: CallId,
    /// The time of day at which the call was made.
    pub(super) at: SystemTime,
    /// The time since the first attempt began.
    pub(super) elapsed: Duration,
    pub(super) timeout: Option<Duration>,
    /// The seed of a retry's random delay.
    pub(super) seed: u64,
    pub(super) input: Input<W::Event>,
    pub(super) previous: Option<Previous>,
    pub(super) waits: Vec<ReplayedWait<W::Event>>,
    pub(super) collected: Option<Collected<W::Event>>,
    pub(super) state: W::State,
    pub(super) state_version: u64,
}

/// The attempt before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Previous {
    pub(super) error: StepError,
    pub(super) failed_at: SystemTime,
    /// The time from the beginning of the first attempt to that of this one.
    pub(super) elapsed: Duration,
}

impl Previous {
    pub(super) fn of(before: &Before) -> Self {
        let Before { failure: LastFailure { error, at }, elapsed } = before;
        Self { error: error.clone(), failed_at: *at, elapsed: *elapsed }
    }

    fn into_before(self) -> Before {
        Before { failure: LastFailure { error: self.error, at: self.failed_at }, elapsed: self.elapsed }
    }
}

impl<W: Workflow> CallContent<W> {
    /// Returns a description of what keeps the call from being executed.
    fn validate(&self) -> Result<(), String> {
        if self.workflow != W::NAME {
            return Err(format!("the call is of workflow `{}`, not of `{}`", self.workflow, W::NAME));
        }
        let step = self.step_number().ok_or_else(|| format!("`{}` has no step `{}`", W::NAME, self.step))?;
        if self.graph != graph_of::<W>() {
            return Err(format!("the call is of another version of `{}`: its steps or their events differ", W::NAME));
        }
        if self.id.attempt == 0 {
            return Err(format!("the call of `{}` has the attempt 0", self.step));
        }
        validate_input::<W>(const { &W::TABLE }, step, self.input.events())?;
        for wait in &self.waits {
            wait.validate::<W>()?;
        }
        match &self.collected {
            Some(collected) => collected.validate::<W>(const { &W::TABLE }),
            None => Ok(()),
        }
    }

    /// The number of the step; `None` if the workflow has no step of this name.
    pub(super) fn step_number(&self) -> Option<u16> {
        let at = W::TABLE.steps.iter().position(|step| step.name == self.step)?;
        u16::try_from(at).ok()
    }
}

impl<W: Workflow> StepCall<W> {
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

    /// Which execution, attempt and call this is.
    #[must_use]
    pub fn id(&self) -> CallId {
        self.0.id
    }

    /// The time of day at which the call was made.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.0.at
    }

    /// The `timeout` of the step. The engine [cancels](super::Command::Cancel) the call when it is over; an executor
    /// that cannot be reached then may stop by itself.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.0.timeout
    }

    /// The call of an execution of a run in memory, whose state and collected events stay there.
    #[cfg(feature = "isolated")]
    pub(in crate::run) fn in_memory(
        shared: &Shared<W>,
        id: ExecutionId,
        step: u16,
        input: Input<W::Event>,
        before: Option<&Before>,
    ) -> Self {
        let declared = &W::TABLE.steps[step as usize];
        Self(Box::new(CallContent {
            workflow: W::NAME.to_owned(),
            graph: graph_of::<W>(),
            run_id: shared.id().clone(),
            step: declared.name.to_owned(),
            id: CallId { epoch: 0, execution: id.serial, slot: id.slot, attempt: id.attempt, call: 0 },
            at: SystemTime::now(),
            elapsed: before.map_or(Duration::ZERO, |before| before.elapsed),
            timeout: shared.step_timeout(step),
            seed: retry_seed(shared.id().seed(), id, step),
            input,
            previous: before.map(Previous::of),
            waits: Vec::new(),
            collected: None,
            state: W::State::default(),
            state_version: 0,
        }))
    }

    /// The launch of the step where it is executed.
    pub(super) fn launch(content: CallContent<W>, step: u16) -> Launch<W> {
        let before = content.previous.map(|previous| Arc::new(previous.into_before()));
        Launch { execution: content.id.attempt_id(), step, input: content.input, before }
    }
}

impl<W: Workflow> Clone for StepCall<W> {
    fn clone(&self) -> Self {
        let content = &*self.0;
        Self(Box::new(CallContent {
            workflow: content.workflow.clone(),
            graph: content.graph,
            run_id: content.run_id.clone(),
            step: content.step.clone(),
            id: content.id,
            at: content.at,
            elapsed: content.elapsed,
            timeout: content.timeout,
            seed: content.seed,
            input: content.input.clone(),
            previous: content.previous.as_ref().map(|Previous { error, failed_at, elapsed }| Previous {
                error: error.clone(),
                failed_at: *failed_at,
                elapsed: *elapsed,
            }),
            waits: content.waits.clone(),
            collected: content.collected.clone(),
            state: content.state.clone(),
            state_version: content.state_version,
        }))
    }
}

impl<W: Workflow> fmt::Debug for StepCall<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallContent { run_id, workflow, step, id, .. } = &*self.0;
        f.debug_struct("StepCall")
            .field("workflow", workflow)
            .field("run_id", &format_args!("{run_id}"))
            .field("step", step)
            .field("id", &format_args!("{id}"))
            .finish_non_exhaustive()
    }
}

impl<W: Workflow> Serialize for StepCall<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&*self.0, serializer)
    }
}

impl<'de, W: Workflow> Deserialize<'de> for StepCall<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Versioned::V1(content) = Versioned::<Box<CallContent<W>>>::deserialize(deserializer)?;
        content.validate().map_err(D::Error::custom)?;
        Ok(Self(content))
    }
}
