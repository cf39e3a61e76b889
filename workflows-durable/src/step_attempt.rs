//! `StepAttempt`: an attempt of a step.

use serde::{Deserialize, Serialize};
use workflows_runtime::durable;

/// An attempt of a step, with the names that [`StepEvent`](workflows_runtime::StepEvent) has.
///
/// An attempt that begins again after a crash is the same attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepAttempt {
    /// The name of the step.
    pub step: String,
    /// The number of the execution, unique in the run.
    pub execution: u64,
    /// The attempt of that execution, from 1.
    pub attempt: u32,
}

impl StepAttempt {
    /// An attempt of a step, to compare with.
    pub fn new(step: impl Into<String>, execution: u64, attempt: u32) -> Self {
        Self { step: step.into(), execution, attempt }
    }

    pub(crate) fn to_json(attempts: &[durable::StepAttempt]) -> String {
        let attempts: Vec<Self> = attempts.iter().copied().map(Self::from).collect();
        // Texts and numbers have nothing that JSON cannot hold.
        serde_json::to_string(&attempts).unwrap_or_default()
    }
}

impl From<durable::StepAttempt> for StepAttempt {
    fn from(attempt: durable::StepAttempt) -> Self {
        Self::new(attempt.step, attempt.execution, attempt.attempt)
    }
}
