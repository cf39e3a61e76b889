//! Putting events by until there are enough of them.

use super::Context;
use crate::{Event, Workflow, workflow::Takes};

impl<W: Workflow, List> Context<W, List> {
    /// Puts an event by; gives out a set, in the order of arrival, once there are `count`.
    ///
    /// For a number that is known only while the run goes on; where a batch or a fixed number will do,
    /// a `Vec` or an array as the step's parameter says so in the signature. Each step has a pile of
    /// its own for each type of event. Each event is in exactly one set, however many workers the
    /// step has; what is left over stays for the next set. If the step fails afterwards and is tried
    /// again, the same call gives the same set again. With `count` 0 it gives an empty set, and
    /// nothing is put by. What is put by is part of a [`Snapshot`](crate::Snapshot).
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// #[event] struct Part { size: u64 }
    /// # #[workflow] struct Pack;
    ///
    /// #[workflow]
    /// impl Pack {
    ///     #[step]
    ///     async fn cut(&self, Start(sizes): Start<Vec<u64>>) -> Vec<Part> {
    ///         sizes.into_iter().map(|size| Part { size }).collect()
    ///     }
    ///
    ///     #[step]
    ///     async fn pack(&self, ctx: &Context<Self>, part: Part) -> Option<Stop<u64>> {
    ///         let parts = ctx.collect(part, 3)?;
    ///         Some(Stop(parts.iter().map(|part| part.size).sum()))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// assert_eq!(Pack.run(vec![1, 2, 3]).await?, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn collect<E: Event>(&self, event: E, count: usize) -> Option<Vec<E>>
    where
        W: Takes<E, 0>,
    {
        self.collect_as("", event, count)
    }

    /// As [`collect`](Self::collect), on a pile of this name: for a step that makes several sets of
    /// one type.
    pub fn collect_as<E: Event>(&self, pile: &str, event: E, count: usize) -> Option<Vec<E>>
    where
        W: Takes<E, 0>,
    {
        let event = W::wrap(event);
        let pile = (self.step, pile.to_owned(), W::slot(&event));
        let set = self.shared.put_by(self.execution, pile, event, count)?;
        Some(set.into_iter().filter_map(|event| W::take(event).ok()).collect())
    }
}
