//! Messages for runs of other hosts.

use crate::{
    error::MessageError,
    host::{Host, Inner},
    run::{Recipient, Send},
    store::{Applied, Change, ChangeKind, StoreError, StoredRun},
};
use std::{sync::Arc, time::SystemTime};
use workflows_runtime::{
    AnswerErrorKind, Answers, HumanResponse, PromptId, RunId, Workflow, durable::message_for, remote::External,
};

/// How often a message is written anew for a run whose graph changes.
const ATTEMPTS: usize = 8;

impl Host {
    /// Sends a response to a run, as [`DurableRun::send`](crate::DurableRun::send), also to one that another host executes or
    /// that no host does. Await it: it counts once that returns `Ok`.
    ///
    /// The host that executes the run receives the message within a second, or a quarter of its
    /// [lease](crate::HostBuilder::lease) if that is shorter; a run without a host has it once one continues the run. If the run refuses the message by then, that has no effect:
    /// nothing reports it.
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
    /// let store = MemoryStore::new();
    /// let one = Host::on(store.clone()).workflow(Ask).start().await?;
    /// let two = Host::on(store).workflow(Ask).start().await?;
    /// let run = one.run::<Ask>("continue?".to_owned()).id("order-7").start().await?;
    ///
    /// two.send::<Ask, bool>("order-7", HumanResponse(true)).key("click-81").await?;
    /// assert!(run.result().await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send<W: Workflow, T: Answers<W>>(&self, run: impl Into<RunId>, response: HumanResponse<T>) -> Send<W> {
        let HumanResponse(response) = response;
        let to = Recipient::Stored(Arc::clone(self.inner()), run.into());
        Send::new(to, External::response(response))
    }

    /// Answers a prompt of a run, as [`DurableRun::answer`](crate::DurableRun::answer), also of one that another host executes;
    /// see [`send`](Self::send). [`find`](Self::find) lists the open prompts.
    ///
    /// A prompt that is not open is refused at once. Of several answers that hosts have stored for an open one, the
    /// first counts.
    pub fn answer<W: Workflow, T: Answers<W>>(&self, run: impl Into<RunId>, prompt: PromptId, response: T) -> Send<W> {
        let to = Recipient::Stored(Arc::clone(self.inner()), run.into());
        Send::new(to, External::answer(prompt, response)).about(prompt)
    }
}

impl Inner {
    /// Stores a message for the host that executes the run.
    pub(crate) async fn post<W: Workflow>(
        &self,
        run: RunId,
        message: External<W>,
        prompt: Option<PromptId>,
        key: Option<String>,
    ) -> Result<(), MessageError> {
        // One with a key may be a repetition of a message that has closed the prompt.
        if let (Some(prompt), None) = (prompt, &key)
            && let Some(found) = self.store.find(run.clone()).await?
            && !found.prompts.iter().any(|open| open.id == prompt)
        {
            let kind = if found.ended.is_some() { AnswerErrorKind::Ended } else { AnswerErrorKind::Closed };
            return Err(kind.into());
        }
        // Its host may be another version of the program, with other names, and may change while this is sent.
        for _ in 0..ATTEMPTS {
            let (graph, body) = match self.store.load(run.clone()).await? {
                Some(StoredRun { workflow, .. }) if workflow != W::NAME => {
                    return Err(MessageError::OtherWorkflow { run, workflow, expected: W::NAME });
                }
                Some(stored) => {
                    let body = message_for(&stored.graph, &message).map_err(|_| AnswerErrorKind::OtherType)?;
                    (stored.graph, body)
                }
                // It has ended, and may know the key.
                None => (String::new(), serde_json::to_string(&message).map_err(StoreError::new)?),
            };
            let kind = ChangeKind::Post { graph, key: key.clone(), body, at: SystemTime::now() };
            match self.commit(Change::new(run.clone(), kind)).await? {
                Applied::Message { .. } => {
                    // It may be parked.
                    self.wanted.notify_one();
                    return Ok(());
                }
                Applied::Fenced => {}
                Applied::NotFound => return Err(MessageError::NotFound(run)),
                _ => return Err(MessageError::Ended),
            }
        }
        Err(MessageError::Released)
    }
}
