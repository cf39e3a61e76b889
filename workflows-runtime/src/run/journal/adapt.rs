//! Adapting a run that another version of the program has recorded.

use super::{
    json::{content_to_json, graph_to_json},
    numbering::{Numbering, rename},
    plan::Plan,
    replay::{ReadError, replayed},
    rewrite::{Unmapped, rewrite, rewrite_message},
    state_text::{Splice, StateText},
};
use crate::{
    error::{ResumeError, StepError},
    graph::Fingerprint,
    panics::discard,
    run::{
        remote::External,
        snapshot::{Content, Snapshot},
    },
    workflow::Workflow,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The new names of what a recorded run uses. Default: none.
#[derive(Debug, Clone, Default)]
pub struct Renames {
    workflow: Option<String>,
    steps: Vec<(String, String)>,
    events: Vec<(String, String)>,
}

/// Changes the state of a run, as JSON. `Err` has the reason if that is impossible.
pub type StateChange = dyn Fn(Value) -> Result<Value, String> + Send + Sync;

/// A run as this program records it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Adapted {
    /// The [graph](super::Prepared::graph) of the workflow.
    pub graph: String,
    /// The [snapshot](super::Record::snapshot), to which all ticks were applied.
    pub snapshot: String,
}

impl Renames {
    /// The workflow had this name.
    pub fn workflow(&mut self, from: impl Into<String>) {
        self.workflow = Some(from.into());
    }

    /// The step `to` was `from`.
    pub fn step(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.steps.push((from.into(), to.into()));
    }

    /// The event `to` was `from`. Also of a response or a prompt, such as `HumanResponse<Approval>`.
    pub fn event(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.events.push((from.into(), to.into()));
    }

    /// Whether nothing has another name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.workflow.is_none() && self.steps.is_empty() && self.events.is_empty()
    }

    /// The graph with the new names.
    fn rename(&self, graph: &Fingerprint) -> Fingerprint {
        let mut graph = graph.clone();
        for step in &mut graph.steps {
            if let Some((_, to)) = self.steps.iter().find(|(from, _)| *from == step.name) {
                step.name.clone_from(to);
            }
            for (from, to) in &self.events {
                for takes in &mut step.takes {
                    *takes = rename(takes, from, to);
                }
                step.emits = rename(&step.emits, from, to);
            }
        }
        graph
    }
}

/// Whether runs with this [graph](super::Prepared::graph) can be [read](super::read) as they are.
#[must_use]
pub fn has_graph<W: Workflow>(graph: &str) -> bool {
    parse(graph).is_ok_and(|graph| graph == Fingerprint::of(W::NAME, &W::TABLE))
}

/// Adapts a recorded run to this program: steps, events and batches are found by their names.
///
/// That is possible if the graph has only gained steps, if the steps have another order, and if the run uses nothing of what
/// the graph has lost. The ticks since the snapshot are applied; they need the same steps in the same order, and steps that
/// are added must be behind them and take other events.
///
/// # Errors
///
/// What the run uses and the workflow lacks; or the texts are not what was recorded.
pub fn adapt<W: Workflow>(
    graph: &str,
    snapshot: &str,
    ticks: &[impl AsRef<str>],
    renames: &Renames,
    state: Option<&StateChange>,
) -> Result<Adapted, ReadError> {
    caught(|| {
        let old = parse(graph)?;
        let plan = Planned::of::<W>(&old, renames)?;
        if let Planned::Changed(plan) = &plan
            && !ticks.is_empty()
            && (!plan.keeps_ticks || !renames.is_empty())
        {
            return Err(ReadError(
                "the run has ticks, which only a program with the same steps can apply: let it continue the run, or stop in \
                 order"
                    .to_owned(),
            ));
        }
        let text = snapshot;
        let mut snapshot = value("the snapshot", text)?;
        if let Planned::Changed(plan) = &plan {
            rewrite(&mut snapshot, plan, &W::TABLE).map_err(|unmapped| refused::<W>(unmapped, "the snapshot"))?;
        }
        let mut changed: Vec<String> = ticks.iter().map(|tick| tick.as_ref().to_owned()).collect();
        if let Some(change) = state {
            let place = snapshot.get_mut("state").ok_or_else(|| ReadError("the snapshot has no state".to_owned()))?;
            *place = change(place.take()).map_err(ReadError)?;
            changed = change_states(text, &changed, change).map_err(ReadError)?;
        }
        let graph = graph_to_json::<W>();
        if let Some(fields) = snapshot.as_object_mut() {
            fields.insert("graph".to_owned(), value("the graph", &graph)?);
        }
        let content = content::<W>(snapshot)?;
        content.validate().map_err(|error| ReadError(error.to_string()))?;
        let content = if changed.is_empty() { content } else { replayed(content, text, &changed, old.steps.len())?.0 };
        let snapshot = content_to_json(&content).map_err(ReadError)?;
        Ok(Adapted { graph, snapshot })
    })
}

/// Adapts a message for a recorded run with this graph to this program.
///
/// # Errors
///
/// No step takes the response any more; or the text is not a message.
pub fn adapt_message<W: Workflow>(graph: &str, message: &str, renames: &Renames) -> Result<String, ReadError> {
    caught(|| {
        let plan = Planned::of::<W>(&parse(graph)?, renames)?;
        let adapted = mapped::<W>(message, &plan)?;
        let read = serde_json::from_str::<External<W>>(&adapted);
        read.map(|_| adapted).map_err(|error| ReadError(format!("the message cannot be read: {error}")))
    })
}

/// A message as the program that has recorded a run with this graph reads it.
///
/// # Errors
///
/// No step of that program takes the response.
pub fn message_for<W: Workflow>(graph: &str, message: &External<W>) -> Result<String, ReadError> {
    caught(|| {
        let text = serde_json::to_string(message).map_err(|error| ReadError(error.to_string()))?;
        let (old, new) = (parse(graph)?, Fingerprint::of(W::NAME, &W::TABLE));
        if old == new {
            return Ok(text);
        }
        let plan = Plan::new(&new, &old, &Numbering::of(&new), &Numbering::of(&old));
        mapped::<W>(&text, &Planned::Changed(plan))
    })
}

/// The ticks behind this snapshot, each with the whole state if that differs, after `change`.
fn change_states(snapshot: &str, ticks: &[String], change: &StateChange) -> Result<Vec<String>, String> {
    let mut state = StateText::new(snapshot);
    let mut changed = Vec::with_capacity(ticks.len());
    for text in ticks {
        let unreadable = |error: serde_json::Error| format!("a tick cannot be read: {error}");
        let StateOfTick { state: whole, splice } = serde_json::from_str(text).map_err(unreadable)?;
        let mut tick = value("a tick", text).map_err(|error| error.to_string())?;
        let is_changed = whole.is_some() || splice.is_some();
        state.change(whole.map(|(whole,)| whole), splice)?;
        if let (true, Some(present)) = (is_changed, state.text()) {
            let present = value("the state", present).map_err(|error| error.to_string())?;
            let fields = tick.as_object_mut().ok_or("a tick is no record")?;
            fields.remove("splice");
            fields.insert("state".to_owned(), Value::Array(vec![change(present)?]));
        }
        changed.push(tick.to_string());
    }
    Ok(changed)
}

/// The fields of a record of ticks that change the state.
#[derive(Deserialize)]
struct StateOfTick {
    #[serde(default)]
    state: Option<(Box<RawValue>,)>,
    #[serde(default)]
    splice: Option<Splice>,
}

enum Planned {
    Same,
    Changed(Plan),
}

impl Planned {
    fn of<W: Workflow>(old: &Fingerprint, renames: &Renames) -> Result<Self, ReadError> {
        let new = Fingerprint::of(W::NAME, &W::TABLE);
        let mut graph = renames.rename(old);
        if Some(&graph.workflow) == renames.workflow.as_ref() {
            graph.workflow.clone_from(&new.workflow);
        }
        if graph.workflow != new.workflow {
            return Err(different::<W>(vec![format!("it is of workflow `{}`", graph.workflow)]));
        }
        if *old == new {
            return Ok(Self::Same);
        }
        let numbers = Numbering::of(&new);
        if !numbers.is_of(&W::TABLE) {
            let mut difference = new.difference(&graph);
            difference.push("two of its events have one name".to_owned());
            return Err(different::<W>(difference));
        }
        let mut old_numbers = Numbering::of(&graph);
        // The names of variants are those of the steps before they were renamed.
        for (input, original) in old_numbers.inputs.iter_mut().zip(Numbering::of(old).inputs) {
            input.variant = original.variant;
        }
        Ok(Self::Changed(Plan::new(&graph, &new, &old_numbers, &numbers)))
    }
}

fn mapped<W: Workflow>(message: &str, plan: &Planned) -> Result<String, ReadError> {
    let Planned::Changed(plan) = plan else { return Ok(message.to_owned()) };
    let mut message = value("the message", message)?;
    rewrite_message(&mut message, plan).map_err(|unmapped| refused::<W>(unmapped, "the message"))?;
    Ok(message.to_string())
}

fn parse(graph: &str) -> Result<Fingerprint, ReadError> {
    serde_json::from_str(graph).map_err(|error| ReadError(format!("the graph cannot be read: {error}")))
}

/// The text as a value, unless that would round a number.
fn value(what: &str, text: &str) -> Result<Value, ReadError> {
    if has_wide_integer(text) {
        return Err(ReadError(format!("{what} has an integer of more than 64 bits")));
    }
    serde_json::from_str(text).map_err(|error| ReadError(format!("{what} cannot be read: {error}")))
}

/// Whether there is an integer that a [`Value`] does not hold.
fn has_wide_integer(json: &str) -> bool {
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            at += 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
            continue;
        }
        let begin = at;
        while at < bytes.len() && matches!(bytes[at], b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            at += 1;
        }
        let is_integer = bytes[begin..at].iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-'));
        if is_integer
            && at - begin >= 19
            && json[begin..at].parse::<u64>().is_err()
            && json[begin..at].parse::<i64>().is_err()
        {
            return true;
        }
        at += usize::from(at == begin);
    }
    false
}

fn content<W: Workflow>(snapshot: Value) -> Result<Content<W>, ReadError> {
    let read: Result<Snapshot<W>, _> = serde_json::from_value(snapshot);
    match read {
        Ok(Snapshot(content)) => content.map_err(|error| ReadError(error.to_string())),
        Err(error) => Err(ReadError(format!("the snapshot cannot be read: {error}"))),
    }
}

fn different<W: Workflow>(difference: Vec<String>) -> ReadError {
    ReadError(ResumeError::Graph { workflow: W::NAME.to_owned(), difference }.to_string())
}

fn refused<W: Workflow>(unmapped: Unmapped, what: &str) -> ReadError {
    match unmapped {
        Unmapped::Lacks(difference) => different::<W>(difference),
        Unmapped::Unreadable => ReadError(format!("{what} is not what was recorded")),
    }
}

/// Catches a panic of the user's code: a change of the state, or a `Deserialize`.
fn caught<T>(adapt: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    match catch_unwind(AssertUnwindSafe(adapt)) {
        Ok(adapted) => adapted,
        Err(panic) => {
            let text = StepError::panicked(&*panic).to_string();
            discard(panic);
            Err(ReadError(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_integers_are_found() {
        for json in
            ["[18446744073709551616]", "{\"a\":-9223372036854775809}", "340282366920938463463374607431768211455"]
        {
            assert!(has_wide_integer(json), "{json}");
        }
        for json in [
            "[1844674407370955161]",
            "\"18446744073709551616\"",
            "\"\\\"18446744073709551616\"",
            "[0.12345678901234567890]",
        ] {
            assert!(!has_wide_integer(json), "{json}");
        }
    }
}
