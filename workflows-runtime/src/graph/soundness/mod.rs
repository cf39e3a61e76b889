//! Soundness: which combinations of events can lie in a batch, and whether a run can always complete.
//!
//! The notion is that of workflow nets: a graph is sound if every reachable state can still complete, nothing is left
//! over, and no step is dead. Each batch is explored on its own, as a net: its places are the parameters of its
//! steps, its transitions are executions, one for each alternative of an output. A batch around it sees only how it
//! can end ([`Outcome`](explore::Outcome)), so nested batches are explored once for each source.
//!
//! * `net`: the graph with numbers in place of names
//! * `state`, `explore`, `transitions`: the states of one batch, the search through them, and what leads to the next one
//! * `verdict`: what the states say about the workflow
//! * `story`: an example of a run, in the user's names

#[cfg(test)]
mod brute_force;
#[cfg(test)]
mod effect;
mod explore;
mod net;
#[cfg(test)]
mod random;
mod state;
mod story;
#[cfg(test)]
mod tests;
mod transitions;
mod verdict;

use super::workflow_graph::WorkflowGraph;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How far [`WorkflowGraph::soundness_within`] looks.
///
/// ```
/// use workflows_runtime::graph::SoundnessBound;
///
/// let bound = SoundnessBound::default().branches(5);
/// assert_eq!(bound.branches, 5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SoundnessBound {
    /// The largest number of branches of a batch. Default: 3. [`WorkflowGraph::soundness`] uses more if an array or a
    /// `First` of the workflow needs more.
    pub branches: u8,
    /// How often one execution sends each event of its context's list. Default: 2.
    pub sends: u8,
    /// The largest number of states of one batch. Default: 20,000.
    pub states: usize,
}

impl Default for SoundnessBound {
    fn default() -> Self {
        Self { branches: 3, sends: 2, states: 20_000 }
    }
}

impl SoundnessBound {
    /// Sets the largest number of branches of a batch.
    #[must_use]
    pub fn branches(mut self, branches: u8) -> Self {
        self.branches = branches;
        self
    }

    /// Sets how often one execution sends each event of its context's list.
    #[must_use]
    pub fn sends(mut self, sends: u8) -> Self {
        self.sends = sends;
        self
    }

    /// Sets the largest number of states of one batch.
    #[must_use]
    pub fn states(mut self, states: usize) -> Self {
        self.states = states;
        self
    }
}

/// What can go wrong in runs of a workflow. Returned by [`WorkflowGraph::soundness`].
///
/// [`Display`](fmt::Display) prints every finding with its example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Soundness {
    /// How far the search looked.
    pub bound: SoundnessBound,
    /// Whether it looked at every state within the bound. Otherwise there may be more findings, and none says that
    /// something never happens. Neither does one if the joins of the workflow may need more branches than the bound
    /// has.
    pub is_exhaustive: bool,
    /// What can go wrong, the most serious first.
    pub findings: Vec<Finding>,
}

impl Soundness {
    /// Whether no run within the bound can stall or loop without an end, and every step can run.
    ///
    /// Events that are left over at a `Stop` are a finding, and no reason for a workflow to be unsound.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.kind == FindingKind::LeftOver)
    }
}

/// Something that can go wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The steps that it is about, by name. For a stall, those that hold events and wait for more.
    pub steps: Vec<String>,
    /// A shortest run that leads there, a line for each event. For a step that never runs, what it waits for.
    pub example: Vec<String>,
}

/// What can go wrong in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// No run comes to a `Stop`.
    NeverCompletes,
    /// The step never runs.
    NeverRuns,
    /// A run may end as [`Stalled`](crate::RunError::Stalled).
    MayStall,
    /// A run may wait for a response that does not help it.
    MayWaitForever,
    /// A run may come to a loop that no `Stop` ends.
    MayLoopForever,
    /// Events may be left at the step when the run ends, because others that it needs have not arrived. A step that is
    /// queued or runs when another one returns `Stop` is no finding: the end of the run cancels it.
    LeftOver,
}

impl WorkflowGraph {
    /// Looks for runs that stall, events that are left over, and steps that never run.
    ///
    /// `cargo check` proves which events flow where, but not how many. This search takes every alternative of every
    /// output, batches of 0, 1, 2 and more branches, failures that a handler takes, and responses, in every order
    /// that makes a difference, up to a bound that is part of the result. Values are not known: a step that in fact
    /// always returns the same alternative is taken to return any.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// use workflows_runtime::graph::FindingKind;
    ///
    /// # #[event] struct Price { euros: u32 }
    /// # #[event] struct Stock { left: u32 }
    /// # #[workflow] struct Order;
    /// #[workflow]
    /// impl Order {
    ///     #[step]
    ///     async fn look_up(&self, Start(_): Start<String>) -> (Price, Option<Stock>) {
    ///         (Price { euros: 3 }, None)
    ///     }
    ///
    ///     #[step]
    ///     async fn offer(&self, price: Price, _stock: Stock) -> Stop<u32> {
    ///         Stop(price.euros)
    ///     }
    /// }
    ///
    /// let soundness = Order::graph().soundness();
    /// assert!(!soundness.is_sound());
    /// assert_eq!(soundness.findings[0].kind, FindingKind::MayStall);
    /// assert_eq!(
    ///     soundness.findings[0].example,
    ///     ["`look_up` returns `Price`", "`offer` holds 1 `Price` and waits for 1 `Stock`"],
    /// );
    /// ```
    #[must_use]
    pub fn soundness(&self) -> Soundness {
        self.soundness_within(net::sufficient_bound(self))
    }

    /// [`soundness`](Self::soundness) with another bound. The time grows quickly with it.
    #[must_use]
    pub fn soundness_within(&self, bound: SoundnessBound) -> Soundness {
        verdict::judge(&net::Net::of(self), bound)
    }
}

impl fmt::Display for Soundness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let SoundnessBound { branches, sends, .. } = self.bound;
        let verdict = if self.is_sound() { "sound" } else { "not sound" };
        write!(f, "{verdict}, for batches of up to {branches} branches and up to {sends} sends of an event")?;
        if self.is_exhaustive { Ok(()) } else { write!(f, "; there are more states than were looked at") }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> = self.steps.iter().map(|step| format!("`{step}`")).collect();
        let steps = steps.join(" and ");
        let incomplete = if steps.is_empty() { String::new() } else { format!(": {steps} may be left incomplete") };
        match self.kind {
            FindingKind::NeverCompletes => write!(f, "no run comes to a `Stop`")?,
            FindingKind::NeverRuns => write!(f, "step {steps} never runs")?,
            FindingKind::MayStall => write!(f, "a run may stall{incomplete}")?,
            FindingKind::MayWaitForever => write!(f, "a run may wait forever{incomplete}")?,
            FindingKind::MayLoopForever => write!(f, "a run may come to a loop that no `Stop` ends")?,
            FindingKind::LeftOver => write!(f, "events may be left at {steps} when the run ends")?,
        }
        for line in &self.example {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}
