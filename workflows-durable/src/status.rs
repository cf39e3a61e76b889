//! `RunStatus`: how a run has ended.

use core::fmt;

/// Whether a run has ended, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunStatus {
    /// It has not ended.
    Running,
    /// It has a result.
    Completed,
    /// A step has failed.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// It has exceeded its timeout.
    TimedOut,
    /// No step could run, and no message could change that.
    Stalled,
}

impl RunStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Completed, Self::Failed, Self::Cancelled, Self::TimedOut, Self::Stalled];

    /// Its name in stores.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::Stalled => "stalled",
        }
    }

    /// The status with this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
