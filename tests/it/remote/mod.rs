//! Runs that an `Engine` drives, with calls and answers as JSON or as bytes.

mod calls;
mod engine;
mod messages;
mod simulation;
mod waits;

use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, future::pending, sync::Arc, time::SystemTime};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, sleep_until},
};
use workflows_runtime::{
    PromptId,
    prelude::*,
    remote::{Answered, CallId, Command, Engine, Execution, Published, StepAnswer, StepCall},
};
use workflows_tests::ms;

#[derive(Debug, Clone, Copy)]
enum Format {
    Json,
    Bytes,
}

impl Format {
    const ALL: [Self; 2] = [Self::Json, Self::Bytes];

    /// The value as another process receives it.
    fn carry<T: Serialize + DeserializeOwned>(self, value: &T) -> T {
        match self {
            Self::Json => {
                let text = serde_json::to_string(value).unwrap();
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
            }
            Self::Bytes => postcard::from_bytes(&postcard::to_stdvec(value).unwrap()).unwrap(),
        }
    }
}

/// The time of day at which runs begin.
fn epoch() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(500_000)
}

/// A loop around an engine, in virtual time.
struct Loop<W: Workflow> {
    workflow: Arc<W>,
    engine: Engine<W>,
    format: Format,
    began: Instant,
    executions: FuturesUnordered<BoxFuture<'static, StepAnswer<W>>>,
    cancels: BTreeMap<CallId, oneshot::Sender<()>>,
    calls: usize,
    repeated: usize,
    cancelled: usize,
    published: Vec<Published<W::Stream>>,
    prompts: Vec<PromptId>,
    rejected: Vec<PromptId>,
    /// Respond after each so long, and not when the run is idle.
    every: Option<Duration>,
    /// Restore the engine from a snapshot after each so many answers, at most fifty times.
    restores: Option<usize>,
}

impl<W: Workflow<Stream: Serialize + DeserializeOwned>> Loop<W> {
    fn new(workflow: W, input: W::Input, format: Format) -> Self {
        Self {
            workflow: Arc::new(workflow),
            engine: Engine::begin("seam", input, epoch()),
            format,
            began: Instant::now(),
            executions: FuturesUnordered::new(),
            cancels: BTreeMap::new(),
            calls: 0,
            repeated: 0,
            cancelled: 0,
            published: Vec::new(),
            prompts: Vec::new(),
            rejected: Vec::new(),
            every: None,
            restores: None,
        }
    }

    fn now(&self) -> SystemTime {
        epoch() + self.began.elapsed()
    }

    fn execute(&mut self, call: &StepCall<W>) {
        self.calls += 1;
        assert!(self.calls < 3_000, "the run does not end");
        let (cancel, cancelled) = oneshot::channel();
        self.cancels.insert(call.id(), cancel);
        let execution = Execution::new(&self.workflow, self.format.carry(call)).cancelled_by(async move {
            if cancelled.await.is_err() {
                pending::<()>().await;
            }
        });
        self.executions.push(execution.into_future());
    }

    /// Performs commands until there are none; returns the result of the run.
    fn perform(&mut self) -> Option<Result<W::Output, RunError>> {
        while let Some(command) = self.engine.next_command() {
            match command {
                Command::Execute(call) => self.execute(&call),
                Command::Cancel(id) => {
                    self.cancelled += 1;
                    // It may have an answer already.
                    let _ = self.cancels.remove(&id).map(|cancel| cancel.send(()));
                }
                Command::Publish(published) => self.published.push(published),
                Command::Prompt(prompt) => self.prompts.push(prompt.id),
                Command::Rejected(prompt) => self.rejected.push(prompt),
                Command::Ended(result) => {
                    assert!(self.engine.next_command().is_none(), "the end is the last command");
                    return Some(result);
                }
                _ => {}
            }
        }
        None
    }

    /// Drives the run to its end. `respond` is called when it is idle.
    async fn run(&mut self, mut respond: impl FnMut(&mut Engine<W>, SystemTime)) -> Result<W::Output, RunError> {
        let mut answers = 0;
        let mut next = self.began;
        loop {
            if let Some(result) = self.perform() {
                return result;
            }
            if self.every.is_none() && self.engine.is_idle() {
                sleep(ms(1)).await;
                let now = self.now();
                assert!(self.began.elapsed() < Duration::from_mins(1), "the run does not end");
                if self.engine.deadline().is_some_and(|at| at <= now) {
                    self.engine.time(now);
                } else {
                    respond(&mut self.engine, now);
                }
                continue;
            }
            if let Some(every) = self.every
                && next <= Instant::now()
            {
                next += every;
            }
            let deadline = self.engine.deadline().map(|at| at.duration_since(epoch()).unwrap());
            let deadline = self.began + deadline.unwrap_or(Duration::from_hours(1_000));
            tokio::select! {
                biased;
                Some(answer) = self.executions.next() => {
                    let answer = self.format.carry(&answer.with_time(self.now()));
                    self.cancels.remove(&answer.id());
                    if self.engine.answered(answer).unwrap() == Answered::CalledAgain {
                        self.repeated += 1;
                    }
                    answers += 1;
                    if self.restores.is_some_and(|every| answers % every == 0 && answers < 50 * every) {
                        self.restore();
                    }
                }
                () = sleep_until(next), if self.every.is_some() => {
                    let now = self.now();
                    respond(&mut self.engine, now);
                }
                () = sleep_until(deadline) => {
                    let now = self.now();
                    self.engine.time(now);
                }
            }
        }
    }

    /// Drops all executions, and continues from a snapshot.
    fn restore(&mut self) {
        if self.engine.has_ended() {
            return;
        }
        let snapshot = self.engine.snapshot(self.now()).unwrap();
        self.engine = Engine::restore(self.format.carry(&snapshot), self.now()).unwrap();
        self.executions = FuturesUnordered::new();
        self.cancels.clear();
    }
}
