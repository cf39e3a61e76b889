//! `Record`: everything that has happened in a run.

use super::steps::step_named;
use crate::{
    error::{RunError, StepError},
    one_of::Holds,
    run::{Observed, RunEvent, RunOutcome},
    run_trace::RunTrace,
    sealed::SEAL,
    step_event::{StepEvent, StepPhase},
    workflow::{Takes, Workflow},
};
use core::fmt;
use std::time::Duration;

/// Everything that has happened in a run, in order. Returned by awaiting a [`Test`](super::Test).
///
/// Steps are named as in the workflow; a name that no step has panics, with the names of the steps. `Debug` prints the
/// [`timeline`](Self::timeline).
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] #[derive(PartialEq)] struct Word(String);
/// # #[workflow(stream = String)] struct Shout;
/// #[workflow]
/// impl Shout {
///     #[step]
///     async fn split(&self, ctx: &Context<Self, (Word,)>, Start(text): Start<String>) {
///         text.split(' ').for_each(|word| ctx.send(Word(word.to_owned())));
///     }
///
///     #[step]
///     async fn shout(&self, ctx: &Context<Self>, Word(word): Word) -> Option<Stop<()>> {
///         ctx.publish(word.to_uppercase());
///         (word == "end").then_some(Stop(()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let record = Shout.run("the end".to_owned()).test().await;
/// assert_eq!(record.sent::<Word>(), [Word("the".to_owned()), Word("end".to_owned())]);
/// assert_eq!(record.published(), ["THE", "END"]);
/// assert_eq!(record.executions("shout"), 2);
/// # }
/// ```
#[must_use = "the record contains the result of the run"]
pub struct Record<W: Workflow> {
    pub(super) result: Option<Result<W::Output, RunError>>,
    pub(super) state: Box<W::State>,
    pub(super) elapsed: Duration,
    published: Vec<W::Stream>,
    asked: Vec<W::Prompt>,
    steps: Vec<StepEvent>,
    sent: Vec<(u16, W::Event)>,
    returned: Vec<(u16, W::Event)>,
    collected: Vec<(u16, W::Event)>,
    timeline: Vec<String>,
    pub(super) trace: Option<RunTrace>,
}

impl<W: Workflow> Record<W> {
    pub(super) fn new(state: Box<W::State>) -> Self {
        Self {
            result: None,
            state,
            elapsed: Duration::ZERO,
            published: Vec::new(),
            asked: Vec::new(),
            steps: Vec::new(),
            sent: Vec::new(),
            returned: Vec::new(),
            collected: Vec::new(),
            timeline: Vec::new(),
            trace: None,
        }
    }

    pub(super) fn add(&mut self, at: Duration, observed: Observed<W>) {
        let event_of = |event: &W::Event| W::TABLE.inputs[W::slot(event) as usize].key.name();
        let name = |step: u16| W::TABLE.steps[step as usize].name;
        let line = match observed {
            Observed::Event(event) => return self.add_event(at, event),
            Observed::Sent(step, event) => {
                let line = format!("`{}` sent {}", name(step), event_of(&event));
                self.sent.push((step, event));
                line
            }
            Observed::Returned(step, event) => {
                let line = format!("`{}` returned {}", name(step), event_of(&event));
                self.returned.push((step, event));
                line
            }
            Observed::Collected(step, event) => {
                let line = format!("`{}` collected {}", name(step), event_of(&event));
                self.collected.push((step, event));
                line
            }
        };
        self.add_line(at, &line);
    }

    fn add_event(&mut self, at: Duration, event: RunEvent<W>) {
        let line = match event {
            RunEvent::Published(item) => {
                self.published.push(item);
                "published an item".to_owned()
            }
            RunEvent::InputRequired { id, prompt, .. } => {
                self.asked.push(prompt);
                format!("prompt {id}")
            }
            RunEvent::Step(event) => {
                let line = line_of(&event);
                self.steps.push(event);
                line
            }
            RunEvent::Idle => "idle".to_owned(),
            RunEvent::Ended(RunOutcome::Completed) => "completed".to_owned(),
            RunEvent::Ended(RunOutcome::Failed(error)) => format!("ended: {error}"),
            RunEvent::Lagged(_) => return,
        };
        self.add_line(at, &line);
    }

    fn add_line(&mut self, at: Duration, line: &str) {
        self.timeline.push(format!("{:>8.3} s  {line}", at.as_secs_f64()));
    }

    /// Returns the result of the run.
    ///
    /// # Panics
    ///
    /// Panics if the run has not ended, which only a [`TestRun`](super::TestRun) can be asked for.
    #[track_caller]
    pub fn result(&self) -> &Result<W::Output, RunError> {
        self.result.as_ref().unwrap_or_else(|| panic!("the run of `{}` has not ended\n{self:?}", W::NAME))
    }

    /// Returns the output of the run.
    ///
    /// # Panics
    ///
    /// Panics if the run has not completed, with its error and the timeline.
    #[track_caller]
    pub fn output(&self) -> &W::Output {
        match self.result() {
            Ok(output) => output,
            Err(error) => panic!("the run of `{}` has no output: {error}\n{self:?}", W::NAME),
        }
    }

    /// Returns the error with which the run ended.
    ///
    /// # Panics
    ///
    /// Panics if the run has completed, with the timeline.
    #[track_caller]
    pub fn error(&self) -> &RunError {
        match self.result() {
            Ok(_) => panic!("the run of `{}` has completed\n{self:?}", W::NAME),
            Err(error) => error,
        }
    }

    /// Returns the last state of the run.
    #[must_use]
    pub fn state(&self) -> &W::State {
        &self.state
    }

    /// Returns how long the run took: in virtual time, unless the test [uses the real one](super::Test::real_time).
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the items that the steps published, in order.
    #[must_use]
    pub fn published(&self) -> &[W::Stream] {
        &self.published
    }

    /// Returns the published items of one type of a `stream` that is a [`OneOf`](crate::OneOf), in order:
    /// `record.published_of::<Progress, _>()`.
    #[must_use]
    pub fn published_of<T: Clone, Index>(&self) -> Vec<T>
    where
        W::Stream: Holds<T, Index>,
    {
        self.published.iter().filter_map(|item| item.held(SEAL)).cloned().collect()
    }

    /// Returns the prompts of the run, in the order of publication. Prompts that a resumed run publishes again are
    /// contained.
    #[must_use]
    pub fn asked(&self) -> &[W::Prompt] {
        &self.asked
    }

    /// Returns the prompts of one type of a workflow with several, in order: `record.asked_of::<Approve, _>()`.
    #[must_use]
    pub fn asked_of<T: Clone, Index>(&self) -> Vec<T>
    where
        W::Prompt: Holds<T, Index>,
    {
        self.asked.iter().filter_map(|prompt| prompt.held(SEAL)).cloned().collect()
    }

    /// Returns the events of this type that steps sent by [`Context::send`](crate::Context::send), in order.
    #[must_use]
    pub fn sent<E>(&self) -> Vec<E>
    where
        W: Takes<E, 0>,
    {
        events_of::<W, E>(&self.sent)
    }

    /// Returns the events of this type that steps returned, in order.
    #[must_use]
    pub fn returned<E>(&self) -> Vec<E>
    where
        W: Takes<E, 0>,
    {
        events_of::<W, E>(&self.returned)
    }

    /// Returns the events of this type that steps collected by [`Context::collect`](crate::Context::collect), in order.
    #[must_use]
    pub fn collected<E>(&self) -> Vec<E>
    where
        W: Takes<E, 0>,
    {
        events_of::<W, E>(&self.collected)
    }

    /// Returns how many executions of the step started. The attempts of one execution count once.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name.
    #[must_use]
    #[track_caller]
    pub fn executions(&self, step: &str) -> usize {
        let started = self.phases(step).filter(|event| event.phase == StepPhase::Running);
        let mut executions: Vec<_> = started.map(|event| event.execution).collect();
        executions.sort_unstable();
        executions.dedup();
        executions.len()
    }

    /// Returns how many attempts of the step started, over all of its executions.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name.
    #[must_use]
    #[track_caller]
    pub fn attempts(&self, step: &str) -> usize {
        self.phases(step).filter(|event| event.phase == StepPhase::Running).count()
    }

    /// Returns the errors of the step's attempts, in order, with those that were retried or handled.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name.
    #[must_use]
    #[track_caller]
    pub fn errors(&self, step: &str) -> Vec<&StepError> {
        self.phases(step).filter_map(|event| event.error.as_ref()).collect()
    }

    /// Returns the phases of all executions, in order.
    #[must_use]
    pub fn steps(&self) -> &[StepEvent] {
        &self.steps
    }

    /// Returns the names of the steps, in the order in which their attempts started.
    #[must_use]
    pub fn path(&self) -> Vec<&'static str> {
        let started = self.steps.iter().filter(|event| event.phase == StepPhase::Running);
        started.map(|event| event.step).collect()
    }

    /// Returns what has happened, one line each, with the time since the start of the run.
    #[must_use]
    pub fn timeline(&self) -> &[String] {
        &self.timeline
    }

    /// Returns the trace of the run. `None` unless it is [recorded](crate::Run::record_trace):
    /// `Shop.run(30).record_trace(1_000).test()`.
    #[must_use]
    pub fn trace(&self) -> Option<&RunTrace> {
        self.trace.as_ref()
    }

    #[track_caller]
    fn phases(&self, step: &str) -> impl Iterator<Item = &StepEvent> {
        let name = W::TABLE.steps[step_named::<W>(step) as usize].name;
        self.steps.iter().filter(move |event| event.step == name)
    }
}

fn events_of<W: Takes<E, 0>, E>(events: &[(u16, W::Event)]) -> Vec<E> {
    events.iter().filter(|(_, event)| W::is(event)).map(|(_, event)| W::take(event.clone())).collect()
}

fn line_of(event: &StepEvent) -> String {
    let StepEvent { step, execution, attempt, phase, error } = event;
    let phase = match phase {
        StepPhase::Running => "started".to_owned(),
        StepPhase::Overrun => "exceeded the poll budget".to_owned(),
        StepPhase::Done => "is done".to_owned(),
        StepPhase::Retrying { after } => format!("is retried after {after:?}"),
        StepPhase::Failed => "failed".to_owned(),
        StepPhase::Dropped => "was cancelled".to_owned(),
        StepPhase::Abandoned => "was abandoned".to_owned(),
    };
    let error = match error {
        Some(error) => format!(": {error}"),
        None => String::new(),
    };
    format!("`{step}` (execution {execution}, attempt {attempt}) {phase}{error}")
}

impl<W: Workflow> fmt::Debug for Record<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "timeline of `{}`:", W::NAME)?;
        for line in &self.timeline {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}
