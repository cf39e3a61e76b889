//! Waiting for people inside a step.

use super::Context;
use crate::{
    engine::{ExecutionId, Matcher},
    run::{Message, ResponseSlot, Shared, WaitRequest},
    sealed::SEAL,
    workflow::{AskedBy, AwaitedBy, Workflow},
};
use core::{fmt, marker::PhantomData};
use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
    time::Duration,
};

impl<W: Workflow, List> Context<W, List> {
    /// Asks the outside, without waiting for an answer: the prompt is published on the run's stream.
    ///
    /// It is published once, also if the run is [resumed](crate::WorkflowExt::resume) and the step begins again;
    /// a step that fails afterwards and is tried again asks again. Who answers it is another step, by
    /// its [`HumanResponse`](crate::HumanResponse), or a [wait](Self::wait_for). It never waits itself.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Poll;
    /// #[workflow]
    /// impl Poll {
    ///     #[step]
    ///     async fn poll(
    ///         &self,
    ///         ctx: &Context<Self, (InputRequired<String>, HumanResponse<u32>)>,
    ///         Start(names): Start<Vec<String>>,
    ///     ) -> Stop<u32> {
    ///         let asked = names.len();
    ///         names.into_iter().for_each(|name| ctx.ask(name));
    ///         let mut votes = 0;
    ///         for _ in 0..asked {
    ///             votes += ctx.wait_for::<u32>().await;
    ///         }
    ///         Stop(votes)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Poll.run(vec!["Ann".to_owned(), "Bo".to_owned()]).start();
    /// run.send(HumanResponse(1))?;
    /// run.send(HumanResponse(1))?;
    /// assert_eq!(run.result().await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ask(&self, prompt: impl AskedBy<W, List>) {
        self.shared.push_message(Message::Asked { from: self.execution, prompt: prompt.into_prompt(SEAL) });
    }

    /// Waits for an answer of this type from outside: [`RunHandle::send`](crate::RunHandle::send).
    ///
    /// The body is suspended and holds none of its step's `workers` meanwhile; its `timeout` stands
    /// still. An answer goes to the one wait that has waited longest among those that it
    /// [matches](Wait::matching); one that comes too soon is kept until somebody waits for it,
    /// unless a step takes it. Nothing is executed twice, but for one case: if the run is resumed
    /// from a snapshot, or the step fails and is tried again, the body runs again from its top. See
    /// [`Wait`] for what its waits are then, and for what a body may do beside waiting.
    ///
    /// It does nothing until it is first polled. Of a [detached](Self::detached) context it panics then. Without a [`timeout`](Wait::timeout) it waits for ever.
    /// [`guide::human_in_the_loop`](crate::guide::human_in_the_loop) tells more.
    ///
    /// Cancel-safe: an answer that nobody looks at is there for the next who waits.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// #[event] struct Approval { ok: bool }
    /// # #[workflow] struct Release;
    ///
    /// #[workflow]
    /// impl Release {
    ///     #[step]
    ///     async fn release(
    ///         &self,
    ///         ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>)>,
    ///         Start(version): Start<String>,
    ///     ) -> Stop<bool> {
    ///         let approval = ctx.ask_for::<Approval>(format!("release {version}?")).await;
    ///         Stop(approval.ok)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Release.run("1.2".to_owned()).start();
    /// run.send(HumanResponse(Approval { ok: true }))?;
    /// assert!(run.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_for<T: AwaitedBy<W, List>>(&self) -> Wait<'_, W, T> {
        self.new_wait::<T>(None)
    }

    /// Asks the outside, and waits for the answer: [`ask`](Self::ask) and
    /// [`wait_for`](Self::wait_for) in one. The prompt is published when this is first polled, and
    /// once: not again if the step is tried again or the run resumed. `T` is the type of the answer,
    /// inside its `HumanResponse`; nothing but [`matching`](Wait::matching) ties it to this prompt.
    ///
    /// Cancel-safe, as `wait_for`.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Release;
    /// #[workflow]
    /// impl Release {
    ///     #[step]
    ///     async fn release(
    ///         &self,
    ///         ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
    ///         Start(version): Start<String>,
    ///     ) -> Stop<bool> {
    ///         Stop(ctx.ask_for::<bool>(format!("release {version}?")).await)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Release.run("1.2".to_owned()).start();
    /// let mut events = run.events();
    /// let Some(RunEvent::InputRequired(question)) = events.next().await else { panic!() };
    /// assert_eq!(question, "release 1.2?");
    /// run.send(HumanResponse(true))?;
    /// assert!(run.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ask_for<T: AwaitedBy<W, List>>(&self, prompt: impl AskedBy<W, List>) -> Wait<'_, W, T> {
        self.new_wait::<T>(Some(prompt.into_prompt(SEAL)))
    }

    fn new_wait<T: AwaitedBy<W, List>>(&self, prompt: Option<W::Prompt>) -> Wait<'_, W, T> {
        Wait {
            shared: &self.shared,
            execution: self.execution,
            slot: T::SLOT,
            prompt,
            matcher: None,
            timeout: None,
            response: None,
            open: T::from_event,
            answer: PhantomData,
        }
    }
}

/// What a body waits for: the answer. Made by [`Context::wait_for`] and [`Context::ask_for`].
///
/// It waits from its first poll until it is dropped. Cancel-safe: an answer that it was given and nobody
/// has looked at goes to the next who waits.
///
/// It belongs to the body: it can be awaited in a `join!` or a `select!`, in a nested async block, or
/// moved about, but not spawned on as a task of its own. (One of a [clone](Context::clone) of the
/// context can; it never gets an answer once the step has returned.)
///
/// # When the body runs again
///
/// After a [resume](crate::WorkflowExt::resume), and when the step has failed and is tried again, a body
/// that comes to its waits again meets what there was:
///
/// * A wait that had its answer, or had taken too long, is over at once, and nobody answers again.
/// * One that still waited waits on, in its place before those who came later, and its
///   [`timeout`](Self::timeout) goes on.
/// * One that was dropped without an answer is waited for anew.
///
/// None of them publishes its prompt again. A wait is recognised by the type of its answer: those for
/// different types may come in another order than before, as in a `tokio::select!` that is not
/// `biased`, and those for the same type are met in the order in which they were made, except that no
/// answer goes to one that does not [want](Self::matching) it. As long as a body comes by itself to
/// what it has had, it is given nothing new: so a `select!` of waits has the same winner again. Answers
/// that a body does not come to any more are there for others once its step is over.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Remind;
/// #[workflow]
/// impl Remind {
///     #[step]
///     async fn ask(
///         &self,
///         ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
///         Start(question): Start<String>,
///     ) -> Stop<bool> {
///         loop {
///             let hour = tokio::time::sleep(Duration::from_hours(1));
///             tokio::select! {
///                 answer = ctx.ask_for::<bool>(question.clone()) => return Stop(answer),
///                 () = hour => {}
///             }
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Remind.run("go on?".to_owned()).start();
/// let snapshot = run.snapshot().await?;
/// run.cancel();
///
/// let run = Remind.resume(snapshot).start();
/// run.send(HumanResponse(true))?;
/// assert!(run.await?);
/// # Ok(())
/// # }
/// ```
///
/// # What else a body does meanwhile
///
/// What else a body awaits at the same time is not seen: with a wait open, the step counts as waiting
/// for the outside, it holds none of its `workers`, its `timeout` stands still, and a run without a
/// handle ends as [stalled](crate::RunError::Stalled). So a body that races a wait with something else
/// and goes on without its answer may for a while be one more than `workers` allows, until others
/// return: it has no worker to wait for, since nothing has kept it. To wait for so long at most, use
/// [`timeout`](Self::timeout) rather than a `select!` with a sleep: what has taken too long waits for
/// a worker before it goes on, as what is answered does.
#[must_use = "it waits only while it is awaited"]
pub struct Wait<'a, W: Workflow, T> {
    shared: &'a Arc<Shared<W>>,
    execution: ExecutionId,
    slot: u16,
    prompt: Option<W::Prompt>,
    matcher: Option<Matcher<W::Event>>,
    timeout: Option<Duration>,
    /// There from the first poll to the answer.
    response: Option<Arc<ResponseSlot<W>>>,
    open: fn(W::Event) -> Option<T>,
    answer: PhantomData<fn() -> T>,
}

// It is polled by reference only.
impl<W: Workflow, T> Unpin for Wait<'_, W, T> {}

impl<'a, W: Workflow, T: 'static> Wait<'a, W, T> {
    /// Takes only answers for which this holds; the others are for those who wait for them.
    ///
    /// It is asked by the engine for each answer of this type that comes meanwhile, and must not
    /// block; it is to say the same of the same answer each time. Called twice, the last one counts. A panic in it ends the run, and no handler takes it.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// #[event] struct Vote { name: String, yes: bool }
    /// # #[workflow] struct Poll;
    ///
    /// #[workflow]
    /// impl Poll {
    ///     #[step]
    ///     async fn poll(&self, ctx: &Context<Self, (HumanResponse<Vote>,)>, Start(name): Start<String>) -> Stop<bool> {
    ///         Stop(ctx.wait_for::<Vote>().matching(move |vote| vote.name == name).await.yes)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Poll.run("Ann".to_owned()).start();
    /// run.send(HumanResponse(Vote { name: "Bo".to_owned(), yes: false }))?;
    /// run.send(HumanResponse(Vote { name: "Ann".to_owned(), yes: true }))?;
    /// assert!(run.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn matching(mut self, wanted: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        let open = self.open;
        self.matcher = Some(Arc::new(move |event| open(event.clone()).is_some_and(|answer| wanted(&answer))));
        self
    }

    /// Gives up after this time, counted from the first poll, with [`WaitTimedOut`].
    ///
    /// The time goes on while a run lies written down as a [`Snapshot`](crate::Snapshot). With no time at all
    /// it takes an answer that is there already. Needs a tokio runtime with time enabled.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Release;
    /// #[workflow]
    /// impl Release {
    ///     #[step]
    ///     async fn release(&self, ctx: &Context<Self, (HumanResponse<bool>,)>, _: Start<()>) -> Stop<String> {
    ///         match ctx.wait_for::<bool>().timeout(Duration::from_hours(24)).await {
    ///             Ok(yes) => Stop(yes.to_string()),
    ///             Err(late) => Stop(late.to_string()),
    ///         }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Release.run(()).start();
    /// assert_eq!(run.result().await?, "no response within 86400s");
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, after: Duration) -> WaitTimeout<'a, W, T> {
        self.timeout = Some(after);
        WaitTimeout(self)
    }
}

impl<W: Workflow, T> Wait<'_, W, T> {
    /// The answer, or none if nobody answered in time.
    fn poll_outcome(&mut self, cx: &task::Context<'_>) -> Poll<Option<T>> {
        let Some(response) = &self.response else {
            assert!(
                self.execution != ExecutionId::DETACHED,
                "nobody answers a detached context: test what waits with a run that is answered",
            );
            let response = self.response.insert(Arc::new(ResponseSlot::new(cx.waker().clone())));
            let message = WaitRequest {
                from: self.execution,
                slot: self.slot,
                prompt: self.prompt.take(),
                matcher: self.matcher.take(),
                timeout: self.timeout,
                response: Arc::clone(response),
            };
            self.shared.push_message(Message::Wait(Box::new(message)));
            return Poll::Pending;
        };
        let outcome = ready!(response.poll(cx.waker()));
        self.response = None;
        Poll::Ready(outcome.and_then(self.open))
    }
}

impl<W: Workflow, T> Future for Wait<'_, W, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<T> {
        match ready!(self.poll_outcome(cx)) {
            Some(answer) => Poll::Ready(answer),
            // Only one with a timeout takes too long.
            None => Poll::Pending,
        }
    }
}

impl<W: Workflow, T> Drop for Wait<'_, W, T> {
    fn drop(&mut self) {
        if let Some(response) = self.response.take() {
            self.shared.push_message(Message::Unwait { from: self.execution, response });
        }
    }
}

impl<W: Workflow, T> fmt::Debug for Wait<'_, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("answer", &core::any::type_name::<T>()).finish_non_exhaustive()
    }
}

/// A [`Wait`] that gives up after some time. Made by [`Wait::timeout`].
///
/// Cancel-safe, as [`Wait`].
///
/// # Errors
///
/// Awaiting it gives [`WaitTimedOut`] if nobody answered in time.
#[must_use = "it waits only while it is awaited"]
pub struct WaitTimeout<'a, W: Workflow, T>(Wait<'a, W, T>);

impl<W: Workflow, T: 'static> WaitTimeout<'_, W, T> {
    /// As [`Wait::matching`].
    pub fn matching(self, wanted: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        let Self(wait) = self;
        Self(wait.matching(wanted))
    }
}

impl<W: Workflow, T> Future for WaitTimeout<'_, W, T> {
    type Output = Result<T, WaitTimedOut>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let after = self.0.timeout.unwrap_or_default();
        self.0.poll_outcome(cx).map(|outcome| outcome.ok_or(WaitTimedOut(after)))
    }
}

impl<W: Workflow, T> fmt::Debug for WaitTimeout<'_, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Nobody answered in time. What [`Wait::timeout`] fails with; handed on with `?`, it is the step's failure,
/// found inside its [`StepError`](crate::StepError).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no response within {0:?}")]
pub struct WaitTimedOut(
    /// How long was waited.
    pub Duration,
);
