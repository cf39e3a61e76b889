//! Warnings and spans of the feature `tracing`. Without the feature, all functions do nothing.

use core::{fmt::Display, time::Duration};

/// Returns whether a subscriber receives warnings.
pub(crate) fn receives_warnings() -> bool {
    #[cfg(feature = "tracing")]
    return tracing::level_filters::LevelFilter::current() >= tracing::Level::WARN;
    #[cfg(not(feature = "tracing"))]
    false
}

/// Warns that a poll of one of these steps exceeded the budget.
pub(crate) fn overrun(step: &str, run: &dyn Display, took: Duration, budget: Duration) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%step, %run, ?took, ?budget, "a step blocks the async executor");
    #[cfg(not(feature = "tracing"))]
    let _ = (step, run, took, budget);
}

/// Warns that blocking code is still running after its execution has ended.
pub(crate) fn abandoned(step: &'static str, run: &dyn Display) {
    #[cfg(feature = "tracing")]
    tracing::warn!(step, %run, "blocking code is still running after its step was dropped");
    #[cfg(not(feature = "tracing"))]
    let _ = (step, run);
}

/// Warns that no job of an executor has ended for long although jobs are queued.
pub(crate) fn stuck(executor: &str, running: usize, queued: usize, oldest: Duration) {
    #[cfg(feature = "tracing")]
    tracing::warn!(executor, running, queued, ?oldest, "all threads are busy and none has ended a job for long");
    #[cfg(not(feature = "tracing"))]
    let _ = (executor, running, queued, oldest);
}

/// The span in which blocking code was called. The executor's thread enters it to run the code.
#[derive(Clone, Default)]
pub(crate) struct CallerSpan(
    /// Boxed to keep the future of a hop small: most programs have no subscriber for spans.
    #[cfg(feature = "tracing")]
    Option<Box<tracing::Span>>,
);

impl CallerSpan {
    /// Returns the current span, if there is a subscriber.
    pub(crate) fn current() -> Self {
        #[cfg(feature = "tracing")]
        {
            use tracing::{Span, level_filters::LevelFilter};
            let is_enabled = LevelFilter::current() != LevelFilter::OFF;
            Self(if is_enabled { Some(Box::new(Span::current())) } else { None })
        }
        #[cfg(not(feature = "tracing"))]
        Self()
    }

    /// Runs `work` in the span.
    pub(crate) fn in_scope<T>(self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        if let Some(span) = self.0 {
            return span.in_scope(work);
        }
        work()
    }
}
