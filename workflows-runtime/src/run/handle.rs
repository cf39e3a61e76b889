//! The outside's hold on a started run.

use super::{
    event::EventStream,
    event_log::{Ended, WaiterId},
    id::RunId,
    mailbox::Message,
    shared::{Gone, Locked, Shared},
    snapshot::{Snapshot, SnapshotError},
};
use crate::{
    error::RunError,
    event::HumanResponse,
    state::State,
    workflow::{Answers, Workflow},
};
use core::fmt;
use std::{
    pin::Pin,
    sync::{Arc, MutexGuard, OnceLock},
    task::{Context, Poll},
};
use tokio::sync::oneshot;

/// A started run: await it for the result, read its events, answer it, cancel it.
///
/// Awaiting gives the result, or the [`RunError`] with which the run ended. Awaiting `&mut handle`
/// or [`result`](Self::result) gives it as often as one likes; awaiting the handle itself gives the
/// handle up. Without a handle, dropped or awaited, the run goes on; if it then waits for an answer
/// that nobody can send any more, it ends as [stalled](RunError::Stalled).
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
/// # async fn main() -> Result<(), RunError> {
/// let run = Ask.run("go on?".to_owned()).start();
/// let mut events = run.events();
/// let Some(RunEvent::InputRequired(question)) = events.next().await else { panic!() };
/// assert_eq!(question, "go on?");
/// run.send(HumanResponse(true));
/// assert!(run.await?);
/// # Ok(())
/// # }
/// ```
pub struct RunHandle<W: Workflow> {
    shared: Arc<Shared<W>>,
    waiter_id: WaiterId,
    /// It belongs to a step of another run, and ends with it.
    is_child: bool,
    /// Nothing can be sent with it any more.
    given_up: bool,
}

impl<W: Workflow> RunHandle<W> {
    pub(super) fn new(shared: Arc<Shared<W>>, is_child: bool) -> Self {
        Self { shared, waiter_id: 0, is_child, given_up: false }
    }

    /// Waits for the end, and gives the handle up.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        let mut locked = self.shared.locked();
        let gone = (!std::mem::replace(&mut self.given_up, true)).then(|| locked.drop_handle());
        let polled = poll_result(&self.shared.result, locked, &mut self.waiter_id, cx);
        gone.into_iter().for_each(Gone::tell);
        polled
    }

    /// The run's name.
    #[must_use]
    pub fn id(&self) -> &RunId {
        self.shared.id()
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.shared.is_finished()
    }

    /// Waits for the run's end.
    ///
    /// Cancel-safe, and may be called again with the same outcome.
    ///
    /// # Errors
    ///
    /// The [`RunError`] with which the run ended.
    pub async fn result(&self) -> Result<W::Output, RunError> {
        let mut waiter = Waiter { shared: &self.shared, waiter_id: 0 };
        std::future::poll_fn(|cx| waiter.poll(cx)).await
    }

    /// The run's events, from the first one on.
    #[must_use]
    pub fn events(&self) -> EventStream<W> {
        EventStream::new(Arc::clone(&self.shared))
    }

    /// Sends an answer into the run. Only what some step of `W` takes can be sent.
    ///
    /// It is queued behind what has been sent before, and never waits. It goes to the body that waits for
    /// it, to the steps that take it, or is kept until a body wants it:
    /// [who gets an answer](crate::guide::human_in_the_loop#who-gets-an-answer). After the end of the run it has no
    /// effect.
    pub fn send<T: Answers<W>>(&self, answer: HumanResponse<T>) {
        self.shared.push_message(Message::External(T::into_event(answer)));
    }

    /// Asks the run to end with [`RunError::Cancelled`]; its executions are dropped at their next
    /// suspension. Returns at once; await the handle to know that it has happened. After the end
    /// of the run it has no effect.
    pub fn cancel(&self) {
        self.shared.push_message(Message::Cancel);
    }

    /// All that the run is at, to be written down and [resumed](crate::WorkflowExt::resume) later, in this process
    /// or another one. The run goes on.
    ///
    /// It is made between two polls of the run's steps, at once if the run is not busy or still waits
    /// for its turn. A run that was cancelled or has timed out can be written down afterwards too, as
    /// it was at its end.
    ///
    /// Cancel-safe. Costs a copy of the run's queues and state.
    ///
    /// # Errors
    ///
    /// [`SnapshotError::Ended`] if the run has come to a result or an error, or its task was dropped;
    /// its last [`state`](Self::state) is there all the same.
    pub async fn snapshot(&self) -> Result<Snapshot<W>, SnapshotError> {
        let (reply, snapshot) = oneshot::channel();
        self.shared.push_message(Message::Snapshot(reply));
        if let Ok(snapshot) = snapshot.await {
            return Ok(*snapshot);
        }
        // Its driver is gone; what it has left behind comes before its last word.
        let _ = self.result().await;
        self.shared.take_final_snapshot().map(|content| Snapshot(Ok(*content))).ok_or(SnapshotError::Ended)
    }

    /// The run's state, during the run and after it.
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        self.shared.state()
    }

    /// How many polls of the run's steps have taken longer than its
    /// [`poll_budget`](crate::Run::poll_budget) so far.
    #[must_use]
    pub fn overruns(&self) -> u64 {
        self.shared.overruns()
    }
}

/// One who waits for the result; in the way of nobody once it is dropped.
struct Waiter<'a, W: Workflow> {
    shared: &'a Shared<W>,
    waiter_id: WaiterId,
}

impl<W: Workflow> Waiter<'_, W> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<W::Output, RunError>> {
        poll_result(&self.shared.result, self.shared.locked(), &mut self.waiter_id, cx)
    }
}

impl<W: Workflow> Drop for Waiter<'_, W> {
    fn drop(&mut self) {
        if self.waiter_id != 0 {
            let waker = self.shared.locked().event_log.deregister_waiter(self.waiter_id);
            drop(waker);
        }
    }
}

fn poll_result<W: Workflow>(
    result: &OnceLock<Ended<W>>,
    mut locked: MutexGuard<'_, Locked<W>>,
    waiter_id: &mut WaiterId,
    cx: &mut Context<'_>,
) -> Poll<Result<W::Output, RunError>> {
    if let Some(ended) = result.get() {
        // The user's `Clone` may well use the run.
        drop(locked);
        // It waits no more, and has no seat to give up.
        *waiter_id = 0;
        return Poll::Ready(ended.clone().map_err(|error| *error));
    }
    let old_waker = locked.event_log.wait(waiter_id, cx.waker());
    drop(locked);
    drop(old_waker);
    Poll::Pending
}

// By reference only: who awaits the handle itself gives it up, and with it the means to answer.
impl<W: Workflow> Future for &mut RunHandle<W> {
    type Output = Result<W::Output, RunError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        poll_result(&this.shared.result, this.shared.locked(), &mut this.waiter_id, cx)
    }
}

impl<W: Workflow> IntoFuture for RunHandle<W> {
    type Output = Result<W::Output, RunError>;
    type IntoFuture = RunResult<W>;

    fn into_future(self) -> RunResult<W> {
        RunResult(self)
    }
}

/// The end of a started run: what awaiting a [`RunHandle`] waits for. With its first poll the handle is given
/// up, so that a run that waits for an answer ends as [stalled](RunError::Stalled).
#[must_use = "it waits only while it is awaited"]
pub struct RunResult<W: Workflow>(RunHandle<W>);

impl<W: Workflow> Future for RunResult<W> {
    type Output = Result<W::Output, RunError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().0.poll_end(cx)
    }
}

impl<W: Workflow> fmt::Debug for RunResult<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunResult").field("workflow", &W::NAME).finish_non_exhaustive()
    }
}

impl<W: Workflow> Drop for RunHandle<W> {
    fn drop(&mut self) {
        if self.is_child {
            self.shared.push_message(Message::Cancel);
        }
        if !self.given_up {
            let gone = self.shared.locked().drop_handle();
            gone.tell();
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
