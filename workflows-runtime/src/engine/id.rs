//! The identity of an attempt.

use serde::{Deserialize, Serialize};

/// Identifies one attempt of one execution.
///
/// `slot` is the index in the engine's slab, and is reused. `serial` is unique within the run, and so
/// distinguishes a late tick of a finished execution from one of its successor in the same slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ExecutionId {
    pub(crate) serial: u64,
    pub(crate) slot: u32,
    pub(crate) attempt: u32,
}

impl ExecutionId {
    /// Belongs to no run: the first execution of a run has the serial 1.
    pub(crate) const DETACHED: Self = Self { serial: 0, slot: 0, attempt: 1 };
}
