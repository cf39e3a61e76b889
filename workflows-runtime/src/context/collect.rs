//! Collecting events into sets.

use super::Context;
use crate::{
    event::Event,
    workflow::{Takes, Workflow},
};

impl<W: Workflow, List> Context<W, List> {
    /// Stores an event, and returns a set of `count` events, in the order of arrival, once there are that many.
    ///
    /// For sizes that are known only at run time; a `Vec` or an array as a parameter declares a batch or a
    /// fixed size in the signature. Each step has one collection for each event type. Each event is in exactly
    /// one set, even with many workers; the rest stays for the next set. If the attempt fails, a retry that
    /// makes the same call receives the same set. With `count` 0 it returns an empty set and drops the event.
    /// Collected events are part of a [`Snapshot`](crate::Snapshot) and keep no batch open. Never waits. See
    /// [`guide::sending`](crate::guide::sending).
    ///
    /// After the end of the attempt the event is dropped and `None` returned, also to a clone of the context
    /// in another task: only the attempt itself adds and takes events.
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

    /// The same as [`collect`](Self::collect), with a name for the collection, for a step with several sets of
    /// one event type.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// #[event] struct Player { team: String, name: String }
    /// #[event] struct Pair { names: Vec<String> }
    /// # #[workflow] struct Match;
    ///
    /// #[workflow]
    /// impl Match {
    ///     #[step]
    ///     async fn call(&self, Start(players): Start<Vec<(String, String)>>) -> Vec<Player> {
    ///         players.into_iter().map(|(team, name)| Player { team, name }).collect()
    ///     }
    ///
    ///     #[step]
    ///     async fn pair(&self, ctx: &Context<Self>, player: Player) -> Option<Pair> {
    ///         let team = player.team.clone();
    ///         let two = ctx.collect_as(&team, player, 2)?;
    ///         Some(Pair { names: two.into_iter().map(|player| player.name).collect() })
    ///     }
    ///
    ///     #[step]
    ///     async fn list(&self, pairs: Vec<Pair>) -> Stop<Vec<String>> {
    ///         Stop(pairs.into_iter().map(|pair| pair.names.join(" and ")).collect())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), RunError> {
    /// let players = [("red", "Ann"), ("blue", "Bo"), ("red", "Cy"), ("blue", "Di")];
    /// let players = players.map(|(team, name)| (team.to_owned(), name.to_owned()));
    /// assert_eq!(Match.run(players.into()).await?, ["Ann and Cy", "Bo and Di"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn collect_as<E: Event>(&self, name: &str, event: E, count: usize) -> Option<Vec<E>>
    where
        W: Takes<E, 0>,
    {
        let event = W::wrap(event);
        let key = (self.step, name.to_owned(), W::slot(&event));
        let set = self.shared.collect(self.execution, self.cancel_flag.as_ref(), key, event, count)?;
        Some(set.into_iter().filter(W::is).map(W::take).collect())
    }
}
