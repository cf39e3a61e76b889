//! `TestRun`: a run that a test drives event by event.

use super::{Record, answers::Script, changes::Changes, steps::step_named, time::VirtualTime};
use crate::{
    event::HumanResponse,
    run::{AnswerError, Message, Moved, Observed, OpenPrompt, PromptId, RunEvent, Snapshot, TestDriver},
    run_trace::Recording,
    sealed::SEAL,
    state::State,
    step_event::{StepEvent, StepPhase},
    workflow::{Answers, Workflow},
};
use core::fmt;
use std::{collections::VecDeque, future::poll_fn};

/// A run that a test drives event by event. Created by [`Test::start`](super::Test::start).
///
/// Nothing happens between two calls: the test looks at queues, prompts and state, and answers in between. Dropping it
/// drops the run.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[event] struct Page(u32);
/// # #[workflow] struct Crawl;
/// #[workflow]
/// impl Crawl {
///     #[step]
///     async fn list(&self, Start(pages): Start<u32>) -> Vec<Page> {
///         (1..=pages).map(Page).collect()
///     }
///
///     #[step(workers = 2)]
///     async fn fetch(&self, page: Page) -> Text {
///         tokio::time::sleep(Duration::from_secs(1)).await;
///         Text(page.0)
///     }
/// #   #[step]
/// #   async fn sum(&self, pages: Vec<Text>) -> Stop<u32> {
/// #       Stop(pages.iter().map(|page| page.0).sum())
/// #   }
/// }
/// # #[event] struct Text(u32);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let mut run = Crawl.run(5).test().start();
/// run.until("fetch", StepPhase::Running).await;
/// run.until("fetch", StepPhase::Running).await;
/// assert_eq!((run.running("fetch"), run.queued("fetch")), (2, 3));
///
/// let record = run.finish().await;
/// assert_eq!(record.output(), &15);
/// # }
/// ```
pub struct TestRun<W: Workflow> {
    // Dropped before the time: destructors of steps may use it.
    pub(super) driver: TestDriver<W>,
    pub(super) script: Script<W>,
    changes: Changes,
    record: Record<W>,
    phases: VecDeque<StepEvent>,
    time: Option<VirtualTime>,
    has_begun: bool,
}

impl<W: Workflow> TestRun<W> {
    pub(super) fn new(driver: TestDriver<W>, script: Script<W>, changes: Changes, time: Option<VirtualTime>) -> Self {
        let record = Record::new(driver.shared().state().boxed());
        let mut run = Self { driver, script, changes, record, phases: VecDeque::new(), time, has_begun: false };
        run.observe();
        run
    }

    /// Runs to the next phase of an execution, and returns it. Returns `None` if the run has ended, or if nothing
    /// happens until the test sends a response. If a step waits for one with a timeout, the next call lets time pass.
    ///
    /// At [`StepPhase::Running`], the code of the step has not begun. Cancel-safe.
    pub async fn next(&mut self) -> Option<StepEvent> {
        loop {
            if let Some(event) = self.phases.pop_front() {
                return Some(event);
            }
            if self.advance().await != Moved::On {
                return self.phases.pop_front();
            }
        }
    }

    /// Runs until an execution of this step enters this phase. Waits with a timeout expire. Cancel-safe.
    ///
    /// # Panics
    ///
    /// Panics if the run ends or waits for a response without a timeout before, with the timeline, or if there is no step with this name.
    pub async fn until(&mut self, step: &str, phase: StepPhase) -> StepEvent {
        step_named::<W>(step);
        loop {
            match self.next().await {
                Some(event) if event.step == step && event.phase == phase => return event,
                Some(_) => {}
                None if self.driver.has_paused() => {}
                None => break,
            }
        }
        let why = if self.driver.ended().is_some() { "has ended" } else { "waits for a response" };
        panic!("the run of `{}` {why}, and `{step}` was not {phase:?}\n{:?}", W::NAME, self.record);
    }

    /// Runs to the end, and returns the record of the whole run.
    ///
    /// A run that waits for a response which the test does not send ends with
    /// [`RunError::Stalled`](crate::RunError::Stalled).
    ///
    /// # Panics
    ///
    /// Panics if a [`hang`](super::Fault::hang) keeps the run from its end, and if an answer, a response, a fault or a
    /// replaced step of the test is left over that it does not [allow](super::Test::allow_unused) to be.
    pub async fn finish(mut self) -> Record<W> {
        self.driver.pauses = false;
        while self.advance_to_end().await {}
        self.assert_all_used();
        self.into_record()
    }

    /// Runs to the end as [`finish`](Self::finish). Returns the faults and replaced steps that are left over: another
    /// order of the run may use them.
    pub(super) async fn finish_order(mut self) -> (Record<W>, Vec<String>) {
        while self.advance_to_end().await {}
        self.assert_used(&self.unused_answers());
        let unused = self.unused_changes();
        (self.into_record(), unused)
    }

    /// # Panics
    ///
    /// Panics if the run has not used an answer, a response, a fault or a replaced step of the test.
    pub(super) fn assert_all_used(&self) {
        let mut unused = self.unused_answers();
        unused.extend(self.unused_changes());
        self.assert_used(&unused);
    }

    fn assert_used(&self, unused: &[String]) {
        assert!(
            unused.is_empty(),
            "the run of `{}` has ended, and did not use:\n  {}\n\
             help: remove what is left over, or add `.allow_unused()` to the test\n{:?}",
            W::NAME,
            unused.join("\n  "),
            self.record,
        );
    }

    /// The answers and responses that are left over. Empty if the test allows it.
    fn unused_answers(&self) -> Vec<String> {
        if self.script.allows_unused { Vec::new() } else { self.script.unused() }
    }

    /// The faults and replaced steps that are left over. Empty if the test allows it.
    fn unused_changes(&self) -> Vec<String> {
        if self.script.allows_unused { Vec::new() } else { self.changes.unused(self.driver.overrides()) }
    }

    /// Makes one move towards the end. Returns false at the end.
    pub(super) async fn advance_to_end(&mut self) -> bool {
        match self.advance().await {
            Moved::On => {}
            Moved::Ended => return false,
            Moved::Idle => {
                if let Some(step) = self.driver.hung() {
                    panic!(
                        "the run of `{}` does not end: `{step}` hangs, and no timeout ends it\n{:?}",
                        W::NAME,
                        self.record
                    );
                }
                self.driver.stall();
            }
        }
        true
    }

    pub(super) fn into_record(self) -> Record<W> {
        let Self { driver, mut record, .. } = self;
        record.state = driver.shared().state().boxed();
        record.elapsed = driver.elapsed();
        record.result = driver.ended().cloned();
        record.trace = driver.shared().recording().and_then(Recording::trace);
        record
    }

    /// Makes one move of the run.
    async fn advance(&mut self) -> Moved {
        if !self.has_begun {
            if let Some(time) = &self.time {
                time.align().await;
            }
            self.has_begun = true;
        }
        loop {
            if self.driver.is_seeded() {
                // Executions that yield are woken only when the task does. Then the seed can choose them.
                tokio::task::yield_now().await;
            }
            let moved = poll_fn(|cx| self.driver.poll_move(cx)).await;
            self.observe();
            if moved != Moved::Idle || !self.respond() {
                return moved;
            }
        }
    }

    /// Records what has happened, and answers the prompts.
    fn observe(&mut self) {
        let at = self.driver.elapsed();
        for observed in self.driver.take_observed() {
            if let Observed::Event(event) = &observed {
                match event {
                    RunEvent::Step(event) => self.phases.push_back(event.clone()),
                    RunEvent::InputRequired { id, prompt, .. } => {
                        self.script.reply(*id, prompt, self.driver.shared());
                    }
                    _ => {}
                }
            }
            self.record.add(at, observed);
        }
    }

    /// Sends a response to a run that waits for one. Returns false if the test has none.
    fn respond(&mut self) -> bool {
        for OpenPrompt { id, prompt } in self.driver.shared().open_prompts() {
            if self.script.reply(id, &prompt, self.driver.shared()) {
                return true;
            }
        }
        match self.script.responses.pop_front() {
            Some(response) => {
                (response.send)(self.driver.shared());
                true
            }
            None => false,
        }
    }

    /// Returns the number of inputs that wait for a worker of the step.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name.
    #[must_use]
    #[track_caller]
    pub fn queued(&self, step: &str) -> usize {
        self.driver.queued(step_named::<W>(step))
    }

    /// Returns the number of executions of the step that have started and not returned.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name.
    #[must_use]
    #[track_caller]
    pub fn running(&self, step: &str) -> usize {
        self.driver.running(step_named::<W>(step))
    }

    /// Returns the open prompts, in the order of publication.
    #[must_use]
    pub fn open_prompts(&self) -> Vec<OpenPrompt<W>> {
        self.driver.shared().open_prompts()
    }

    /// Answers a prompt, as [`RunHandle::answer`](crate::RunHandle::answer).
    ///
    /// # Errors
    ///
    /// Returns the response if the prompt does not accept it.
    pub fn answer<T: Answers<W>>(&mut self, id: PromptId, response: T) -> Result<(), AnswerError<T>> {
        self.driver.shared().answer(id, response)
    }

    /// Sends a response, as [`RunHandle::send`](crate::RunHandle::send). Ignored after the end of the run.
    pub fn send<T: Answers<W>>(&mut self, response: HumanResponse<T>) {
        self.driver.shared().push_message(Message::External(T::into_event(response, SEAL)));
    }

    /// Cancels the run.
    pub fn cancel(&mut self) {
        self.driver.shared().push_message(Message::Cancel);
    }

    /// Returns the state of the run.
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        self.driver.shared().state()
    }

    /// Takes a snapshot. `None` after the end of the run, or if a message to the run is not delivered yet: then make
    /// another move.
    pub fn snapshot(&mut self) -> Option<Snapshot<W>> {
        let snapshot = self.driver.snapshot();
        self.observe();
        snapshot
    }

    /// Returns what has happened so far.
    pub fn record(&self) -> &Record<W> {
        &self.record
    }
}

impl<W: Workflow> fmt::Debug for TestRun<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record.fmt(f)
    }
}
