//! `ItemStream`: the items of a run, from the store and as they are published.

use crate::{
    error::ItemError,
    host::{Host, Inner},
    parking::Next,
    run::DurableRun,
    step_attempt::StepAttempt,
    store::{StoreError, StoredItem},
};
use core::{fmt, marker::PhantomData};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::watch;
use workflows_runtime::{RunId, Workflow, durable::Durable};

/// How many items are read at once.
const PAGE: usize = 256;

/// The items that a run has published, from the first one on, and those that it publishes. All of them are durable.
///
/// Created by [`DurableRun::stream`] and [`Host::stream`]. It ends when the run has ended, when this host has stopped, or
/// when another host has taken the run over.
pub struct ItemStream<W: Workflow> {
    host: Arc<Inner>,
    run: RunId,
    /// The number of the next item to read.
    next: u64,
    /// The epoch of the last item.
    epoch: Option<u64>,
    /// Whether the next item is read for its epoch only: the client has it already.
    skips_first: bool,
    page: VecDeque<StoredItem>,
    /// Changes when the run has published items. `None` if it is not executed, or not any more.
    published: Option<watch::Receiver<()>>,
    /// Nothing follows but what is stored.
    has_last: bool,
    workflow: PhantomData<fn() -> W>,
}

/// An item of an [`ItemStream`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamItem<T> {
    /// The run has published an item.
    Published {
        /// Its number in the run, from 0 and without gaps. It is the same in each process.
        number: u64,
        /// The item.
        item: T,
        /// The attempt that has published it. `None` for an item of an earlier version of this crate.
        by: Option<StepAttempt>,
    },
    /// The items that follow were published after the run was resumed, such as in another process. The steps that were in flight
    /// began again, so what they had published may follow once more: a reader may drop the items so far that are
    /// [by](Self::Published::by) one of these attempts.
    Resumed {
        /// The attempts that began again, in the order of their executions. None if the run waited between steps.
        steps: Vec<StepAttempt>,
    },
}

impl<W: Durable> ItemStream<W> {
    fn new(host: &Arc<Inner>, run: RunId) -> Self {
        let published = host.published(&run);
        let has_last = published.is_none() && !host.parks;
        let (host, workflow) = (Arc::clone(host), PhantomData);
        Self {
            host,
            run,
            next: 0,
            epoch: None,
            skips_first: false,
            page: VecDeque::new(),
            published,
            has_last,
            workflow,
        }
    }

    /// Continues behind the item with this number, such as the last one that a client has received.
    #[must_use]
    pub fn after(mut self, number: u64) -> Self {
        self.next = number;
        self.skips_first = true;
        self.epoch = None;
        self.page.clear();
        self
    }

    /// Waits for the next item. `None` at the end of the stream.
    ///
    /// Cancel-safe.
    ///
    /// # Errors
    ///
    /// The store cannot be read, and the call can be repeated; or the item cannot be read, and the next call returns the
    /// one behind it.
    pub async fn next(&mut self) -> Option<Result<StreamItem<W::Stream>, ItemError>> {
        loop {
            if let Some(front) = self.page.front() {
                let is_resumed = self.epoch.replace(front.epoch).is_some_and(|epoch| epoch < front.epoch);
                if is_resumed && !self.skips_first {
                    // An item of an earlier version of the program does not say.
                    let steps = front.again.as_deref().and_then(|again| serde_json::from_str(again).ok());
                    return Some(Ok(StreamItem::Resumed { steps: steps.unwrap_or_default() }));
                }
                let Some(StoredItem { number, body, by, .. }) = self.page.pop_front() else { continue };
                self.next = number + 1;
                if std::mem::take(&mut self.skips_first) {
                    continue;
                }
                return Some(read(number, body, by));
            }
            // What is published from now on is noticed, and what was published before is read.
            if let Some(published) = &mut self.published {
                published.mark_unchanged();
            }
            let page = match self.host.read_items(&self.run, self.next, PAGE).await {
                Ok(page) => page,
                Err(error) => return Some(Err(error.into())),
            };
            if !page.is_empty() {
                self.page = page.into();
                continue;
            }
            let Some(published) = &mut self.published else {
                if self.has_last {
                    return None;
                }
                if let Err(error) = self.await_next_life().await {
                    return Some(Err(error.into()));
                }
                continue;
            };
            if published.changed().await.is_err() {
                // Its last items are stored with its end.
                self.published = None;
                self.has_last = !self.host.parks;
            }
        }
    }
}

impl<W: Durable> ItemStream<W> {
    /// Waits for what follows: the next life of a parked run, or items of another host. After the end, what is stored is
    /// all.
    async fn await_next_life(&mut self) -> Result<(), StoreError> {
        match self.host.next_life::<W>(&self.run, 0).await? {
            Next::Active(_) => self.published = self.host.published(&self.run),
            Next::Later => {}
            Next::Ended(..) | Next::Gone => self.has_last = true,
        }
        Ok(())
    }
}

fn read<T: serde::de::DeserializeOwned>(
    number: u64,
    body: Result<String, crate::store::Damaged>,
    by: Option<StepAttempt>,
) -> Result<StreamItem<T>, ItemError> {
    let unreadable = |reason: String| ItemError::Unreadable { number, reason };
    let body = body.map_err(|damaged| unreadable(damaged.to_string()))?;
    let item = serde_json::from_str(&body).map_err(|error| unreadable(error.to_string()))?;
    Ok(StreamItem::Published { number, item, by })
}

impl<W: Durable> DurableRun<W> {
    /// The items of the run, also those that it has published in earlier processes.
    ///
    /// ```
    /// # use workflows_durable::{Host, MemoryStore};
    /// # use workflows_runtime::prelude::*;
    /// use workflows_durable::{StepAttempt, StreamItem};
    ///
    /// # #[workflow(stream = u32)] struct Count;
    /// #[workflow]
    /// impl Count {
    ///     #[step]
    ///     async fn count(&self, ctx: &Context<Self>, Start(n): Start<u32>) -> Stop<()> {
    ///         (0..n).for_each(|n| ctx.publish(n));
    ///         Stop(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let host = Host::on(MemoryStore::new()).workflow(Count).start().await?;
    /// let run = host.run::<Count>(10).start().await?;
    /// let mut items = run.stream().after(7);
    /// let by = Some(StepAttempt::new("count", 1, 1));
    /// assert_eq!(items.next().await.transpose()?, Some(StreamItem::Published { number: 8, item: 8, by: by.clone() }));
    /// assert_eq!(items.next().await.transpose()?, Some(StreamItem::Published { number: 9, item: 9, by }));
    /// assert_eq!(items.next().await.transpose()?, None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn stream(&self) -> ItemStream<W> {
        ItemStream::new(&self.host, self.id().clone())
    }
}

impl Host {
    /// The items of a run, also of one that has ended. Empty if there is no such run.
    #[must_use]
    pub fn stream<W: Durable>(&self, id: impl Into<RunId>) -> ItemStream<W> {
        ItemStream::new(self.inner(), id.into())
    }
}

impl<W: Workflow> fmt::Debug for ItemStream<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream")
            .field("workflow", &W::NAME)
            .field("run", &format_args!("{}", self.run))
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
