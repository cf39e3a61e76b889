//! `DurableRun`: the handle of a run in a host.

use crate::{
    committer::{Reply, Request},
    error::{MessageError, ResultError},
    host::Inner,
    parking::Next,
    store::{Applied, Change, ChangeKind, RunStatus, StoreError},
};
use core::{fmt, future::Future, pin::Pin};
use std::{sync::Arc, time::SystemTime};
use tokio::sync::oneshot;
use workflows_runtime::{
    Answers, EventStream, HumanResponse, OpenPrompt, PromptId, RunError, RunHandle, RunId, State, Workflow,
    durable::{accepts, deliver, is_released},
    remote::External,
};

/// A run of a [`Host`](crate::Host). Clones are handles of the same run; dropping them does not affect it.
pub struct DurableRun<W: Workflow> {
    pub(crate) host: Arc<Inner>,
    pub(crate) handle: Arc<RunHandle<W>>,
    pub(crate) epoch: u64,
}

impl<W: Workflow> DurableRun<W> {
    /// The id of the run.
    #[must_use]
    pub fn id(&self) -> &RunId {
        self.handle.id()
    }

    /// Waits for the result, which is durable.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// The run has ended without a result, or continues elsewhere.
    pub async fn result(&self) -> Result<W::Output, ResultError> {
        let mut run = self.clone();
        loop {
            match run.handle.result().await {
                Ok(output) => return Ok(output),
                Err(RunError::Cancelled) if is_released(&run.handle) => {}
                Err(error) => return Err(ResultError::Run(error)),
            }
            if !self.host.parks {
                return Err(ResultError::Released);
            }
            run = loop {
                match self.host.next_life(self.id(), run.epoch).await? {
                    Next::Active(next) => break next,
                    Next::Later => {}
                    Next::Gone => return Err(ResultError::Released),
                    Next::Ended(RunStatus::Completed, result) => return read_result(result),
                    Next::Ended(status, error) => {
                        return Err(ResultError::Ended { status, error: error.unwrap_or_default() });
                    }
                }
            };
        }
    }

    /// Whether the result is there.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// What the run publishes in this process, as of [`RunHandle::events`]: items and prompts once they are durable.
    /// [`stream`](Self::stream) has the items of earlier processes, too.
    #[must_use]
    pub fn events(&self) -> EventStream<W> {
        self.handle.events()
    }

    /// The open prompts, in order of publication.
    #[must_use]
    pub fn open_prompts(&self) -> Vec<OpenPrompt<W>> {
        self.handle.open_prompts()
    }

    /// The state of the run, with changes that are not durable yet.
    #[must_use]
    pub fn state(&self) -> &State<W::State> {
        self.handle.state()
    }

    /// Sends a response to whatever waits for it. Await it: it counts once that returns `Ok`.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
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
    /// let host = Host::on(MemoryStore::new()).workflow(Ask).start().await?;
    /// let run = host.run::<Ask>("continue?".to_owned()).start().await?;
    /// run.send(HumanResponse(true)).key("click-81").await?;
    /// // The same key counts once.
    /// run.send(HumanResponse(true)).key("click-81").await?;
    /// assert!(run.result().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send<T: Answers<W>>(&self, response: HumanResponse<T>) -> Send<W> {
        let HumanResponse(response) = response;
        Send::new(Recipient::Run(self.clone()), External::response(response))
    }

    /// Answers a prompt. Await it: it counts once that returns `Ok`.
    ///
    /// Of several answers to a prompt, one counts, and the others are
    /// [refused](MessageError::Refused).
    pub fn answer<T: Answers<W>>(&self, prompt: PromptId, response: T) -> Send<W> {
        Send::new(Recipient::Run(self.clone()), External::answer(prompt, response)).about(prompt)
    }

    /// Cancels the run. Returns once the cancellation is durable: the run ends as cancelled, also after a crash.
    ///
    /// # Errors
    ///
    /// The store fails, the run has ended, or the host has stopped.
    pub async fn cancel(&self) -> Result<(), MessageError> {
        Send::new(Recipient::Run(self.clone()), External::cancel()).await
    }
}

impl<W: Workflow> Clone for DurableRun<W> {
    fn clone(&self) -> Self {
        Self { host: Arc::clone(&self.host), handle: Arc::clone(&self.handle), epoch: self.epoch }
    }
}

impl<W: Workflow> fmt::Debug for DurableRun<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableRun").field("workflow", &W::NAME).field("run", &format_args!("{}", self.id())).finish()
    }
}

/// A message for a run, sent when it is awaited.
///
/// Dropped while it is awaited, the message is sent all the same. To send it again without counting twice, give it a
/// [key](Self::key).
#[must_use = "futures do nothing unless awaited"]
pub struct Send<W: Workflow> {
    to: Recipient<W>,
    message: External<W>,
    /// The prompt that it answers.
    prompt: Option<PromptId>,
    key: Option<String>,
}

pub(crate) enum Recipient<W: Workflow> {
    Run(DurableRun<W>),
    /// A run by its id, which another host may execute.
    Stored(Arc<Inner>, RunId),
}

impl<W: Workflow> Send<W> {
    pub(crate) fn new(to: Recipient<W>, message: External<W>) -> Self {
        Self { to, message, prompt: None, key: None }
    }

    pub(crate) fn about(mut self, prompt: PromptId) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Identifies the message within its run: of several messages with the same key, the first counts, and the others
    /// return `Ok` without any effect. Keys are remembered until the run is purged.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    async fn send(self) -> Result<(), MessageError> {
        let Self { to, message, prompt, key } = self;
        let (run, is_posted) = match to {
            Recipient::Run(run) => (run, false),
            Recipient::Stored(host, id) => match host.handle(&id) {
                Some(run) => (run, true),
                None => return host.post(id, message, prompt, key).await,
            },
        };
        // A handle may know an earlier life of a run that was parked.
        let run = match run.host.handle(run.id()) {
            Some(next) if run.host.parks => next,
            _ => run,
        };
        if is_released(&run.handle) {
            if !run.host.parks {
                return Err(MessageError::Released);
            }
            return run.host.post(run.id().clone(), message, prompt, key).await;
        }
        let is_posted = is_posted || run.host.parks;
        if key.is_none() {
            // One with a key may be a repetition of a message that has closed the prompt.
            accepts(&run.handle, &message)?;
        }
        let body = serde_json::to_string(&message).map_err(StoreError::new)?;
        let kind = ChangeKind::Message { epoch: Some(run.epoch), key: key.clone(), body, at: SystemTime::now() };
        let change = Change::new(run.id().clone(), kind);
        match run.host.commit(change).await? {
            Applied::Message { is_new: false, .. } => Ok(()),
            Applied::Message { number, is_new: true } => {
                let delivered = deliver(&run.handle, message, number);
                if delivered.is_err() && run.host.parks && is_released(&run.handle) {
                    // It is just being parked. The next owner finds the message.
                    run.host.wanted.notify_one();
                    return Ok(());
                }
                if let Err(kind) = delivered {
                    run.host.withdraw(run.id(), number);
                    return Err(kind.into());
                }
                Ok(())
            }
            Applied::Fenced => {
                run.host.active.lose(run.id(), run.epoch);
                if is_posted {
                    return run.host.post(run.id().clone(), message, prompt, key).await;
                }
                Err(MessageError::Released)
            }
            Applied::NotFound => Err(MessageError::NotFound(run.id().clone())),
            _ => Err(MessageError::Ended),
        }
    }
}

impl<W: Workflow> IntoFuture for Send<W> {
    type Output = Result<(), MessageError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + core::marker::Send>>;

    fn into_future(self) -> Self::IntoFuture {
        // In a task of its own: what is stored must be delivered, also if the caller gives up.
        Box::pin(async move { in_task(self.send()).await.unwrap_or(Err(MessageError::Released)) })
    }
}

impl<W: Workflow> fmt::Debug for Send<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").field("message", &self.message).field("key", &self.key).finish_non_exhaustive()
    }
}

/// The result of a run, as it is stored.
fn read_result<T: serde::de::DeserializeOwned>(result: Option<String>) -> Result<T, ResultError> {
    let read = serde_json::from_str(&result.unwrap_or_default());
    read.map_err(|error| StoreError::new(format_args!("the result cannot be read: {error}")).into())
}

/// Completes `work` also if the caller stops waiting. `None` if the runtime shuts down before.
pub(crate) async fn in_task<T: core::marker::Send + 'static>(
    work: impl Future<Output = T> + core::marker::Send + 'static,
) -> Option<T> {
    match tokio::spawn(work).await {
        Ok(done) => Some(done),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}

impl Inner {
    /// Commits a change of a caller.
    pub(crate) async fn commit(&self, change: Change) -> Result<Applied, MessageError> {
        let (reply, applied) = oneshot::channel();
        self.request(Request { change, reply: Reply::Caller(reply) }).ok_or(MessageError::Released)?;
        match applied.await {
            Ok(applied) => Ok(applied?),
            Err(_) => Err(MessageError::Released),
        }
    }

    /// Removes a message that was refused.
    pub(crate) fn withdraw(&self, run: &RunId, number: u64) {
        let change = Change::new(run.clone(), ChangeKind::Withdraw { number });
        // A stopped host leaves it to the next one, which is refused as well.
        let _ = self.request(Request { change, reply: Reply::Nothing });
    }
}
