//! What runs and pools report to the `metrics` facade, with the feature `metrics`. Without the feature, all functions do
//! nothing.

#[cfg(feature = "metrics")]
mod meters;
#[cfg(not(feature = "metrics"))]
mod no_meters;

#[cfg(feature = "metrics")]
pub(crate) use self::meters::names;
#[cfg(feature = "metrics")]
pub(crate) use self::meters::{RunMeter, job_dequeued, job_ended, job_queued, job_started, overrun};
#[cfg(not(feature = "metrics"))]
pub(crate) use self::no_meters::{RunMeter, job_dequeued, job_ended, job_queued, job_started, overrun};

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunEnd {
    Completed,
    Failed,
    Cancelled,
}
