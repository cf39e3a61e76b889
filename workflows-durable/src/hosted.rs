//! `Hosted`: a workflow of a host, without its type.

use crate::{
    host::Inner,
    migration::migrated,
    store::{Change, StoredRun},
};
use std::{any::Any, sync::Arc};
use workflows_runtime::{
    Snapshot, WorkflowExt,
    durable::{Durable, Prepared, Renames, deliver, has_graph, read},
    remote::External,
};

/// A workflow without its type.
pub(crate) trait AnyWorkflow: Send + Sync {
    /// Whether runs with this graph are continued as they are.
    fn has_graph(&self, graph: &str) -> bool;

    /// A run as this program records it, as a whole and with its graph, or why that is impossible.
    fn adapt(&self, stored: &StoredRun) -> Result<Change, String>;

    /// Continues a run, or returns why that is impossible.
    fn recover(&self, host: &Inner, stored: StoredRun) -> Result<(), String>;

    /// An `Arc<W>`.
    fn workflow(&self) -> Arc<dyn Any + Send + Sync>;
}

pub(crate) struct Hosted<W>(pub(crate) Arc<W>);

impl<W: Durable> AnyWorkflow for Hosted<W> {
    fn has_graph(&self, graph: &str) -> bool {
        has_graph::<W>(graph)
    }

    fn adapt(&self, stored: &StoredRun) -> Result<Change, String> {
        migrated::<W>(stored, &Renames::default(), None)
    }

    fn recover(&self, host: &Inner, stored: StoredRun) -> Result<(), String> {
        let text = stored.snapshot.map_err(|damaged| damaged.to_string())?;
        let mut ticks = Vec::with_capacity(stored.ticks.len());
        for body in stored.ticks {
            ticks.push(body.map_err(|damaged| damaged.to_string())?);
        }
        let snapshot: Snapshot<W> = read(&text, &stored.graph, &ticks).map_err(|error| error.to_string())?;
        let mut messages = Vec::with_capacity(stored.messages.len());
        for (number, body) in stored.messages {
            let body = body.map_err(|damaged| damaged.to_string())?;
            let message: External<W> =
                serde_json::from_str(&body).map_err(|error| format!("message {number} cannot be read: {error}"))?;
            messages.push((number, message));
        }
        let recorder = host.recorder(stored.id, stored.epoch).ok_or("the host has stopped")?;
        let wait = Arc::clone(&recorder.wait);
        let prepared = Prepared::new((&self.0).resume(snapshot), recorder).map_err(|error| error.to_string())?;
        let last = messages.last().map_or(0, |(number, _)| *number);
        let run = host.active.start(stored.epoch, (last, wait), || prepared.start());
        host.started.notify_waiters();
        for (number, message) in messages {
            if deliver(&run, message, number).is_err() {
                host.withdraw(run.id(), number);
            }
        }
        Ok(())
    }

    fn workflow(&self) -> Arc<dyn Any + Send + Sync> {
        Arc::<W>::clone(&self.0)
    }
}
