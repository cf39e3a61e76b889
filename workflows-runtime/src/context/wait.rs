//! Prompts and waits in a step.

use super::{Context, ended_wait::EndedWait, wait_timeout::WaitTimeout};
use crate::{
    engine::{ExecutionId, Matcher},
    executor::Waiting,
    run::{CancelFlag, Message, RequestedResponse, ResponseSlot, Shared, WaitRequest},
    sealed::SEAL,
    workflow::{AskedBy, AwaitedBy, Held, Workflow},
};
use core::{fmt, marker::PhantomData};
use std::{
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
    time::Duration,
};

impl<W: Workflow, List> Context<W, List> {
    /// Publishes a prompt without waiting for a response.
    ///
    /// A prompt is published once, also if the run is [resumed](crate::WorkflowExt::resume) and the step starts
    /// again. A retry publishes a new one, and closes that of the failed attempt. The response goes to a step that takes its
    /// [`HumanResponse`](crate::HumanResponse), or to a [wait](Self::wait_for). Never waits. After the end of the
    /// attempt the call is ignored.
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
        self.shared.push_message(Message::Asked { from: self.execution, prompt: Held::hold(prompt.into_prompt(SEAL)) });
    }

    /// Waits for a response of this type, sent by [`RunHandle::send`](crate::RunHandle::send).
    ///
    /// While it waits, the step is suspended: it occupies none of its `workers` and its `timeout` is paused.
    /// A response goes to the oldest wait that it [matches](Wait::matching). One without a wait is buffered,
    /// unless a step takes it. If the run is resumed from a snapshot, or the step is retried, the step runs
    /// again from its start; [`Wait`] describes how its waits are replayed.
    ///
    /// Does nothing until it is first polled. Without a [`timeout`](Wait::timeout) it waits forever. See
    /// [`guide::human_in_the_loop`](crate::guide::human_in_the_loop).
    ///
    /// Cancel-safe: a response that is not returned goes to the next wait.
    ///
    /// # Panics
    ///
    /// Polling it panics for a [detached](Self::detached) context.
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

    /// Publishes a prompt and waits for the response: [`ask`](Self::ask) and [`wait_for`](Self::wait_for) in
    /// one.
    ///
    /// The prompt is published when the future is first polled, and only once: neither a retry nor a resume
    /// publishes a new one. `T` is the type inside the `HumanResponse`.
    /// [`RunHandle::answer`](crate::RunHandle::answer) responds to this prompt. A response by
    /// [`send`](crate::RunHandle::send) goes to the oldest wait of this type; use
    /// [`matching`](Wait::matching) to tie it to the prompt.
    ///
    /// Cancel-safe, like [`wait_for`](Self::wait_for).
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
    /// let Some(RunEvent::InputRequired { id, prompt: question, .. }) = events.next().await else { panic!() };
    /// assert_eq!(question, "release 1.2?");
    /// run.answer(id, true)?;
    /// assert!(run.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn ask_for<T: AwaitedBy<W, List>>(&self, prompt: impl AskedBy<W, List>) -> Wait<'_, W, T> {
        self.new_wait::<T>(Some(Held::hold(prompt.into_prompt(SEAL))))
    }

    fn new_wait<T: AwaitedBy<W, List>>(&self, prompt: Option<W::HeldPrompt>) -> Wait<'_, W, T> {
        Wait {
            shared: &self.shared,
            execution: self.execution,
            status: self.cancel_flag.as_ref(),
            slot: T::SLOT,
            prompt,
            matcher: None,
            timeout: None,
            response: None,
            ended: None,
            waiting: None,
            open: T::from_event,
            answer: PhantomData,
        }
    }
}

/// A wait for a response. Created by [`Context::wait_for`] and [`Context::ask_for`].
///
/// It waits from its first poll until it is dropped. Cancel-safe: a response that is not returned goes to the
/// next wait.
///
/// It belongs to the step: use it in a `join!`, a `select!` or a nested async block. It cannot be moved to a
/// spawned task. (A wait of a [cloned](Context::clone) context can.)
///
/// # Replay
///
/// After a [resume](crate::WorkflowExt::resume), and in a retry, the step runs again and its waits are replayed:
///
/// * A wait that had received its response, or had timed out, returns immediately with the same outcome.
/// * A wait that was pending continues to wait, before waits of later steps, and its
///   [`timeout`](Self::timeout) continues.
/// * A wait that was dropped without a response waits anew. The last 16 of them are recorded.
///
/// No recorded wait publishes a new prompt: the prompt is open again with the same id. (A resumed run publishes
/// its open prompts again when it starts.) Waits are identified by the type of their response: waits for different
/// types may be created in another order than before, as by a `tokio::select!` without `biased`. Waits for
/// one type are matched in the order of their creation, except that a wait never receives a response that it
/// does not [match](Self::matching). While a step replays, it receives nothing new, so a `select!` of waits
/// has the same winner. Responses that the step no longer waits for are released when it ends.
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
/// # Waiting and other work
///
/// A step with an open wait is considered suspended, even if it also awaits something else: it occupies none
/// of its `workers`, its `timeout` is paused, and a run without a handle ends as
/// [stalled](crate::RunError::Stalled). A step that races a wait with other work and continues without a
/// response may exceed `workers` by one for a while. To limit a wait, prefer [`timeout`](Self::timeout) to a
/// `select!` with a sleep: after a timeout the step waits for a free worker, as it does after a response.
///
/// # After the end of the attempt
///
/// The future of a step is dropped with its attempt. Blocking code and spawned tasks continue, and a wait in them
/// receives nothing any more. With a [`timeout`](Self::timeout) it returns [`WaitTimedOut`](crate::WaitTimedOut) at once.
///
/// Without a timeout it stays pending until the attempt is [cancelled](Context::cancelled) or the run has ended.
/// Then it unwinds the stack, so it ends a `block_on`, and drops the values of the code that waits. In blocking code of
/// this crate nothing else happens. A tokio task ends with a [`JoinError`](tokio::task::JoinError), and another thread
/// panics. To end in another way, use `tokio::select!` with [`Context::cancelled`], which comes first.
///
/// If panics abort the process, which cannot unwind, the wait stays pending.
#[must_use = "futures do nothing unless polled"]
pub struct Wait<'a, W: Workflow, T> {
    shared: &'a Arc<Shared<W>>,
    execution: ExecutionId,
    /// Of a context that may outlive the attempt.
    status: Option<&'a CancelFlag>,
    slot: u16,
    prompt: Option<W::HeldPrompt>,
    matcher: Option<Matcher<W::Event>>,
    timeout: Option<Duration>,
    /// There from the first poll to the answer.
    response: Option<Arc<ResponseSlot<W>>>,
    /// Set once the attempt has ended, unless there is a timeout.
    ended: Option<Box<EndedWait<W>>>,
    /// On a thread of a pool: another one takes its place while it waits.
    waiting: Option<Waiting>,
    open: fn(W::Event) -> Option<T>,
    answer: PhantomData<fn() -> T>,
}

// It is polled by reference only.
impl<W: Workflow, T> Unpin for Wait<'_, W, T> {}

impl<'a, W: Workflow, T: 'static> Wait<'a, W, T> {
    /// Accepts only responses for which the closure returns `true`. Others are left to other waits.
    ///
    /// The engine calls it for each response of this type; it must be pure and must not block. A second call
    /// replaces the first closure. A panic ends the run, and no handler takes it.
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

    /// Limits the wait, counted from its first poll. It then returns [`WaitTimedOut`](crate::WaitTimedOut).
    ///
    /// The time elapses also while the run is stored as a [`Snapshot`](crate::Snapshot). With a zero duration
    /// only a buffered response is returned. Needs a tokio runtime with time enabled.
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
    /// Returns the response, or `None` after the timeout or the end of the attempt.
    pub(super) fn poll_outcome(&mut self, cx: &task::Context<'_>) -> Poll<Option<T>> {
        let polled = self.poll_response(cx);
        Waiting::note(&mut self.waiting, polled.is_pending());
        polled
    }

    fn poll_response(&mut self, cx: &task::Context<'_>) -> Poll<Option<T>> {
        let Some(response) = &self.response else {
            assert!(
                self.execution != ExecutionId::DETACHED,
                "a detached context receives no responses; to test a wait, start a run and send the response",
            );
            let response = self.response.insert(Arc::new(ResponseSlot::new(cx.waker().clone())));
            let message = WaitRequest {
                from: self.execution,
                slot: self.slot,
                prompt: self.prompt.take(),
                matcher: self.matcher.take(),
                timeout: self.timeout,
                response: RequestedResponse::new(response),
            };
            self.shared.push_message(Message::Wait(Box::new(message)));
            return Poll::Pending;
        };
        let outcome = ready!(response.poll(cx.waker()));
        self.response = None;
        Poll::Ready(outcome.and_then(self.open))
    }

    pub(super) fn limit(&self) -> Duration {
        self.timeout.unwrap_or_default()
    }
}

impl<W: Workflow, T> Future for Wait<'_, W, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<T> {
        let this = &mut *self;
        if this.ended.is_none() {
            if let Some(answer) = ready!(this.poll_outcome(cx)) {
                return Poll::Ready(answer);
            }
            // Only a wait with a timeout times out, so the attempt has ended.
            this.ended = Some(Box::new(EndedWait::new(this.shared, this.execution, this.status)));
        }
        if let Some(ended) = &mut this.ended {
            ended.poll(cx);
        }
        Waiting::note(&mut this.waiting, true);
        Poll::Pending
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
