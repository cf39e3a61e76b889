//! Takes the place of `meters` without the feature `metrics`.

use super::RunEnd;
use crate::step_event::StepEvent;
use std::time::Duration;

/// The meter of a run: there is none.
pub(crate) enum RunMeter {}

impl RunMeter {
    pub(crate) fn phase(&self, _: &StepEvent) {
        match *self {}
    }

    pub(crate) fn end(&self, _: RunEnd) {
        match *self {}
    }
}

#[inline]
pub(crate) fn overrun(_: &'static str, _: &str) {}

#[inline]
pub(crate) fn job_queued(_: &str, _: usize) {}

#[inline]
pub(crate) fn job_dequeued(_: &str, _: usize) {}

#[inline]
pub(crate) fn job_started(_: &str, _: Duration) {}

#[inline]
pub(crate) fn job_ended(_: &str) {}
