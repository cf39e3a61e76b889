//! `Hosted`: a workflow of a host, without its type.

use crate::{
    active::ActiveRun,
    children::{Children, Wanted},
    committer::Reply,
    error::HostError,
    host::Inner,
    id::InvalidId,
    migration::migrated,
    new_run::Startable,
    recorder::{Life, Recorder},
    step_attempt::StepAttempt,
    store::{Applied, Attempt, Change, ChangeKind, ChildEnd, ENDED_BY_PARENT, RunStatus, StoredChild, StoredRun},
};
use std::{
    any::Any,
    sync::{Arc, Weak},
    time::SystemTime,
};
use tokio::sync::oneshot;
use workflows_runtime::{
    RunId, Snapshot, WorkflowExt,
    durable::{
        Child, ChildOf, Durable, LastRecord, Prepared, Recorded, Renames, StartedChild, attempts, deliver, has_graph,
        is_released, read,
    },
    remote::External,
};

/// A workflow without its type.
pub(crate) trait AnyWorkflow: Send + Sync {
    /// Whether runs with this graph are continued as they are.
    fn has_graph(&self, graph: &str) -> bool;

    /// A run as this program records it, as a whole and with its graph, or why that is impossible.
    fn adapt(&self, stored: &StoredRun) -> Result<Change, String>;

    /// Why a run cannot be continued.
    fn check(&self, stored: &StoredRun) -> Result<(), String>;

    /// Continues a run, or returns why that is impossible.
    fn recover(&self, host: &Inner, stored: StoredRun) -> Result<(), String>;

    /// Starts a child of the run of `parent`, or continues one that was started before. `Err` if it is of a workflow of the same
    /// name.
    fn child(&self, host: &Inner, parent: &Recorder, child: Child) -> Result<StartedChild, Child>;

    /// A [`Startable`].
    fn startable(&self) -> Box<dyn Any>;
}

pub(crate) struct Hosted<W>(pub(crate) Arc<W>);

/// Messages with their numbers.
type Messages<W> = Vec<(u64, External<W>)>;

/// A stored run as it is continued.
fn parse<W: Durable>(stored: &StoredRun) -> Result<(Recorded<W>, Messages<W>), String> {
    let text = stored.snapshot.as_ref().map_err(ToString::to_string)?;
    let mut ticks = Vec::with_capacity(stored.ticks.len());
    for body in &stored.ticks {
        ticks.push(body.as_ref().map_err(ToString::to_string)?);
    }
    let recorded = read(text, &stored.graph, &ticks).map_err(|error| error.to_string())?;
    let mut messages = Vec::with_capacity(stored.messages.len());
    for (number, body) in &stored.messages {
        let body = body.as_ref().map_err(ToString::to_string)?;
        let message = serde_json::from_str(body);
        messages.push((*number, message.map_err(|error| format!("message {number} cannot be read: {error}"))?));
    }
    Ok((recorded, messages))
}

impl<W: Durable> AnyWorkflow for Hosted<W> {
    fn has_graph(&self, graph: &str) -> bool {
        has_graph::<W>(graph)
    }

    fn adapt(&self, stored: &StoredRun) -> Result<Change, String> {
        migrated::<W>(stored, &Renames::default(), None)
    }

    fn check(&self, stored: &StoredRun) -> Result<(), String> {
        parse::<W>(stored).map(|_| ())
    }

    fn recover(&self, host: &Inner, stored: StoredRun) -> Result<(), String> {
        let (Recorded { snapshot, last, .. }, messages) = parse::<W>(&stored)?;
        let (life, over) = continued(stored.children, &snapshot);
        let recorder = host.recorder(stored.id, stored.epoch, life).ok_or("the host has stopped")?;
        let run = (&self.0).resume(snapshot);
        let prepared = Prepared::new(run, Arc::clone(&recorder) as _).map_err(|error| error.to_string())?;
        recorder.settle(over);
        launch(host, &recorder, behind(prepared, last), messages);
        Ok(())
    }

    fn child(&self, host: &Inner, parent: &Recorder, child: Child) -> Result<StartedChild, Child> {
        let wanted = Wanted::of(&child);
        let child = child.of::<W>()?;
        let Some(stored) = parent.children.find::<W>(&wanted) else {
            return Ok(start_child(host, parent, child, wanted));
        };
        match stored.state {
            Ok(running) => Ok(resume_child(host, parent, child, running, &wanted)),
            Err(ChildEnd { status: RunStatus::Completed, result, .. }) => {
                Ok(child.ended(stored.id, Ok(&result.unwrap_or_default())))
            }
            Err(ChildEnd { failure, .. }) => Ok(child.ended(stored.id, Err(&failure.unwrap_or_default()))),
        }
    }

    fn startable(&self) -> Box<dyn Any> {
        Box::new(Startable::new(Arc::clone(&self.0)))
    }
}

/// What a run continues with, and the attempts of its children that are over.
fn continued<W: Durable>(children: Vec<StoredChild>, snapshot: &Snapshot<W>) -> (Life, Vec<(u64, u32)>) {
    let attempts = attempts(snapshot);
    let (children, over) = Children::of_stored(children, &attempts);
    (Life { children, again: Some(StepAttempt::to_json(attempts.begun_again())) }, over)
}

/// A run that is recorded behind its last record.
fn behind<W: Durable>(prepared: Prepared<W>, last: Option<LastRecord>) -> Prepared<W> {
    if let Some(last) = last {
        prepared.continue_behind(last);
    }
    prepared
}

/// Starts a run that is recorded, and delivers its messages.
fn launch<W: Durable>(host: &Inner, recorder: &Recorder, prepared: Prepared<W>, messages: Messages<W>) {
    let last = messages.last().map_or(0, |(number, _)| *number);
    let run = host.active.start(recorder, last, || prepared.start());
    host.started.notify_waiters();
    for (number, message) in messages {
        if deliver(&run, message, number).is_err() && !is_released(&run) {
            host.withdraw(run.id(), number);
        }
    }
}

/// Continues a child of the store.
fn resume_child<W: Durable>(
    host: &Inner,
    parent: &Recorder,
    child: ChildOf<W>,
    stored: StoredRun,
    wanted: &Wanted,
) -> StartedChild {
    let (Recorded { snapshot, last, .. }, messages) = match parse::<W>(&stored) {
        Ok(parsed) => parsed,
        Err(reason) => return child.refused(stored.id, &reason),
    };
    let (life, over) = continued(stored.children, &snapshot);
    let recorder = parent.of_child(stored.id, stored.epoch, parent.attempt(wanted), life);
    match child.resume(snapshot, Arc::clone(&recorder) as _) {
        Ok((prepared, started)) => {
            recorder.settle(over);
            launch(host, &recorder, behind(prepared, last), messages);
            started
        }
        Err(failed) => failed,
    }
}

/// Starts a new child. It begins once its start is durable.
fn start_child<W: Durable>(host: &Inner, parent: &Recorder, child: ChildOf<W>, wanted: Wanted) -> StartedChild {
    if let Some(id) = &wanted.id
        && let Err(reason) = InvalidId::check(id)
    {
        let error = HostError::InvalidId { id: id.clone(), reason };
        return child.refused(id.clone(), &error.to_string());
    }
    let id = parent.children.new_id(&parent.run, &wanted);
    let attempt = parent.attempt(&wanted);
    let recorder = parent.of_child(id.clone(), parent.epoch, attempt.clone(), Life::default());
    let (prepared, started) = match child.prepare(id.clone(), Arc::clone(&recorder) as _) {
        Ok(prepared) => prepared,
        Err(failed) => return failed,
    };
    let snapshot = prepared.snapshot();
    let (snapshot, input) = match (snapshot, wanted.input) {
        (Ok(snapshot), Ok(input)) => (snapshot, input),
        (Err(reason), _) | (_, Err(reason)) => {
            prepared.refuse(&reason);
            return started;
        }
    };
    let at = SystemTime::now();
    let start = ChangeKind::Start {
        parent: Some(attempt),
        owner: host.owner.clone(),
        workflow: W::NAME.to_owned(),
        graph: prepared.graph(),
        snapshot,
        input,
        due: prepared.timeout().and_then(|timeout| at.checked_add(timeout)),
        at,
    };
    if let Some(other) = parent.children.take_named(&id)
        && let Ok(running) = other.state
    {
        // The step has started another one with this id before it began again.
        recorder.request(id.clone(), end_of(&running), Reply::Nothing);
    }
    // An earlier attempt may have started one with this id, which ends.
    let is_earlier = |earlier: &ActiveRun| earlier.child_of.as_ref().is_some_and(|child_of| child_of.run == parent.run);
    let earlier = host.active.get(&id).filter(is_earlier);
    let starting = parent.wait.start_child();
    let host = Weak::clone(&host.me);
    tokio::spawn(async move {
        if let Some(earlier) = earlier {
            earlier.ended().await;
        }
        let (reply, applied) = oneshot::channel();
        recorder.request(id.clone(), start, Reply::Start(reply));
        match (applied.await, host.upgrade()) {
            (Ok(Applied::Done), Some(host)) => launch(&host, &recorder, prepared, Vec::new()),
            (Ok(Applied::Exists), _) => prepared.refuse(&format!("run `{id}` exists")),
            // The parent is released, or the host has stopped.
            _ => prepared.release(),
        }
        drop(starting);
    });
    started
}

/// The end of a running child that its parent does not start again.
fn end_of(child: &StoredRun) -> ChangeKind {
    ChangeKind::End {
        epoch: child.epoch,
        status: RunStatus::Cancelled,
        result: None,
        error: Some(ENDED_BY_PARENT.to_owned()),
        failure: None,
        is_dropped: true,
        snapshot: None,
        items: Vec::new(),
        again: None,
        at: SystemTime::now(),
    }
}

impl Recorder {
    /// The attempt of a step of this run.
    fn attempt(&self, wanted: &Wanted) -> Attempt {
        Attempt::new(RunId::clone(&self.run), self.epoch, wanted.execution, wanted.attempt)
    }
}
