//! The execution of a call.

use super::{
    answer::{AnswerContent, Output, Published, Record, RetryDecision, StateChange, StepAnswer, StepOutcome},
    call::{CallContent, CallId, StepCall},
    records::{Records, Sink},
};
use crate::{
    engine::ExecutionId,
    error::StepError,
    executor::Executors,
    panics::discard,
    retry::FailedAttempt,
    run::{
        dispatch::{Outcome, boxed::BoxedExecution},
        futures::Slots,
        id::RunId,
        message::Message,
        shared::{Setup, Shared},
    },
    workflow::{Instance, Workflow},
};
use core::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::SystemTime,
};
use tokio::time::Instant;

/// A future behind a pointer.
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Executes a step. The same as [`Execution::new`] without options.
///
/// # Cancel safety
///
/// Dropping the future drops the step, as [`Execution::cancelled_by`] does, and there is no answer.
pub fn execute<W: Workflow>(workflow: &Arc<W>, call: StepCall<W>) -> Boxed<StepAnswer<W>> {
    Execution::new(workflow, call).into_future()
}

/// The execution of a [`StepCall`] here. Await it for the [`StepAnswer`].
///
/// The step is executed by the same generated code as in a run in memory, and its context behaves as there, with
/// these differences:
///
/// * What it sends, asks, publishes and collects, and a change of the state, is in the answer, and counts once the
///   engine has it. Until then it sees the state and the collected events as they were when the call was made, and
///   its own changes.
/// * A step that waits for a response that the call does not have ends as soon as nothing has woken it. It is called
///   again with the response, and begins from the top. Whatever else it was waiting for at that time, such as a
///   timer of its own, begins again as well. Use the [`timeout`](crate::Wait::timeout) of the wait.
/// * A change of the state that it makes before it waits is made again by the next call, and counts once.
/// * The last error in [`Context::attempt`](crate::Context::attempt) has its texts, but not its types.
/// * A [child](crate::Context::run_child) runs within the step, here.
/// * There is no timeout, and no budget for polls: the engine cancels what takes too long.
///
/// A panic of the step is an error in the answer.
#[must_use = "an execution does nothing unless it is awaited"]
pub struct Execution<W: Workflow> {
    workflow: Arc<W>,
    call: StepCall<W>,
    options: Options<W>,
}

struct Options<W: Workflow> {
    executors: Option<Executors>,
    on_publish: Option<Sink<W>>,
    cancelled: Option<Boxed<()>>,
}

impl<W: Workflow> Execution<W> {
    /// Prepares the execution of a call on this instance of the workflow.
    pub fn new(workflow: &Arc<W>, call: StepCall<W>) -> Self {
        let options = Options { executors: None, on_publish: None, cancelled: None };
        Self { workflow: Arc::clone(workflow), call, options }
    }

    /// Sets the executors for blocking code. Default: those of the process, see [`Executors`].
    pub fn executors(mut self, executors: &Executors) -> Self {
        self.options.executors = Some(executors.clone());
        self
    }

    /// Passes each item to `publish` as soon as the step has published it. Default: items are in the answer.
    pub fn on_publish(mut self, publish: impl FnMut(Published<W::Stream>) + Send + 'static) -> Self {
        self.options.on_publish = Some(Box::new(publish));
        self
    }

    /// Cancels the execution when `cancelled` completes. The future of an async step is dropped;
    /// [`is_cancelled`](crate::Context::is_cancelled) returns `true` in blocking code, which cannot be stopped. The
    /// [answer](StepAnswer::is_cancelled) comes when no code of the step runs any more.
    pub fn cancelled_by(mut self, cancelled: impl Future<Output = ()> + Send + 'static) -> Self {
        self.options.cancelled = Some(Box::pin(cancelled));
        self
    }
}

impl<W: Workflow> fmt::Debug for Execution<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution").field("call", &self.call).finish_non_exhaustive()
    }
}

impl<W: Workflow> IntoFuture for Execution<W> {
    type Output = StepAnswer<W>;
    type IntoFuture = Pin<Box<dyn Future<Output = StepAnswer<W>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        // Boxed here: in the macros of some crates, the type of a dispatch meets limits of the compiler.
        Box::pin(run(self))
    }
}

/// How often messages are handled and the step is polled before other tasks have their turn.
const ROUNDS: usize = 32;

async fn run<W: Workflow>(execution: Execution<W>) -> StepAnswer<W> {
    let Execution { workflow, call, options } = execution;
    let Options { executors, on_publish, mut cancelled } = options;
    let mut content = *call.0;
    let answer = Answering::of(&content);
    let Some(step) = content.step_number() else {
        // Unreachable for calls that were deserialized, or made by an engine.
        let error = StepError::msg(format!("`{}` has no step `{}`", W::NAME, answer.step));
        return answer.finish(StepOutcome::Failed { error, retry: RetryDecision::GiveUp }, Vec::new(), None);
    };
    let id = content.id.attempt_id();
    let mut collected = content.collected.take().unwrap_or_default();
    collected.record = Some(Vec::new());
    let setup = Setup {
        executors,
        // Whatever happens is handled here, and not by readers.
        event_history: 0,
        collected: Some(Box::new(collected)),
        state: Some(Box::new(content.state.clone())),
        ..Setup::new(content.run_id.clone(), true)
    };
    let shared = Arc::new(Shared::new(setup));
    // A prompt that is never handled: items come as messages, in order.
    shared.locked().mailbox.publishing = 1;
    let mut records = Records::new(content.id, std::mem::take(&mut content.waits), on_publish);
    let execution = BoxedExecution::new(StepCall::launch(content, step), &shared);
    let origin = Box::new(execution.origin());
    let instance = Instance::of(workflow);
    let mut slots = Slots::new();
    let mut polled = slots.start(&instance, &shared, id, Some(origin), execution);
    let mut woken = Vec::new();
    let ended = poll_fn(|cx| {
        for _ in 0..ROUNDS {
            records.take(&shared);
            if let Poll::Ready(outcome) = std::mem::replace(&mut polled, Poll::Pending) {
                return Poll::Ready(End::Outcome(outcome));
            }
            if is_ready(cancelled.as_mut(), cx) {
                return Poll::Ready(End::Cancelled);
            }
            woken.clear();
            shared.take_ready(&mut woken);
            if woken.is_empty() {
                if records.resume() {
                    continue;
                }
                if records.replay.is_waiting() && !shared.has_mail() {
                    return Poll::Ready(End::Waits);
                }
                if shared.wait(cx.waker()) {
                    return Poll::Pending;
                }
                continue;
            }
            polled = slots.poll(SLOT).unwrap_or(Poll::Pending);
        }
        // The step has used up the task's budget, wakes itself, or publishes without end.
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    let outcome = match ended {
        End::Outcome(Ok(effects)) => StepOutcome::Returned(Output::all(effects)),
        End::Outcome(Err(error)) => {
            let retry = answer.decide::<W>(step, id, &error);
            StepOutcome::Failed { error, retry }
        }
        End::Waits => StepOutcome::Waits,
        End::Cancelled => {
            stop(&shared, &mut slots, id).await;
            StepOutcome::Cancelled
        }
    };
    let has_returned = matches!(outcome, StepOutcome::Returned(_));
    let is_cancelled = matches!(outcome, StepOutcome::Cancelled);
    let added = shared.collected(|collected| collected.as_mut().and_then(|collected| collected.record.take()));
    records.list.extend(added.unwrap_or_default().into_iter().map(|call| Record::Collected(call.added)));
    // A step that waits makes its changes again.
    let has_failed = matches!(outcome, StepOutcome::Failed { .. });
    let state = if has_returned || has_failed { shared.state().changed() } else { None };
    shared.attempt_over(id, !has_returned, true);
    shared.close();
    slots.clear();
    drop(slots);
    let records = if is_cancelled { Vec::new() } else { records.list };
    answer.finish(outcome, records, state)
}

/// The only slot.
const SLOT: u32 = 0;

/// How the step has ended.
enum End<W: Workflow> {
    Outcome(Outcome<W>),
    Waits,
    Cancelled,
}

fn is_ready(future: Option<&mut Boxed<()>>, cx: &mut Context<'_>) -> bool {
    match future {
        Some(future) => future.as_mut().poll(cx).is_ready(),
        None => false,
    }
}

/// Drops the step, and waits for the end of its blocking code.
async fn stop<W: Workflow>(shared: &Arc<Shared<W>>, slots: &mut Slots<'_, W>, id: ExecutionId) {
    let dropping = shared.dropping(id, true);
    slots.drop(id);
    drop(dropping);
    shared.attempt_over(id, true, true);
    poll_fn(|cx| {
        loop {
            let is_vacated = shared.take_messages().iter().any(|message| matches!(message, Message::Vacated(_)));
            shared.take_ready(&mut Vec::new());
            if is_vacated {
                return Poll::Ready(());
            }
            if shared.wait(cx.waker()) {
                return Poll::Pending;
            }
        }
    })
    .await;
}

/// The part of an answer that is known from the call.
struct Answering {
    run_id: RunId,
    step: String,
    id: CallId,
    graph: u64,
    elapsed: Duration,
    seed: u64,
    state_version: u64,
    began: Instant,
}

impl Answering {
    fn of<W: Workflow>(call: &CallContent<W>) -> Self {
        Self {
            run_id: call.run_id.clone(),
            step: call.step.clone(),
            id: call.id,
            graph: call.graph,
            elapsed: call.elapsed,
            seed: call.seed,
            state_version: call.state_version,
            began: Instant::now(),
        }
    }

    /// Asks the retry policy, which may need the type of the error. A panic of it is no retry.
    fn decide<W: Workflow>(&self, step: u16, id: ExecutionId, error: &StepError) -> RetryDecision {
        decide::<W>(step, id.attempt, error, self.elapsed + self.began.elapsed(), self.seed)
    }

    fn finish<W: Workflow>(
        self,
        outcome: StepOutcome<W>,
        records: Vec<Record<W>>,
        state: Option<W::State>,
    ) -> StepAnswer<W> {
        let base = self.state_version;
        StepAnswer(Box::new(AnswerContent {
            workflow: W::NAME.to_owned(),
            graph: self.graph,
            run_id: self.run_id,
            step: self.step,
            id: self.id,
            at: SystemTime::now(),
            records,
            state: state.map(|value| StateChange { base, value }),
            outcome,
        }))
    }
}

/// Asks the retry policy of a step. A panic of the policy is no retry.
fn decide<W: Workflow>(step: u16, attempts: u32, error: &StepError, elapsed: Duration, seed: u64) -> RetryDecision {
    if !W::TABLE.steps[step as usize].retries {
        return RetryDecision::GiveUp;
    }
    let failure = FailedAttempt { error, attempts, elapsed, seed };
    let decided = catch_unwind(AssertUnwindSafe(|| W::retry(step, &failure)));
    RetryDecision::of(decided.unwrap_or_else(|panic| {
        discard(panic);
        None
    }))
}

impl<W: Workflow> StepCall<W> {
    /// The answer of a call that could not be executed, as when its process has died. The retry policy of the step
    /// decides by `error` and its type.
    #[must_use]
    pub fn failed(&self, error: impl Into<StepError>) -> StepAnswer<W> {
        let error = error.into();
        let answer = Answering::of(&self.0);
        let elapsed = self.0.elapsed + SystemTime::now().duration_since(self.0.at).unwrap_or_default();
        let retry = match self.0.step_number() {
            Some(step) => decide::<W>(step, self.0.id.attempt, &error, elapsed, self.0.seed),
            None => RetryDecision::GiveUp,
        };
        answer.finish(StepOutcome::Failed { error, retry }, Vec::new(), None)
    }
}
