//! Helpers that the tests and benches of this workspace share.

use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};
use workflows_runtime::{
    FailedAttempt, Parked, RetryPolicy, RunError, RunEvent, RunHandle, RunOutcome, StepPhase, Workflow,
};

/// `n` milliseconds.
#[must_use]
pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// `n` seconds.
#[must_use]
pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A retry policy: this many attempts in total, each after this delay.
#[derive(Debug)]
pub struct Attempts(pub u32, pub Duration);

impl RetryPolicy for Attempts {
    fn next(&self, failure: &FailedAttempt<'_>) -> Option<Duration> {
        if failure.attempts < self.0 { Some(self.1) } else { None }
    }
}

/// A list of what steps have done, in order. Clones share one list.
#[derive(Debug)]
pub struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Log<T> {
    /// Appends an entry.
    pub fn add(&self, entry: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Removes and returns all entries.
    #[must_use]
    pub fn take(&self) -> Vec<T> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Adds an entry to a log when it is dropped.
#[derive(Debug)]
pub struct LogOnDrop<T: Clone>(pub Log<T>, pub T);

impl<T: Clone> Drop for LogOnDrop<T> {
    fn drop(&mut self) {
        self.0.add(self.1.clone());
    }
}

/// Lets all other tasks of the thread run until they wait.
pub async fn let_others_run() {
    for _ in 0..100 {
        yield_once().await;
    }
}

/// Returns on the second poll, and wakes its task during the first one.
pub async fn yield_once() {
    let mut polled = false;
    poll_fn(|cx| {
        if mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Returns all events of a run.
pub async fn events_of<W: Workflow>(run: &RunHandle<W>) -> Vec<RunEvent<W>> {
    let mut reader = run.events();
    let mut events = Vec::new();
    while let Some(event) = reader.next().await {
        events.push(event);
    }
    events
}

/// Returns all items that the steps of a run have published.
pub async fn published<W: Workflow>(run: &RunHandle<W>) -> Vec<W::Stream> {
    let mut items = Vec::new();
    for event in events_of(run).await {
        if let RunEvent::Published(item) = event {
            items.push(item);
        }
    }
    items
}

/// Describes events as short texts, such as `prompt`, `idle` or `failed: cancelled`.
#[must_use]
pub fn kinds<W: Workflow>(events: &[RunEvent<W>]) -> Vec<String> {
    let kind = |event: &RunEvent<W>| match event {
        RunEvent::Published(_) => "published".to_owned(),
        RunEvent::InputRequired { republished: true, .. } => "prompt again".to_owned(),
        RunEvent::InputRequired { .. } => "prompt".to_owned(),
        RunEvent::Step(step) => format!("{} {}", step.step, phase(step.phase)),
        RunEvent::Idle => "idle".to_owned(),
        RunEvent::Lagged(missed) => format!("lagged {missed}"),
        RunEvent::Ended(RunOutcome::Completed) => "completed".to_owned(),
        RunEvent::Ended(RunOutcome::Failed(error)) => format!("failed: {error}"),
        _ => "unknown".to_owned(),
    };
    // On a busy machine any poll may take long.
    let is_overrun = |event: &&RunEvent<W>| matches!(event, RunEvent::Step(step) if step.phase == StepPhase::Overrun);
    events.iter().filter(|event| !is_overrun(event)).map(kind).collect()
}

fn phase(phase: StepPhase) -> String {
    format!("{phase:?}").to_lowercase()
}

/// Returns the step that failed a run, and the message of its error.
///
/// # Panics
///
/// Panics if the error has another cause.
#[must_use]
#[track_caller]
pub fn failure(error: RunError) -> (&'static str, String) {
    match error {
        RunError::Failed { step, source, .. } => (step, source.to_string()),
        other => panic!("no step failed: {other}"),
    }
}

/// Returns the steps that hold events in a stalled run, and how many.
///
/// # Panics
///
/// Panics if the error has another cause.
#[must_use]
#[track_caller]
pub fn stalled(error: RunError) -> Vec<(String, usize)> {
    match error {
        RunError::Stalled { parked, .. } => {
            parked.into_iter().map(|Parked { step, events, .. }| (step, events)).collect()
        }
        other => panic!("not stalled: {other}"),
    }
}
