//! Warnings and spans of the feature `tracing`. Without the feature, all functions do nothing.

#[cfg(not(feature = "tracing"))]
mod no_spans;
#[cfg(feature = "tracing")]
mod spans;

#[cfg(not(feature = "tracing"))]
pub(crate) use self::no_spans::{RunFailure, RunSpans, is_traced};
#[cfg(feature = "tracing")]
pub(crate) use self::spans::{RunFailure, RunSpans, is_traced};

use core::{fmt::Display, time::Duration};

/// The target of all spans and events.
#[cfg(feature = "tracing")]
const TARGET: &str = "workflows_runtime";

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
    tracing::warn!(target: TARGET, %step, %run, ?took, ?budget, "a step blocks the async executor");
    #[cfg(not(feature = "tracing"))]
    let _ = (step, run, took, budget);
}

/// Warns that blocking code is still running after its execution has ended.
pub(crate) fn abandoned(step: &'static str, run: &dyn Display) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET, step, %run, "blocking code is still running after its step was dropped");
    #[cfg(not(feature = "tracing"))]
    let _ = (step, run);
}

/// Warns that no job of an executor has ended for long although jobs are queued.
pub(crate) fn stuck(executor: &str, running: usize, queued: usize, oldest: Duration) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET, executor, running, queued, ?oldest, "all threads are busy and none has ended a job for long");
    #[cfg(not(feature = "tracing"))]
    let _ = (executor, running, queued, oldest);
}

/// Emits a line that isolated code has written.
#[cfg(feature = "isolated")]
pub(crate) fn output(call: &str, is_error: bool, line: &str) {
    #[cfg(feature = "tracing")]
    if is_error {
        tracing::warn!(target: TARGET, step = call, "{line}");
    } else {
        tracing::info!(target: TARGET, step = call, "{line}");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (call, is_error, line);
}

/// The span of the code that is being polled, or that has called blocking code.
#[derive(Clone, Default)]
pub(crate) struct CallerSpan(
    /// Boxed to keep the future of a hop small: most programs have no subscriber for spans.
    #[cfg(feature = "tracing")]
    Option<Box<tracing::Span>>,
);

impl CallerSpan {
    #[cfg(feature = "tracing")]
    fn new(span: tracing::Span) -> Self {
        Self(Some(Box::new(span)))
    }

    /// Returns the current span, if there is a subscriber.
    pub(crate) fn current() -> Self {
        #[cfg(feature = "tracing")]
        {
            use tracing::{Span, level_filters::LevelFilter};
            if LevelFilter::current() == LevelFilter::OFF { Self(None) } else { Self::new(Span::current()) }
        }
        #[cfg(not(feature = "tracing"))]
        Self()
    }

    /// Returns a span in the current one for a call of blocking code, if there is a subscriber. Its time begins when the
    /// call is queued; it is entered while the code runs.
    pub(crate) fn of_blocking_call(executor: &str) -> Self {
        #[cfg(feature = "tracing")]
        {
            use tracing::{Span, debug_span, level_filters::LevelFilter};
            let level = LevelFilter::current();
            if level == LevelFilter::OFF {
                return Self(None);
            }
            let span =
                debug_span!(target: TARGET, "blocking", executor, otel.name = format_args!("blocking {executor}"));
            Self::new(if span.is_disabled() { Span::current() } else { span })
        }
        #[cfg(not(feature = "tracing"))]
        {
            let _ = executor;
            Self()
        }
    }

    /// Returns whether there is a span.
    #[cfg_attr(not(feature = "tracing"), allow(clippy::unused_self, reason = "there is no span"))]
    pub(crate) fn is_some(&self) -> bool {
        #[cfg(feature = "tracing")]
        return self.0.is_some();
        #[cfg(not(feature = "tracing"))]
        false
    }

    /// Runs `work` in the span.
    #[cfg_attr(not(feature = "tracing"), allow(clippy::unused_self, reason = "there is no span"))]
    pub(crate) fn in_scope<T>(self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        if let Some(span) = self.0 {
            return span.in_scope(work);
        }
        work()
    }

    /// Runs one of several parts of the work in the span.
    #[cfg(feature = "isolated")]
    pub(crate) fn in_scope_again<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        if let Some(span) = &self.0 {
            return span.in_scope(work);
        }
        work()
    }

    /// Enters the span until the guard is dropped.
    #[cfg_attr(not(feature = "tracing"), allow(clippy::unused_self, reason = "there is no span"))]
    pub(crate) fn enter(self) -> EnteredSpan {
        #[cfg(feature = "tracing")]
        return EnteredSpan(self.0.map(|span| span.entered()));
        #[cfg(not(feature = "tracing"))]
        EnteredSpan()
    }
}

/// Leaves a span when it is dropped.
#[allow(dead_code, reason = "held, not read")]
#[must_use = "the span is entered only until this is dropped"]
pub(crate) struct EnteredSpan(#[cfg(feature = "tracing")] Option<tracing::span::EnteredSpan>);
