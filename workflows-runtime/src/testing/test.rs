//! `Test`: a run, with the answers and the changes of a test.

use super::{
    Attempts, Fault, Record, TestRun,
    answers::Script,
    changes::Changes,
    steps::{StubInput, step_like, step_named},
    time::VirtualTime,
};
use crate::{
    engine::{Effects, Events},
    error::StepError,
    one_of::Holds,
    run::{self, Overrides, Run, Stub, TestDriver},
    sealed::SEAL,
    signature::Emit,
    workflow::{Answers, Workflow},
};
use core::fmt;
use std::{future::ready, pin::Pin, sync::Arc};

/// The test of a run. Created by [`Run::test`].
///
/// Awaiting it drives the run to its end and returns the [`Record`]; [`start`](Self::start) drives it event by event. The
/// run behaves as a started one, with these differences: each prompt must have an [answer](Self::answer), the run is
/// named `test` unless it has a [name](Run::id), time is [virtual](super#virtual-time), and polls are not timed.
///
/// # Panics
///
/// Awaiting it panics
///
/// * if a prompt has no answer, with the prompt,
/// * if the run did not use everything: an answer, a response, a fault that affected no attempt, or a replaced step that
///   did not run, each with its place, unless the test [allows that](Self::allow_unused),
/// * outside of tokio's current-thread runtime, unless it uses the [real time](Self::real_time).
#[must_use = "a test does nothing unless it is awaited or started"]
pub struct Test<W: Workflow> {
    pub(super) run: Run<W>,
    pub(super) overrides: Overrides<W>,
    pub(super) script: Script<W>,
    changes: Changes,
    seed: Option<u64>,
    is_real_time: bool,
}

impl<W: Workflow> Run<W> {
    /// Turns this run into a test. Needs the feature `testing`; see [`testing`](crate::testing).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Double;
    /// # #[workflow]
    /// # impl Double {
    /// #     #[step]
    /// #     async fn double(&self, Start(n): Start<u64>) -> Stop<u64> {
    /// #         Stop(n * 2)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let record = Double.run(21).test().await;
    /// assert_eq!(record.output(), &42);
    /// assert_eq!(record.executions("double"), 1);
    /// # }
    /// ```
    pub fn test(self) -> Test<W> {
        Test {
            run: self,
            overrides: Overrides::default(),
            script: Script::default(),
            changes: Changes::default(),
            seed: None,
            is_real_time: false,
        }
    }
}

impl<W: Workflow> Test<W> {
    /// Answers one prompt with `response`: several calls answer as many prompts, in order.
    ///
    /// A prompt is answered as soon as it is published, by the first `answer` or
    /// [`answer_with`](Self::answer_with), in the order of the calls, that applies to it. An answer that is left over at
    /// the end of the run fails the test, unless it [allows that](Self::allow_unused).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Ask;
    /// # #[workflow]
    /// # impl Ask {
    /// #     #[step]
    /// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
    /// #         InputRequired(question)
    /// #     }
    /// #     #[step]
    /// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
    /// #         Stop(answer)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let record = Ask.run("deploy?".to_owned()).test().answer(true).await;
    /// assert_eq!(record.asked(), ["deploy?"]);
    /// assert_eq!(record.output(), &true);
    /// # }
    /// ```
    #[track_caller]
    pub fn answer<T: Answers<W> + Send + 'static>(mut self, response: T) -> Self {
        self.script.answer(response);
        self
    }

    /// Answers each prompt of type `P` for which `answer` returns a response.
    ///
    /// If the workflow has prompts of several types, `P` is the one that the closure takes. It may answer no prompt at all.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Ask;
    /// # #[workflow]
    /// # impl Ask {
    /// #     #[step]
    /// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
    /// #         InputRequired(question)
    /// #     }
    /// #     #[step]
    /// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
    /// #         Stop(answer)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let test = Ask.run("deploy?".to_owned()).test();
    /// let record = test.answer_with(|question: &String| Some(question.ends_with('?'))).await;
    /// assert_eq!(record.output(), &true);
    /// # }
    /// ```
    pub fn answer_with<P, Index, T: Answers<W>>(
        mut self,
        mut answer: impl FnMut(&P) -> Option<T> + Send + 'static,
    ) -> Self
    where
        W::Prompt: Holds<P, Index>,
    {
        self.script.answer_with(move |prompt: &W::Prompt| answer(prompt.held(SEAL)?));
        self
    }

    /// Sends a response that answers no prompt, once nothing else happens in the run. Several calls send in order. A
    /// response that is left over at the end of the run fails the test, unless it [allows that](Self::allow_unused).
    #[track_caller]
    pub fn send<T: Answers<W> + Send + 'static>(mut self, response: T) -> Self {
        self.script.send(response);
        self
    }

    /// Lets prompts without an answer stay open. A run that waits for one ends by its timeout, or else as
    /// [stalled](crate::RunError::Stalled). Default: a prompt without an answer fails the test at once.
    pub fn leave_open(mut self) -> Self {
        self.script.leaves_open = true;
        self
    }

    /// Allows [answers](Self::answer), [responses](Self::send), [faults](Self::fault) and [replaced](Self::replace) steps
    /// that the run does not use, for example in a setup that several tests share. Default: one that is left over fails
    /// the test, with its place.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Ask;
    /// # #[workflow]
    /// # impl Ask {
    /// #     #[step]
    /// #     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
    /// #         InputRequired(question)
    /// #     }
    /// #     #[step]
    /// #     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
    /// #         Stop(answer)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let record = Ask.run("deploy?".to_owned()).test().answer(true).answer(false).allow_unused().await;
    /// assert_eq!(record.output(), &true);
    /// # }
    /// ```
    pub fn allow_unused(mut self) -> Self {
        self.script.allows_unused = true;
        self
    }

    /// Executes `stub` instead of the step.
    ///
    /// The closure takes the event parameter of the step, or a tuple if there are several, and returns an output of it:
    /// the same type, or a part of it such as one event of a [`OneOf`](crate::OneOf). It may return a `Result` whose
    /// error is a failure of the step. Timeouts, retries and workers of the step apply. A blocking step is replaced on
    /// the thread of the test. A replaced step that never runs fails the test, unless it
    /// [allows that](Self::allow_unused).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Page { text: String }
    /// # #[workflow] struct Read;
    /// #[workflow]
    /// impl Read {
    ///     #[step]
    ///     #[blocking(io)]
    ///     fn fetch(&self, Start(path): Start<String>) -> StepResult<Page> {
    ///         Ok(Page { text: std::fs::read_to_string(path)? })
    ///     }
    ///
    ///     #[step]
    ///     async fn show(&self, page: Page) -> Stop<usize> {
    ///         Stop(page.text.len())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let test = Read.run("news.txt".to_owned()).test();
    /// let record = test.replace("fetch", |Start(path): Start<String>| Page { text: path }).await;
    /// assert_eq!(record.output(), &8);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name, or if the closure takes or returns something else. An event that no
    /// step takes does not compile (W036, W041).
    #[track_caller]
    pub fn replace<I, O>(self, step: &str, stub: impl Fn(I) -> O + Send + Sync + 'static) -> Self
    where
        I: StubInput<W>,
        O: Emit<W>,
    {
        let number = step_like::<W, I, O>(step);
        let stub: Stub<W> = Arc::new(move |mut events: Events<'_, W>| {
            let output = stub(I::take(&mut events));
            Box::pin(ready(effects(output)))
        });
        self.with_stub(step, number, stub)
    }

    /// Executes the future of `stub` instead of the step, as [`replace`](Self::replace).
    ///
    /// # Panics
    ///
    /// As [`replace`](Self::replace).
    #[track_caller]
    pub fn replace_async<I, O, F>(self, step: &str, stub: impl Fn(I) -> F + Send + Sync + 'static) -> Self
    where
        I: StubInput<W>,
        O: Emit<W>,
        F: Future<Output = O> + Send + 'static,
    {
        let number = step_like::<W, I, O>(step);
        let stub: Stub<W> = Arc::new(move |mut events: Events<'_, W>| {
            let output = stub(I::take(&mut events));
            Box::pin(async move { effects(output.await) })
        });
        self.with_stub(step, number, stub)
    }

    #[track_caller]
    fn with_stub(mut self, name: &str, step: u16, stub: Stub<W>) -> Self {
        self.changes.replace(name, step);
        self.overrides.stubs.insert(step, stub);
        self
    }

    /// Lets these attempts of the step fail, panic, hang or take longer: see [`Fault`].
    ///
    /// `attempts` is a number from 1, or a range: `1..=3`, `2..`, `..`. If several faults affect an attempt, the first one
    /// applies. A fault applies to a [replaced](Self::replace) step as well. A fault that affects no attempt fails the test,
    /// unless it [allows that](Self::allow_unused).
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name, or if there are no such attempts.
    #[track_caller]
    pub fn fault(mut self, step: &str, attempts: impl Into<Attempts>, fault: Fault) -> Self {
        let attempts = attempts.into();
        assert!(
            attempts.first > 0 && attempts.first <= attempts.last,
            "there are no attempts {attempts} of `{step}`\nhelp: attempts are numbered from 1"
        );
        self.changes.fault(step, attempts, self.overrides.faults.len());
        let step = step_named::<W>(step);
        let Fault { kind, execution } = fault;
        let Attempts { first, last } = attempts;
        self.overrides.faults.push((run::Attempts { step, first, last, execution }, kind));
        self
    }

    /// Executes the run in the order of this seed: see [`interleave`](super::interleave()). Default: the order of a run
    /// outside of tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Uses the real time, in any runtime of tokio. Use it for a run that does I/O of its own: a clock that is paused
    /// advances while a socket is awaited.
    pub fn real_time(mut self) -> Self {
        self.is_real_time = true;
        self
    }

    /// Starts the run, to drive it event by event. A prompt without an answer stays open, and time does not pass while
    /// only a response can let the run continue, unless the test [leaves prompts open](Self::leave_open). At a wait with a
    /// timeout, [`next`](TestRun::next) returns `None` once, and lets it expire if it is called again.
    ///
    /// # Panics
    ///
    /// Panics outside of tokio's current-thread runtime, unless it uses the [real time](Self::real_time).
    #[track_caller]
    pub fn start(mut self) -> TestRun<W> {
        let waits_for_timeout = self.script.leaves_open;
        self.script.leaves_open = true;
        let mut run = self.begin();
        run.driver.leaves_open = waits_for_timeout;
        run.driver.pauses = !waits_for_timeout;
        run
    }

    #[track_caller]
    pub(super) fn begin(self) -> TestRun<W> {
        let time = if self.is_real_time { None } else { Some(VirtualTime::enter()) };
        let mut driver = TestDriver::new(self.run, self.overrides, self.seed);
        driver.leaves_open = self.script.leaves_open;
        TestRun::new(driver, self.script, self.changes, time)
    }
}

fn effects<W: Workflow, O: Emit<W>>(output: O) -> Result<Effects<W>, StepError> {
    let mut effects = Effects::new();
    output.emit(&mut effects, 0)?;
    Ok(effects)
}

impl<W: Workflow> IntoFuture for Test<W> {
    type Output = Record<W>;
    type IntoFuture = Pin<Box<dyn Future<Output = Record<W>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.begin().finish().await })
    }
}

impl<W: Workflow> fmt::Debug for Test<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Test").field("run", &self.run).field("seed", &self.seed).finish_non_exhaustive()
    }
}
