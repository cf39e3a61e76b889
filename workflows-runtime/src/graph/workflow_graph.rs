//! The graph of a workflow as plain data, for tools, pictures and tests.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The graph of a workflow: what its steps take, emit and need. Returned by
/// [`Workflow::graph`](crate::Workflow::graph).
///
/// Nodes refer to each other by id: the name of a step or a resource, and the [`id`](EventNode::id) of an event. The
/// lists are in declaration order, so equal workflows have equal graphs. New fields and variants may be added in any
/// version.
///
/// ```
/// use workflows_runtime::{graph::StepRole, prelude::*};
///
/// #[event] struct Page { text: String }
///
/// # #[workflow] struct Count;
/// #[workflow]
/// impl Count {
///     #[step]
///     async fn split(&self, Start(text): Start<String>) -> Vec<Page> {
///         text.split('\n').map(|text| Page { text: text.to_owned() }).collect()
///     }
///
///     #[step]
///     async fn count(&self, pages: Vec<Page>) -> Stop<usize> {
///         Stop(pages.len())
///     }
/// }
///
/// let graph = Count::graph();
/// assert_eq!(graph.step("count").unwrap().role, StepRole::Gather);
/// assert_eq!(graph.batches[0].gathered_by, ["count"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WorkflowGraph {
    /// The name of the workflow's type.
    pub name: String,
    /// The text of its doc comment, or nothing.
    pub docs: String,
    /// The steps and error handlers.
    pub steps: Vec<StepNode>,
    /// Every event type that a signature names.
    pub events: Vec<EventNode>,
    /// The batches that steps open: each `Vec` in an output is the source of one.
    pub batches: Vec<BatchSource>,
    /// The `#[resource]` factories on which a step depends.
    pub resources: Vec<ResourceNode>,
    /// The config files that steps and resources read.
    pub configs: Vec<ConfigNode>,
    /// What enters and leaves a run.
    pub boundary: Boundary,
    /// The loops: each is a set of steps, by name, that lead to each other.
    pub loops: Vec<Vec<String>>,
}

/// A step or an error handler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepNode {
    /// The name of the method.
    pub name: String,
    /// The text of its doc comment, or nothing.
    pub docs: String,
    /// Its signature as written, without attributes.
    pub signature: String,
    /// How its inputs are combined.
    pub role: StepRole,
    /// Where it runs.
    pub executor: ExecutorKind,
    /// How many executions may run at once.
    pub workers: u32,
    /// The timeout of one execution.
    pub timeout: Option<Duration>,
    /// How long an execution of a blocking step may wait for its thread.
    pub queue_timeout: Option<Duration>,
    /// The retry policy as written.
    pub retry: Option<String>,
    /// The parameters that take events. An error handler has none: it takes the failures of
    /// [`covers`](Self::covers).
    pub inputs: Vec<InputParameter>,
    /// What it returns.
    pub output: OutputShape,
    /// The events that it sends through its context, and the prompts that it asks there, by id.
    pub sends: Vec<String>,
    /// The responses that it waits for inside an execution, by id.
    pub awaits: Vec<String>,
    /// The parameters that are resources or configs.
    pub injected: Vec<InjectedParameter>,
    /// The error handler that takes its failures, by name.
    pub handler: Option<String>,
    /// The steps whose failures it takes, by name.
    pub covers: Vec<String>,
    /// How many failures of one event and what follows from it the handler takes.
    pub max_recoveries: Option<u32>,
}

/// How a step combines its inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepRole {
    /// It runs for each event.
    Single,
    /// It waits for several events: several parameters, or an array.
    Join,
    /// It takes what reaches it in a batch, as a `Vec`.
    Gather,
    /// It takes the first events of a batch, as a `First`, and cancels the rest.
    Race,
    /// It takes failures of other steps.
    Handler,
}

/// Where a step or a resource runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExecutorKind {
    /// In the task of the run.
    Async,
    /// On the threads for blocking I/O.
    BlockingIo,
    /// On the pool for computations, or on a pool of its own.
    BlockingCpu {
        /// The name of the pool. `None` is the default one.
        pool: Option<String>,
    },
    /// In a process of its own, see `isolated`.
    Process {
        /// The name of the pool of processes. `None` is the default one.
        pool: Option<String>,
    },
}

impl ExecutorKind {
    /// Whether the code blocks a thread, of this process or of another one.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        !matches!(self, Self::Async)
    }
}

/// A parameter of a step that takes events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputParameter {
    /// How many events it takes.
    pub collects: Collects,
    /// The event types that it takes, by id: several for a `OneOf`.
    pub events: Vec<String>,
}

/// How many events a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Collects {
    /// One.
    One,
    /// All of a batch: a `Vec`.
    All,
    /// This many: an array.
    Every(usize),
    /// The first of a batch: a `First`.
    #[serde(rename = "first")]
    FirstOf(usize),
}

/// The return type of a step. Any step may fail, so a `Result` is not a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutputShape {
    /// `()`.
    Nothing,
    /// An event, the result of the run, or a prompt, by id.
    #[serde(rename = "event")]
    Emits(String),
    /// An `Option`.
    Maybe(Box<OutputShape>),
    /// A `OneOf`.
    #[serde(rename = "one_of")]
    AnyOf(Vec<OutputShape>),
    /// A tuple.
    #[serde(rename = "all")]
    AllOf(Vec<OutputShape>),
    /// A `Vec`.
    Batch {
        /// The position of the batch in [`WorkflowGraph::batches`].
        source: usize,
        /// What one branch emits.
        branch: Box<OutputShape>,
    },
}

impl OutputShape {
    /// Calls `visit` with the id of each event, and whether it is emitted into a batch.
    pub(crate) fn visit<'a>(&'a self, in_batch: bool, visit: &mut impl FnMut(&'a str, bool)) {
        match self {
            Self::Nothing => {}
            Self::Emits(id) => visit(id, in_batch),
            Self::Maybe(of) => of.visit(in_batch, visit),
            Self::AnyOf(members) | Self::AllOf(members) => {
                for member in members {
                    member.visit(in_batch, visit);
                }
            }
            Self::Batch { branch, .. } => branch.visit(true, visit),
        }
    }
}

/// An event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventNode {
    /// The name, with its path if the workflow has another event of this name.
    pub id: String,
    /// The name without its path, as signatures have it: `Draft`, `Start<String>`.
    pub name: String,
    /// The text of its doc comment, or nothing.
    pub docs: String,
    /// What it is to a run.
    pub kind: EventKind,
    /// Whether some step emits it into a batch that it opens.
    pub is_batched: bool,
}

/// What an event is to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// From a step to a step.
    Plain,
    /// The input of the run.
    #[serde(rename = "start")]
    RunInput,
    /// The result of the run.
    #[serde(rename = "stop")]
    RunResult,
    /// From a step to the client.
    Prompt,
    /// From the client to a step.
    Response,
}

/// A `Vec` in an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BatchSource {
    /// The step that opens the batch, by name.
    pub step: String,
    /// The events of its branches, by id.
    pub events: Vec<String>,
    /// The steps that gather the batch, by name.
    pub gathered_by: Vec<String>,
}

/// A `#[resource]` factory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResourceNode {
    /// The name of the method.
    pub name: String,
    /// The type that it makes, as written.
    pub ty: String,
    /// The text of its doc comment, or nothing.
    pub docs: String,
    /// Whether it is created once per instance. Otherwise it is created for each execution.
    pub cached: bool,
    /// Where it runs.
    pub executor: ExecutorKind,
    /// The resources and configs that it needs.
    pub injected: Vec<InjectedParameter>,
}

/// A part of a config file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigNode {
    /// The file, as written.
    pub file: String,
    /// The path in the file. `None` is the whole file.
    pub select: Option<String>,
    /// The type of the value, as written.
    pub ty: String,
}

/// A parameter that takes a resource or a config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InjectedParameter {
    /// The name of the parameter, unless it is another pattern.
    pub parameter: Option<String>,
    /// What it takes.
    pub source: InjectedSource,
}

/// What a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InjectedSource {
    /// A resource, by name.
    Resource(String),
    /// A config, by its position in [`WorkflowGraph::configs`].
    Config(usize),
}

/// What enters and leaves a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Boundary {
    /// The input, by id.
    pub start: String,
    /// The result, by id.
    pub stop: String,
    /// The prompts to the client, by id.
    pub prompts: Vec<String>,
    /// The responses of the client, by id.
    pub responses: Vec<String>,
    /// The types of the items that steps publish.
    pub streamed: Vec<String>,
}

impl WorkflowGraph {
    /// The step with this name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepNode> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The event with this id.
    #[must_use]
    pub fn event(&self, id: &str) -> Option<&EventNode> {
        self.events.iter().find(|event| event.id == id)
    }

    /// The steps that take the event with this id, by name.
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
    /// let graph = Greet::graph();
    /// assert_eq!(graph.takers("Start<String>").collect::<Vec<_>>(), ["greet"]);
    /// assert_eq!(graph.steps[0].emits(), ["Stop<String>"]);
    /// ```
    pub fn takers<'a>(&'a self, event: &'a str) -> impl Iterator<Item = &'a str> {
        let takes = move |step: &&StepNode| {
            let mut ids = step.inputs.iter().flat_map(|input| &input.events).chain(&step.awaits);
            ids.any(|id| id == event)
        };
        self.steps.iter().filter(takes).map(|step| step.name.as_str())
    }
}

impl StepNode {
    /// The events that it emits, by id: what it returns, then what it sends. Each id once.
    #[must_use]
    pub fn emits(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        let mut add = |id| {
            if !ids.contains(&id) {
                ids.push(id);
            }
        };
        self.output.visit(false, &mut |id, _| add(id));
        for id in &self.sends {
            add(id);
        }
        ids
    }
}
