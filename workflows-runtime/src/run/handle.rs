//! Handle to a started run.

use super::{
    event::EventStream,
    id::RunId,
    message::Message,
    prompt::{AnswerError, PromptId},
    result::Waiter,
    shared::Shared,
    waker_set::WaiterId,
};
use crate::{
    error::RunError,
    event::HumanResponse,
    executor::Waiting,
    sealed::SEAL,
    workflow::{Answers, Workflow},
};
use core::{error::Error, fmt};
use std::sync::Arc;

/// A handle to a started run. Created by [`Run::start`](crate::Run::start).
///
/// Await it for the result, read its [`events`](Self::events), [`send`](Self::send) responses, or
/// [`cancel`](Self::cancel) it.
///
/// Awaiting the handle consumes it. Await `&mut handle` or [`result`](Self::result) to keep it; both may
/// be awaited any number of times and are cancel-safe. Dropping the handle detaches the run, which
/// continues; if it then waits for a response that can no longer be sent, it ends as
/// [stalled](RunError::Stalled).
///
/// Awaiting a handle by value gives up the means to send to the run, and awaiting `&mut` of it does not. A future has no
/// such difference, so the handle is not one itself. Macros such as `join!` and `select!` make one of it;
/// [`into_future`](IntoFuture::into_future) does for a `spawn`.
///
/// # Errors
///
/// Awaiting it returns the [`RunError`] of the run.
///
/// ```
/// # use workflows_runtime::prelude::*;
/// # #[workflow] struct Ask;
/// #[workflow]
/// impl Ask {
///     #[step]
///     async fn ask(&self, Start(question): Start<String>) -> InputRequired<String> {
///         InputRequired(question)
///     }
///
///     #[step]
///     async fn done(&self, HumanResponse(answer): HumanResponse<bool>) -> Stop<bool> {
///         Stop(answer)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let run = Ask.run("continue?".to_owned()).start();
/// let mut events = run.events();
/// let Some(RunEvent::InputRequired { id, prompt: question, .. }) = events.next().await else { panic!() };
/// assert_eq!(question, "continue?");
/// run.answer(id, true)?;
/// assert!(run.await?);
/// # Ok(())
/// # }
/// ```
pub struct RunHandle<W: Workflow> {
    pub(super) shared: Arc<Shared<W>>,
    pub(super) waiter_id: WaiterId,
    /// On a thread of a pool: another one takes its place while it waits for the run.
    pub(super) waiting: Option<Waiting>,
    /// The run of a step of another run: dropping the handle cancels it.
    pub(super) is_child: bool,
    /// It is being awaited by value and can no longer send.
    pub(super) given_up: bool,
}

impl<W: Workflow> RunHandle<W> {
    pub(super) fn new(shared: Arc<Shared<W>>, is_child: bool) -> Self {
        Self { shared, waiter_id: 0, waiting: None, is_child, given_up: false }
    }

    /// One of the two handles of a durable child: its host's, and that of the step that has started it, which `is_child`.
    /// The run can be reached through the store, so neither gives it up.
    #[cfg(feature = "durable")]
    pub(super) fn of_durable_child(shared: &Arc<Shared<W>>, is_child: bool) -> Self {
        let mut handle = Self::new(Arc::clone(shared), is_child);
        handle.given_up = true;
        handle
    }

    /// Returns the run's name.
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
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Double.run(21).start();
    /// assert_eq!(run.id().as_str().len(), 10);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn id(&self) -> &RunId {
        self.shared.id()
    }

    /// Returns whether the run has ended.
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
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Double.run(21).start();
    /// assert!(!run.is_finished());
    /// run.result().await?;
    /// assert!(run.is_finished());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.shared.is_finished()
    }

    /// Waits for the end of the run and returns its result.
    ///
    /// May be called any number of times; each call returns a clone. Cancel-safe.
    ///
    /// # Errors
    ///
    /// Returns the [`RunError`] of the run.
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
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Double.run(21).start();
    /// assert_eq!(run.result().await?, 42);
    /// assert_eq!(run.result().await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn result(&self) -> Result<W::Output, RunError> {
        let mut waiter = Waiter::new(&self.shared, self.is_child);
        std::future::poll_fn(|cx| waiter.poll(cx)).await
    }

    /// Returns a reader of the run's events, starting with the first one that is stored: by default, of the last
    /// 1,024 events. See [`EventStream`].
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow(stream = u64)] struct Count;
    /// # #[workflow]
    /// # impl Count {
    /// #     #[step]
    /// #     async fn count(&self, ctx: &Context<Self>, Start(n): Start<u64>) -> Stop<()> {
    /// #         (0..n).for_each(|n| ctx.publish(n));
    /// #         Stop(())
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Count.run(2).start();
    /// let mut events = run.events();
    /// let mut numbers = Vec::new();
    /// while let Some(event) = events.next().await {
    ///     if let RunEvent::Published(number) = event {
    ///         numbers.push(number);
    ///     }
    /// }
    /// assert_eq!(numbers, [0, 1]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn events(&self) -> EventStream<W> {
        EventStream::new(Arc::clone(&self.shared))
    }

    /// Sends a response into the run, for no prompt in particular. To respond to a prompt,
    /// [`answer`](Self::answer) it: a response that is sent twice may reach the next prompt.
    ///
    /// It is delivered to the step that waits for it, starts the steps that take it, or is buffered until a
    /// step waits for it; see
    /// [`guide::human_in_the_loop`](crate::guide::human_in_the_loop#routing-of-responses). Responses are
    /// delivered in the order of the calls. A type that no step of `W` takes does not compile.
    ///
    /// Returns without waiting. `Ok` means that the response is queued; a run that ends before it
    /// processes the response drops it.
    ///
    /// # Errors
    ///
    /// Returns the response in a [`SendError`] if the run has ended.
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
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Ask.run("continue?".to_owned()).start();
    /// run.send(HumanResponse(true))?;
    /// assert!(run.result().await?);
    ///
    /// let error = run.send(HumanResponse(false)).unwrap_err();
    /// assert_eq!(error.to_string(), "the run has ended");
    /// assert_eq!(error.into_inner(), HumanResponse(false));
    /// # Ok(())
    /// # }
    /// ```
    pub fn send<T: Answers<W>>(&self, response: HumanResponse<T>) -> Result<(), SendError<HumanResponse<T>>> {
        match self.shared.try_push_message(Message::External(T::into_event(response, SEAL))) {
            Some(Message::External(event)) => Err(SendError(T::from_event(event))),
            _ => Ok(()),
        }
    }

    /// Answers a prompt.
    ///
    /// The id is in [`RunEvent::InputRequired`](crate::RunEvent::InputRequired) and in
    /// [`open_prompts`](Self::open_prompts). A prompt takes one response. That of an
    /// [`ask_for`](crate::Context::ask_for) reaches this wait and nothing else; that of a step that does not
    /// wait goes to the steps that take the response or, if there are none, to a
    /// [`wait_for`](crate::Context::wait_for), but never to another prompt.
    ///
    /// Returns without waiting. `Ok` means that the prompt was open, and that the response is queued for it. A
    /// run that ends, or a wait that is dropped or times out, before it processes the response drops it. After a
    /// resume, the [`matching`](crate::Wait::matching) of a wait is unknown until its step runs again: if it then rejects
    /// the response, the step asks again with another id.
    ///
    /// # Errors
    ///
    /// Returns the response in an [`AnswerError`] if the prompt is closed, if it expects a response of another
    /// type or with other properties, or if the run has ended.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Pay;
    /// #[workflow]
    /// impl Pay {
    ///     #[step]
    ///     async fn pay(
    ///         &self,
    ///         ctx: &Context<Self, (InputRequired<u32>, HumanResponse<bool>)>,
    ///         Start(bills): Start<u32>,
    ///     ) -> Stop<u32> {
    ///         let mut paid = 0;
    ///         for bill in 0..bills {
    ///             paid += u32::from(ctx.ask_for::<bool>(bill).await);
    ///         }
    ///         Stop(paid)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let run = Pay.run(2).start();
    /// let mut events = run.events();
    /// while let Some(event) = events.next().await {
    ///     if let RunEvent::InputRequired { id, prompt: bill, .. } = event {
    ///         run.answer(id, bill == 0)?;
    ///         // The second click does not answer the next prompt.
    ///         assert!(run.answer(id, true).is_err());
    ///     }
    /// }
    /// assert_eq!(run.await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer<T: Answers<W>>(&self, prompt: PromptId, response: T) -> Result<(), AnswerError<T>> {
        self.shared.answer(prompt, response)
    }

    /// Cancels the run: it ends with [`RunError::Cancelled`].
    ///
    /// Its steps are dropped at their next suspension point; blocking code runs to its end, and its output
    /// is discarded. Returns without waiting; await the handle to wait for the end. After the end of the
    /// run it has no effect.
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
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Ask.run("continue?".to_owned()).start();
    /// run.cancel();
    /// assert!(matches!(run.await, Err(RunError::Cancelled)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel(&self) {
        if self.is_child { self.shared.end_child() } else { self.shared.push_message(Message::Cancel) }
    }
}

impl<W: Workflow> Drop for RunHandle<W> {
    fn drop(&mut self) {
        if self.is_child {
            self.shared.end_child();
        }
        if !self.given_up {
            let gone = self.shared.locked().drop_handle();
            gone.wake_driver();
        }
        if self.waiter_id != 0 {
            let waker = self.shared.locked().event_log.deregister_waiter(self.waiter_id);
            drop(waker);
        }
    }
}

impl<W: Workflow> fmt::Debug for RunHandle<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle").field("workflow", &W::NAME).field("run", &format_args!("{}", self.id())).finish()
    }
}

/// The run has ended and cannot receive the response. Returned by [`RunHandle::send`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(T);

impl<T> SendError<T> {
    /// Returns the response that could not be sent.
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
    /// # async fn main() -> Result<(), RunError> {
    /// let run = Ask.run("continue?".to_owned()).start();
    /// run.cancel();
    /// let _ = run.result().await;
    /// let error = run.send(HumanResponse(true)).unwrap_err();
    /// assert_eq!(error.into_inner(), HumanResponse(true));
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the run has ended")
    }
}

impl<T> Error for SendError<T> {}
