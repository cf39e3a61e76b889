//! Putting events by until there are enough of them.

use super::Context;
use crate::{
    event::Event,
    workflow::{Takes, Workflow},
};

impl<W: Workflow, List> Context<W, List> {
    /// Puts an event by; gives out a set, in the order of arrival, once there are `count`.
    ///
    /// For a number that is known only while the run goes on; where a batch or a fixed number will do,
    /// a `Vec` or an array as the step's parameter says so in the signature. Each step has a pile of
    /// its own for each type of event. Each event is in exactly one set, however many workers the
    /// step has; what is left over stays for the next set. If the step fails afterwards and is tried
    /// again, the same call gives the same set again. With `count` 0 it gives an empty set, and
    /// nothing is put by. What is put by is part of a [`Snapshot`](crate::Snapshot). It never waits,
    /// and holds no batch open. See [`guide::sending`](crate::guide::sending).
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
    pub fn collect_as<E: Event>(&self, pile: &str, event: E, count: usize) -> Option<Vec<E>>
    where
        W: Takes<E, 0>,
    {
        let event = W::wrap(event);
        let pile = (self.step, pile.to_owned(), W::slot(&event));
        let set = self.shared.collect(self.execution, pile, event, count)?;
        Some(set.into_iter().filter(W::is).map(W::take).collect())
    }
}
