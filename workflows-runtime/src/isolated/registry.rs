//! The workflows and functions of a program that another process may execute.

use super::{
    function::IsolatedFunction,
    serve::{block_on, caught},
};
use crate::{
    process::{Frame, Link, Target, TargetKind, identity_of, read},
    run::remote::{Execution, StepCall},
    workflow::Workflow,
};
use core::fmt;
use std::sync::Arc;

/// The workflows and functions of a program that have isolated code, for [`init`](super::init).
///
/// ```
/// use workflows_runtime::{isolated::Registry, prelude::*};
///
/// #[blocking(cpu, isolated)]
/// fn double(number: u64) -> u64 {
///     number * 2
/// }
///
/// let registry = Registry::new().function(double);
/// assert!(format!("{registry:?}").contains("double"));
/// ```
#[derive(Default)]
#[must_use]
pub struct Registry {
    entries: Vec<Entry>,
}

struct Entry {
    kind: TargetKind,
    name: &'static str,
    identity: u64,
    execute: Box<Execute>,
}

/// Executes a call with these arguments. Returns the frame with its result.
type Execute = dyn Fn(&[u8], &Link) -> Frame + Send;

impl Registry {
    /// Creates an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function with `#[blocking(.., isolated)]`. A generic one is added once for each of its types, as in
    /// `.function(parse::<Invoice>)`.
    pub fn function<Arguments>(mut self, function: impl IsolatedFunction<Arguments>) -> Self {
        let (name, identity) = function.identity();
        let execute = Box::new(move |arguments: &[u8], _: &Link| function.execute(arguments));
        self.entries.push(Entry { kind: TargetKind::Function, name, identity, execute });
        self
    }

    /// Adds a workflow whose steps may be isolated. They are executed on this instance, and not on that of the run,
    /// which remains in its process.
    ///
    /// ```
    /// use workflows_runtime::{isolated::Registry, prelude::*};
    ///
    /// #[workflow]
    /// struct Resize {
    ///     width: u32,
    /// }
    ///
    /// #[workflow]
    /// impl Resize {
    ///     #[step(retry = Retry::immediate().max_attempts(3))]
    ///     #[blocking(cpu, isolated(timeout = "10s"))]
    ///     fn resize(&self, Start(pixels): Start<u32>) -> Stop<u32> {
    ///         Stop(pixels / self.width)
    ///     }
    /// }
    ///
    /// let registry = Registry::new().workflow(Resize { width: 640 });
    /// # let _ = registry;
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the registry has an instance of this workflow already: a call could not say which one it is for.
    #[track_caller]
    pub fn workflow<W: Workflow>(mut self, workflow: impl Into<Arc<W>>) -> Self {
        let workflow = workflow.into();
        let (kind, name, identity) = (TargetKind::Workflow, W::NAME, identity_of::<W>());
        let is_known = self.entries.iter().any(|entry| entry.kind == kind && entry.identity == identity);
        assert!(!is_known, "the registry has two instances of the workflow `{name}`");
        let execute = Box::new(move |arguments: &[u8], link: &Link| execute_step(&workflow, arguments, link));
        self.entries.push(Entry { kind, name, identity, execute });
        self
    }

    /// Executes a call. Returns the frame with its result.
    pub(super) fn execute(&self, target: Target<'_>, arguments: &[u8], link: &Link) -> Frame {
        let is_target =
            |entry: &&Entry| (entry.kind, entry.name, entry.identity) == (target.kind, target.name, target.identity);
        match self.entries.iter().find(is_target) {
            Some(entry) => (entry.execute)(arguments, link),
            None => Frame::unregistered(),
        }
    }
}

fn execute_step<W: Workflow>(workflow: &Arc<W>, arguments: &[u8], link: &Link) -> Frame {
    let call: StepCall<W> = match read(arguments) {
        Ok(call) => call,
        Err(problem) => return Frame::unreadable(&problem),
    };
    let mut execution = Execution::new(workflow, call);
    if let Some(codec) = W::items() {
        let link = link.clone();
        execution = execution.on_publish(move |published| {
            let mut frame = Frame::item();
            let written = codec.write(&published.item, frame.payload());
            let sent = written.and_then(|()| link.send(frame).map_err(|error| error.to_string()));
            if let Err(problem) = sent {
                panic!("an item cannot be sent to another process: {problem}");
            }
        });
    }
    caught(|| {
        let answer = block_on(execution.into_future());
        let mut frame = Frame::returned();
        match answer.write_outcome(frame.payload()) {
            Ok(()) => frame,
            Err(problem) => Frame::unwritable(&problem),
        }
    })
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| entry.name)).finish()
    }
}
