//! What a step did through a detached context.

use super::Context;
use crate::{
    engine::ExecutionId,
    run::Message,
    workflow::{Held, Takes, Workflow},
};

/// What a test of a step reads from its [detached](Self::detached) context.
impl<W: Workflow, Sends> Context<W, Sends> {
    /// Returns the events of one type that were [sent](Self::send) through a [detached](Self::detached) context or its
    /// clones, in order. Through the context of a run, it returns none.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// #[event]
    /// #[derive(PartialEq)]
    /// struct Query(String);
    ///
    /// # #[workflow(stream = usize)] struct Research;
    /// #[workflow]
    /// impl Research {
    ///     #[step]
    ///     async fn plan(
    ///         &self,
    ///         ctx: &Context<Self, (Query, InputRequired<String>)>,
    ///         Start(topic): Start<String>,
    ///     ) -> StepResult<()> {
    ///         for word in topic.split(' ') {
    ///             ctx.send(Query(word.to_owned()));
    ///         }
    ///         ctx.publish(topic.len());
    ///         ctx.ask("enough?".to_owned());
    ///         Ok(())
    ///     }
    /// #   #[step]
    /// #   async fn search(&self, Query(text): Query) -> Stop<String> { Stop(text) }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> StepResult<()> {
    /// let ctx = Context::detached(StateMap::default());
    /// Research.plan(&ctx, Start("rust async".to_owned())).await?;
    /// assert_eq!(ctx.sent::<Query>(), [Query("rust".to_owned()), Query("async".to_owned())]);
    /// assert_eq!(ctx.published(), [10]);
    /// assert_eq!(ctx.asked(), ["enough?"]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sent<E>(&self) -> Vec<E>
    where
        W: Takes<E, 0>,
    {
        self.recorded(|message| match message {
            Message::Sent { event, .. } if W::is(event) => Some(W::take(event.clone())),
            _ => None,
        })
    }

    /// Returns the items that were [published](Self::publish) through a [detached](Self::detached) context or its
    /// clones, in order. Through the context of a run, it returns none.
    ///
    /// [`sent`](Self::sent) has an example.
    #[must_use]
    pub fn published(&self) -> Vec<W::Stream> {
        self.recorded(|message| message.published_item().cloned())
    }

    /// Returns the prompts that were [asked](Self::ask) through a [detached](Self::detached) context or its clones, in
    /// order. Through the context of a run, it returns none.
    ///
    /// [`sent`](Self::sent) has an example.
    #[must_use]
    pub fn asked(&self) -> Vec<W::Prompt> {
        self.recorded(|message| match message {
            Message::Asked { prompt, .. } => Some(prompt.clone().release()),
            _ => None,
        })
    }

    fn recorded<T>(&self, read: impl Fn(&Message<W>) -> Option<T>) -> Vec<T> {
        if self.is_detached() { self.shared.recorded(read) } else { Vec::new() }
    }

    /// Whether there is no run. Then the mailbox, which no driver reads, records what the context does.
    pub(super) fn is_detached(&self) -> bool {
        self.execution == ExecutionId::DETACHED
    }
}
