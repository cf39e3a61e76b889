//! Facts about a graph that the engine does not need: texts, executors, and injected values.
//!
//! The macro emits one constant of plain data for each workflow. Everything else in a
//! [`WorkflowGraph`](super::WorkflowGraph) is computed from the [`Table`](super::Table).

/// The details of a workflow, in the order of its tables.
#[derive(Debug, Clone, Copy)]
pub struct Details {
    /// For each step, in declaration order.
    pub steps: &'static [StepDetails],
    /// The factories on which a step depends.
    pub resources: &'static [ResourceDetails],
    /// The config files that are read, once for each selector.
    pub configs: &'static [ConfigDetails],
}

impl Details {
    /// Of a workflow without any.
    pub const EMPTY: Self = Self::new(&[]);

    /// Of a workflow without resources and configs.
    #[must_use]
    pub const fn new(steps: &'static [StepDetails]) -> Self {
        Self { steps, resources: &[], configs: &[] }
    }

    /// Sets the resources and configs.
    #[must_use]
    pub const fn injected(mut self, resources: &'static [ResourceDetails], configs: &'static [ConfigDetails]) -> Self {
        self.resources = resources;
        self.configs = configs;
        self
    }
}

/// The details of a step.
#[derive(Debug, Clone, Copy)]
pub struct StepDetails {
    /// The text of its doc comment.
    pub docs: &'static str,
    /// Its signature as written.
    pub signature: &'static str,
    /// Where it runs.
    pub runs_on: RunsOn,
    /// Its retry policy as written, or nothing.
    pub retry: &'static str,
    /// Its parameters that are resources or configs, by name.
    pub injected: &'static [(&'static str, InjectedNode)],
}

impl StepDetails {
    /// Of an async step that has neither a retry policy nor resources.
    #[must_use]
    pub const fn new(docs: &'static str, signature: &'static str) -> Self {
        Self { docs, signature, runs_on: RunsOn::Async, retry: "", injected: &[] }
    }

    /// Sets where it runs.
    #[must_use]
    pub const fn runs_on(mut self, runs_on: RunsOn) -> Self {
        self.runs_on = runs_on;
        self
    }

    /// Sets its retry policy.
    #[must_use]
    pub const fn retry(mut self, policy: &'static str) -> Self {
        self.retry = policy;
        self
    }

    /// Sets its parameters that are resources or configs.
    #[must_use]
    pub const fn injected(mut self, injected: &'static [(&'static str, InjectedNode)]) -> Self {
        self.injected = injected;
        self
    }
}

/// The details of a `#[resource]` factory.
#[derive(Debug, Clone, Copy)]
pub struct ResourceDetails {
    /// The method's name.
    pub name: &'static str,
    /// The type that it makes, as written.
    pub ty: &'static str,
    /// The text of its doc comment.
    pub docs: &'static str,
    /// Whether it is created once per instance.
    pub cached: bool,
    /// Where it runs.
    pub runs_on: RunsOn,
    /// The resources and configs that it needs, by the names of the parameters.
    pub injected: &'static [(&'static str, InjectedNode)],
}

/// A part of a config file.
#[derive(Debug, Clone, Copy)]
pub struct ConfigDetails {
    /// The file.
    pub file: &'static str,
    /// The path in the file, or nothing for the whole file.
    pub select: &'static str,
    /// The type of the value, as written.
    pub ty: &'static str,
}

/// What a parameter takes, by its number.
#[derive(Debug, Clone, Copy)]
pub enum InjectedNode {
    /// A resource.
    Resource(usize),
    /// A config.
    Config(usize),
}

/// Where the code of a step or a resource runs.
#[derive(Debug, Clone, Copy)]
pub enum RunsOn {
    /// In the task of the run.
    Async,
    /// On the threads for blocking I/O.
    BlockingIo,
    /// On a pool for computations: the named one, or the default one if the name is empty.
    BlockingCpu(&'static str),
    /// In a process of a pool: the named one, or the default one if the name is empty.
    Process(&'static str),
}
