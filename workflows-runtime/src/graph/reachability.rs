//! Which steps a run can reach, and through which others.

use super::{
    edges::NodeId,
    workflow_graph::{Collects, EventKind, StepNode, WorkflowGraph},
};
use core::fmt;
use std::collections::HashMap;

/// A way through a graph, from what enters a run to a step. Returned by [`WorkflowGraph::path_to`] and
/// [`WorkflowGraph::path_around`].
///
/// `Display` prints it as ``Start<u32> → `approve` → Approved → `pay` ``. A step that is followed by an error handler
/// has failed, and one that is followed by a step without an event has opened an empty batch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphPath {
    /// The events and steps on the way, in order.
    pub nodes: Vec<NodeId>,
    text: String,
}

impl fmt::Display for GraphPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl WorkflowGraph {
    /// The steps that emit the event with this id, by name.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Greet;
    /// #[workflow]
    /// impl Greet {
    ///     #[step]
    ///     async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
    ///         Stop(format!("Hello, {name}!"))
    ///     }
    /// }
    ///
    /// assert_eq!(Greet::graph().emitters("Stop<String>").collect::<Vec<_>>(), ["greet"]);
    /// ```
    pub fn emitters<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a str> {
        self.steps.iter().filter(move |step| step.emits().contains(&event)).map(|step| step.name.as_str())
    }

    /// Returns a way from the start of a run to the step, or `None` if no run reaches it.
    ///
    /// A step that joins several events is reached when all of them are; the way then leads through the one that takes
    /// the most steps. A response enters a run at any time, with or without a prompt.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with this name.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[workflow] struct Greet;
    /// #[workflow]
    /// impl Greet {
    ///     #[step]
    ///     async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
    ///         Stop(format!("Hello, {name}!"))
    ///     }
    /// }
    ///
    /// assert_eq!(Greet::graph().path_to("greet").unwrap().to_string(), "Start<String> → `greet`");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn path_to(&self, step: &str) -> Option<GraphPath> {
        let step = self.number_of(step);
        Reached::without(self, None).path_to(step)
    }

    /// Returns a way from the start of a run to `step` on which `through` returns and sends nothing, or `None` if there
    /// is none.
    ///
    /// A failure of `through` that an error handler takes is such a way, and so is a response that a step takes from
    /// the client.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with one of the names.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Approved(u32);
    /// # #[workflow] struct Shop;
    /// #[workflow]
    /// impl Shop {
    ///     #[step]
    ///     async fn approve(&self, Start(amount): Start<u32>) -> StepResult<Approved> {
    ///         if amount < 100 { Ok(Approved(amount)) } else { Err("too expensive".into()) }
    ///     }
    ///
    ///     #[catch_error]
    ///     async fn recover(&self, _failed: StepFailed) -> Approved {
    ///         Approved(0)
    ///     }
    ///
    ///     #[step]
    ///     async fn pay(&self, Approved(amount): Approved) -> Stop<u32> {
    ///         Stop(amount)
    ///     }
    /// }
    ///
    /// let path = Shop::graph().path_around("pay", "approve").unwrap();
    /// assert_eq!(path.to_string(), "Start<u32> → `approve` fails → `recover` → Approved → `pay`");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn path_around(&self, step: &str, through: &str) -> Option<GraphPath> {
        let (step, through) = (self.number_of(step), self.number_of(through));
        Reached::without(self, Some(through)).path_to(step)
    }

    /// Whether each run that starts `step` has an event that `through` returned or sent before.
    ///
    /// This follows from the signatures: it holds for all values, schedules, failures and responses. The opposite is a
    /// possibility, which [`path_around`](Self::path_around) shows. `false` if no run reaches `step`.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with one of the names.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Approved(u32);
    /// # #[workflow] struct Shop;
    /// #[workflow]
    /// impl Shop {
    ///     #[step]
    ///     async fn approve(&self, Start(amount): Start<u32>) -> Approved {
    ///         Approved(amount)
    ///     }
    ///
    ///     #[step]
    ///     async fn pay(&self, Approved(amount): Approved) -> Stop<u32> {
    ///         Stop(amount)
    ///     }
    /// }
    ///
    /// assert!(Shop::graph().is_only_reached_through("pay", "approve"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_only_reached_through(&self, step: &str, through: &str) -> bool {
        self.path_to(step).is_some() && self.path_around(step, through).is_none()
    }

    /// Whether an execution of `from` can lead to one of `step`: by its events and what follows from them, by its
    /// failure, or by a prompt and its response.
    ///
    /// # Panics
    ///
    /// Panics if there is no step with one of the names.
    ///
    /// ```
    /// # use workflows_runtime::prelude::*;
    /// # #[event] struct Paid;
    /// # #[workflow] struct Shop;
    /// #[workflow]
    /// impl Shop {
    ///     #[step]
    ///     async fn pay(&self, Start(()): Start<()>) -> Paid {
    ///         Paid
    ///     }
    ///
    ///     #[step]
    ///     async fn ship(&self, Paid: Paid) -> Stop<()> {
    ///         Stop(())
    ///     }
    /// }
    ///
    /// let graph = Shop::graph();
    /// assert!(graph.is_reached_from("ship", "pay"));
    /// assert!(!graph.is_reached_from("pay", "ship"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn is_reached_from(&self, step: &str, from: &str) -> bool {
        let (step, from) = (self.number_of(step), self.number_of(from));
        let mut reached = vec![false; self.steps.len()];
        let mut open = vec![from];
        while let Some(current) = open.pop() {
            for next in self.followers(&self.steps[current]) {
                if !reached[next] {
                    reached[next] = true;
                    open.push(next);
                }
            }
        }
        reached[step]
    }

    /// The steps that an execution of this one can start.
    fn followers(&self, step: &StepNode) -> Vec<usize> {
        let mut events = step.emits();
        if events.iter().any(|event| self.boundary.prompts.iter().any(|prompt| prompt == event)) {
            events.extend(self.boundary.responses.iter().map(String::as_str));
        }
        let follows = |other: &StepNode| {
            let mut taken = other.inputs.iter().flat_map(|input| &input.events);
            step.handler.as_ref() == Some(&other.name)
                || self.batches.iter().any(|batch| batch.step == step.name && batch.gathered_by.contains(&other.name))
                || taken.any(|event| events.contains(&event.as_str()))
        };
        self.steps.iter().enumerate().filter(|(_, other)| follows(other)).map(|(number, _)| number).collect()
    }

    /// The position of the step with this name.
    #[track_caller]
    pub(crate) fn number_of(&self, name: &str) -> usize {
        if let Some(number) = self.steps.iter().position(|step| step.name == name) {
            return number;
        }
        let names: Vec<_> = self.steps.iter().map(|step| format!("`{}`", step.name)).collect();
        panic!("`{}` has no step `{name}`\nhelp: its steps are {}", self.name, names.join(", "));
    }
}

/// Why a step can start.
#[derive(Clone, Copy)]
enum Cause<'a> {
    /// It takes this event.
    Takes(&'a str),
    /// It handles the failure of this step.
    Handles(usize),
    /// It gathers a batch of this step, which may be empty.
    Gathers(usize),
}

/// The steps and events that runs reach while one step is silent: it may start and fail, but emits nothing.
struct Reached<'a> {
    graph: &'a WorkflowGraph,
    silent: Option<usize>,
    /// For each step that can start, why.
    steps: Vec<Option<Cause<'a>>>,
    /// For each event that can exist, the step that emits it, or `None` for an external one.
    events: HashMap<&'a str, Option<usize>>,
}

impl<'a> Reached<'a> {
    fn without(graph: &'a WorkflowGraph, silent: Option<usize>) -> Self {
        let external =
            graph.events.iter().filter(|event| matches!(event.kind, EventKind::RunInput | EventKind::Response));
        let events = external.map(|event| (event.id.as_str(), None)).collect();
        let mut reached = Self { graph, silent, steps: vec![None; graph.steps.len()], events };
        // Breadth first: each round adds what the rounds before it make possible, so paths are short.
        loop {
            let causes: Vec<_> = (0..graph.steps.len()).map(|step| reached.cause(step)).collect();
            let mut has_grown = false;
            for (step, cause) in causes.into_iter().enumerate() {
                if cause.is_some() && reached.steps[step].is_none() {
                    reached.steps[step] = cause;
                    reached.emit(step);
                    has_grown = true;
                }
            }
            if !has_grown {
                return reached;
            }
        }
    }

    /// Why the step can start, if it can.
    fn cause(&self, step: usize) -> Option<Cause<'a>> {
        let node = &self.graph.steps[step];
        if let Some(failed) = node.covers.iter().find_map(|name| self.started(name)) {
            return Some(Cause::Handles(failed));
        }
        let mut last = None;
        let mut all = !node.inputs.is_empty();
        let mut gathers = false;
        for input in &node.inputs {
            gathers |= input.collects == Collects::All;
            match input.events.iter().find(|event| self.events.contains_key(event.as_str())) {
                // The event of the longest way: the others exist as well, and earlier.
                Some(event) if last.is_none_or(|known| self.distance(event) >= self.distance(known)) => {
                    last = Some(event.as_str());
                }
                Some(_) => {}
                None => all = false,
            }
        }
        match last {
            // A gather runs once its batch drains, with the events that are there.
            Some(event) if all || gathers => Some(Cause::Takes(event)),
            _ => self.opened_batch(node).map(Cause::Gathers),
        }
    }

    /// The step with this name, if it can start.
    fn started(&self, name: &str) -> Option<usize> {
        let step = self.graph.steps.iter().position(|step| step.name == name)?;
        self.steps[step].map(|_| step)
    }

    /// A step that opens a batch which this one gathers.
    fn opened_batch(&self, node: &StepNode) -> Option<usize> {
        for batch in &self.graph.batches {
            if batch.gathered_by.contains(&node.name)
                && let Some(step) = self.started(&batch.step)
                && self.silent != Some(step)
            {
                return Some(step);
            }
        }
        None
    }

    fn emit(&mut self, step: usize) {
        if self.silent == Some(step) {
            return;
        }
        let graph = self.graph;
        for event in graph.steps[step].emits() {
            self.events.entry(event).or_insert(Some(step));
        }
    }

    /// The number of steps on the way to an event.
    fn distance(&self, event: &str) -> usize {
        let mut steps = 0;
        let mut next = self.events.get(event).copied().flatten();
        while let Some(step) = next {
            steps += 1;
            next = match self.steps[step] {
                Some(Cause::Takes(event)) => self.events[event],
                Some(Cause::Handles(step) | Cause::Gathers(step)) => Some(step),
                None => None,
            };
        }
        steps
    }

    fn path_to(&self, step: usize) -> Option<GraphPath> {
        let (mut nodes, mut parts) = (Vec::new(), Vec::new());
        let mut next = Some(step);
        let mut suffix = "";
        self.steps[step]?;
        while let Some(current) = next {
            let name = &self.graph.steps[current].name;
            nodes.push(NodeId::StepName(name.clone()));
            parts.push(format!("`{name}`{suffix}"));
            suffix = "";
            next = match self.steps[current]? {
                Cause::Takes(event) => {
                    nodes.push(NodeId::EventId(event.to_owned()));
                    parts.push(event.to_owned());
                    self.events[event]
                }
                Cause::Handles(failed) => {
                    suffix = " fails";
                    Some(failed)
                }
                Cause::Gathers(opener) => {
                    parts.push("an empty batch".to_owned());
                    Some(opener)
                }
            };
        }
        nodes.reverse();
        parts.reverse();
        Some(GraphPath { nodes, text: parts.join(" → ") })
    }
}
