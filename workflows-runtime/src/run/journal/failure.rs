//! The error of a run as JSON: for the step that finds its child again.

use super::not_journaled;
use crate::{
    error::{Parked, RunError, StepError, Waiting},
    workflow::Workflow,
};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// A [`RunError`] with names in place of what only this program has.
#[derive(Serialize, Deserialize)]
#[serde(rename = "RunError")]
enum Failure {
    Failed {
        step: String,
        attempts: u32,
        elapsed: Duration,
        source: StepError,
    },
    TimedOut {
        after: Duration,
        active_steps: Vec<String>,
    },
    Cancelled,
    Stalled {
        parked: Vec<Parked>,
        waiting: Vec<Waiting>,
    },
    NoTimer,
    /// The text of an error that has no form of its own.
    Other(String),
}

/// The JSON of an error, which has the texts of its causes and loses their types.
pub(in crate::run) fn failure_to_json(error: &RunError) -> String {
    let names = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect();
    let failure = match error.clone() {
        RunError::Failed { step, attempts, elapsed, source } => {
            Failure::Failed { step: step.to_owned(), attempts, elapsed, source }
        }
        RunError::TimedOut { after, active_steps } => Failure::TimedOut { after, active_steps: names(&active_steps) },
        RunError::Cancelled => Failure::Cancelled,
        RunError::Stalled { parked, waiting } => Failure::Stalled { parked, waiting },
        RunError::NoTimer => Failure::NoTimer,
        RunError::Resume(error) => Failure::Other(error.to_string()),
    };
    // Texts and numbers have nothing that JSON cannot hold.
    serde_json::to_string(&failure).unwrap_or_default()
}

/// The error that was recorded.
pub(super) fn read_failure<W: Workflow>(json: &str) -> RunError {
    let first = W::TABLE.steps[0].name;
    // A step that was renamed has its failure all the same.
    let named = |name: &str| W::TABLE.steps.iter().map(|step| step.name).find(|step| *step == name).unwrap_or(first);
    match serde_json::from_str(json) {
        Ok(Failure::Failed { step, attempts, elapsed, source }) => {
            RunError::Failed { step: named(&step), attempts, elapsed, source }
        }
        Ok(Failure::TimedOut { after, active_steps }) => {
            RunError::TimedOut { after, active_steps: active_steps.iter().map(|step| named(step)).collect() }
        }
        Ok(Failure::Cancelled) => RunError::Cancelled,
        Ok(Failure::Stalled { parked, waiting }) => RunError::Stalled { parked, waiting },
        Ok(Failure::NoTimer) => RunError::NoTimer,
        Ok(Failure::Other(text)) => {
            RunError::Failed { step: first, attempts: 1, elapsed: Duration::ZERO, source: StepError::msg(text) }
        }
        Err(error) => not_journaled(first, "the error", &format!("it cannot be read: {error}")),
    }
}
