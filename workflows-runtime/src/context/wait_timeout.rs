//! Waits with a timeout.

use super::wait::Wait;
use crate::workflow::Workflow;
use core::fmt;
use std::{
    pin::Pin,
    task::{self, Poll},
    time::Duration,
};

/// A [`Wait`] with a timeout. Created by [`Wait::timeout`]. Cancel-safe, like [`Wait`].
///
/// # Errors
///
/// Awaiting it returns [`WaitTimedOut`] if no response arrives in time, or once the attempt has ended.
#[must_use = "futures do nothing unless polled"]
pub struct WaitTimeout<'a, W: Workflow, T>(pub(super) Wait<'a, W, T>);

impl<W: Workflow, T: 'static> WaitTimeout<'_, W, T> {
    /// The same as [`Wait::matching`].
    pub fn matching(self, wanted: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        let Self(wait) = self;
        Self(wait.matching(wanted))
    }
}

impl<W: Workflow, T> Future for WaitTimeout<'_, W, T> {
    type Output = Result<T, WaitTimedOut>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let after = self.0.limit();
        self.0.poll_outcome(cx).map(|outcome| outcome.ok_or(WaitTimedOut(after)))
    }
}

impl<W: Workflow, T> fmt::Debug for WaitTimeout<'_, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// No response arrived in time. The error of [`Wait::timeout`]; returned with `?`, it is found inside the
/// step's [`StepError`](crate::StepError).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no response within {0:?}")]
pub struct WaitTimedOut(
    /// The timeout.
    pub Duration,
);
