//! Rewriting a recorded snapshot from the numbers of one graph to those of another one.
//!
//! The texts are those of `engine/state.rs`, `run/collect.rs` and `run/open_prompts.rs`. What is rewritten is validated as
//! any snapshot is, so a mistake here refuses a run and does not damage it.

use super::plan::Plan;
use crate::graph::Table;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The members of a prompt type with several types.
const MEMBERS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

/// Why a snapshot cannot be rewritten.
pub(super) enum Unmapped {
    /// It uses what the new graph lacks.
    Lacks(Vec<String>),
    /// It is not a snapshot.
    Unreadable,
}

/// Rewrites all numbers in a snapshot.
pub(super) fn rewrite(snapshot: &mut Value, plan: &Plan, table: &Table) -> Result<(), Unmapped> {
    let mut rewriting = Rewriting { plan, lacks: BTreeSet::new() };
    let is_readable = rewriting.snapshot(snapshot, table).is_some();
    rewriting.end(is_readable)
}

/// Rewrites the event in a message.
pub(super) fn rewrite_message(message: &mut Value, plan: &Plan) -> Result<(), Unmapped> {
    let mut rewriting = Rewriting { plan, lacks: BTreeSet::new() };
    let is_readable = rewriting.message(message).is_some();
    rewriting.end(is_readable)
}

/// Each method returns `None` if the value is not what it should be.
struct Rewriting<'a> {
    plan: &'a Plan,
    lacks: BTreeSet<String>,
}

impl Rewriting<'_> {
    fn end(self, is_readable: bool) -> Result<(), Unmapped> {
        if !is_readable {
            return Err(Unmapped::Unreadable);
        }
        if self.lacks.is_empty() { Ok(()) } else { Err(Unmapped::Lacks(self.lacks.into_iter().collect())) }
    }

    fn number(&mut self, number: &mut Value, numbers: &[Result<u64, String>]) -> Option<()> {
        let old = usize::try_from(number.as_u64()?).ok()?;
        match numbers.get(old)? {
            Ok(new) => *number = json!(new),
            Err(reason) => {
                self.lacks.insert(reason.clone());
            }
        }
        Some(())
    }

    fn step(&mut self, step: &mut Value) -> Option<()> {
        let plan = self.plan;
        self.number(step, &plan.steps)
    }

    fn slot(&mut self, slot: &mut Value) -> Option<()> {
        let plan = self.plan;
        self.number(slot, &plan.slots)
    }

    /// An object with one entry: the variant, and its content.
    fn event(&mut self, event: &mut Value) -> Option<()> {
        let entries = event.as_object_mut()?;
        let variant = entries.keys().next()?.clone();
        match self.plan.variants.get(&variant)? {
            Ok(new) if *new != variant => {
                let content = entries.remove(&variant)?;
                entries.insert(new.clone(), content);
            }
            Ok(_) => {}
            Err(reason) => {
                self.lacks.insert(reason.clone());
            }
        }
        Some(())
    }

    fn events(&mut self, events: &mut Value) -> Option<()> {
        for event in events.as_array_mut()? {
            self.event(event)?;
        }
        Some(())
    }

    fn input(&mut self, input: &mut Value) -> Option<()> {
        if let Some(event) = input.get_mut("One") {
            return self.event(event);
        }
        self.events(input.get_mut("Many")?)
    }

    fn snapshot(&mut self, snapshot: &mut Value, table: &Table) -> Option<()> {
        let engine = snapshot.get_mut("engine")?;
        self.queues(engine.get_mut("queues")?)?;
        for execution in occupied(engine.get_mut("executions")?)? {
            self.execution(execution)?;
        }
        self.waits(engine.get_mut("waits")?)?;
        self.budgets(engine.get_mut("recovery_budgets")?)?;
        for batch in occupied(engine.get_mut("batches")?)? {
            self.batch(batch)?;
        }
        batches_of_table(engine, table)?;
        self.overrides(engine.get_mut("overrides")?)?;
        for set in snapshot.get_mut("collected")?.get_mut("pending")?.as_array_mut()? {
            self.step(set.get_mut(0)?.get_mut(0)?)?;
            self.slot(set.get_mut(0)?.get_mut(2)?)?;
            self.events(set.get_mut(1)?)?;
        }
        for calls in snapshot.get_mut("collected")?.get_mut("calls")?.as_object_mut()?.values_mut() {
            for returned in calls.get_mut("returned")?.as_array_mut()? {
                self.events(returned.get_mut(1)?)?;
            }
        }
        for prompt in snapshot.get_mut("prompts")?.as_array_mut()? {
            self.prompt(prompt.get_mut("prompt")?)?;
            if let Some(wait) = prompt.get_mut("by")?.get_mut("Wait") {
                self.slot(wait.get_mut("slot")?)?;
            }
        }
        Some(())
    }

    fn queues(&mut self, queues: &mut Value) -> Option<()> {
        let empty = json!({"running": 0, "requeued": null, "inputs": []});
        let mut new = vec![empty; self.plan.new_steps];
        let old = std::mem::take(queues.as_array_mut()?);
        if old.len() != self.plan.steps.len() {
            return None;
        }
        for (step, mut queue) in old.into_iter().enumerate() {
            let inputs = queue.get_mut("inputs")?.as_array_mut()?;
            for queued in &mut *inputs {
                if let Some(single) = queued.get_mut("Single") {
                    self.input(single.get_mut("input")?)?;
                } else {
                    self.events(queued.get_mut("Branches")?.get_mut("events")?)?;
                }
            }
            match &self.plan.steps[step] {
                Ok(at) => *new.get_mut(usize::try_from(*at).ok()?)? = queue,
                // Its executions are examined themselves.
                Err(_) if inputs.is_empty() => {}
                Err(reason) => {
                    self.lacks.insert(reason.clone());
                }
            }
        }
        *queues = Value::Array(new);
        Some(())
    }

    fn execution(&mut self, execution: &mut Value) -> Option<()> {
        self.step(execution.get_mut("step")?)?;
        let input = execution.get_mut("input")?;
        if !input.is_null() {
            self.input(input)?;
        }
        let history = execution.get_mut("history")?;
        if history.is_null() {
            return Some(());
        }
        for wait in history.get_mut("waits")?.as_array_mut()? {
            self.slot(wait.get_mut("slot")?)?;
            if let Some(event) = wait.get_mut("outcome")?.get_mut("Answered") {
                self.event(event)?;
            }
        }
        Some(())
    }

    fn waits(&mut self, waits: &mut Value) -> Option<()> {
        if waits.is_null() {
            return Some(());
        }
        for pending in waits.get_mut("pending")?.as_array_mut()? {
            self.slot(pending.get_mut(0)?.get_mut(0)?)?;
        }
        for keys in ["blocked", "replaying"] {
            for key in waits.get_mut(keys)?.as_array_mut()? {
                self.slot(key.get_mut(0)?)?;
            }
        }
        let buffered = waits.get_mut("buffered")?.as_array_mut()?;
        // A slot may stay without any response.
        buffered.retain(|of_slot| of_slot.get(1).is_some_and(|responses| *responses != json!([])));
        for of_slot in &mut *buffered {
            self.slot(of_slot.get_mut(0)?)?;
            for response in of_slot.get_mut(1)?.as_array_mut()? {
                self.event(response.get_mut("event")?)?;
            }
        }
        buffered.sort_by_key(|of_slot| of_slot.get(0).and_then(Value::as_u64));
        Some(())
    }

    fn budgets(&mut self, budgets: &mut Value) -> Option<()> {
        if budgets.is_null() {
            return Some(());
        }
        for counts in budgets.get_mut("counts")?.as_array_mut()? {
            self.counts(counts)?;
        }
        for entry in budgets.get_mut("index")?.as_array_mut()? {
            self.counts(entry.get_mut(0)?)?;
        }
        Some(())
    }

    fn counts(&mut self, counts: &mut Value) -> Option<()> {
        let counts = counts.as_array_mut()?;
        for count in &mut *counts {
            self.step(count.get_mut(0)?)?;
        }
        counts.sort_by_key(|count| count.get(0).and_then(Value::as_u64));
        Some(())
    }

    fn batch(&mut self, batch: &mut Value) -> Option<()> {
        let opener = batch.get_mut("opener")?;
        if !opener.is_null() {
            let plan = self.plan;
            self.number(opener, &plan.openers)?;
        }
        for join in batch.get_mut("joins")?.as_array_mut()? {
            self.step(join.get_mut("step")?)?;
            for port in join.get_mut("ports")?.as_array_mut()? {
                for parked in port.get_mut("events")?.as_array_mut()? {
                    self.event(parked.get_mut("event")?)?;
                }
            }
        }
        Some(())
    }

    fn overrides(&mut self, overrides: &mut Value) -> Option<()> {
        if overrides.is_null() {
            return Some(());
        }
        let overrides = overrides.as_array_mut()?;
        let mut new = Vec::new();
        for mut options in std::mem::take(overrides) {
            let step = options.get_mut("step")?;
            // A step that is gone needs no options.
            if let Ok(at) = self.plan.steps.get(usize::try_from(step.as_u64()?).ok()?)? {
                *step = json!(at);
                new.push(options);
            }
        }
        new.sort_by_key(|options| options.get("step").and_then(Value::as_u64));
        *overrides = new;
        Some(())
    }

    fn prompt(&mut self, prompt: &mut Value) -> Option<()> {
        let is_same = |(number, new): (usize, &Result<usize, String>)| *new == Ok(number);
        if self.plan.prompts.len() == self.plan.new_prompts && self.plan.prompts.iter().enumerate().all(is_same) {
            return Some(());
        }
        let (old, content) = if self.plan.prompts.len() == 1 {
            (0, prompt.take())
        } else {
            let (member, content) = prompt.as_object_mut()?.iter_mut().next()?;
            (MEMBERS.iter().position(|known| known == member)?, content.take())
        };
        match self.plan.prompts.get(old)? {
            Ok(_) if self.plan.new_prompts == 1 => *prompt = content,
            Ok(new) => *prompt = json!({*MEMBERS.get(*new)?: content}),
            Err(reason) => {
                self.lacks.insert(reason.clone());
            }
        }
        Some(())
    }

    fn message(&mut self, message: &mut Value) -> Option<()> {
        let content = message.get_mut("v1")?;
        if let Some(event) = content.get_mut("Response") {
            return self.event(event);
        }
        if let Some(answer) = content.get_mut("Answer") {
            return self.event(answer.get_mut("response")?);
        }
        (*content == "Cancel").then_some(())
    }
}

/// The values of a slab.
fn occupied(slab: &mut Value) -> Option<impl Iterator<Item = &mut Value>> {
    Some(slab.get_mut("entries")?.as_array_mut()?.iter_mut().filter_map(|entry| entry.get_mut("Occupied")))
}

/// Adds or removes what a workflow with joins has, and one without them has not: the batch that is the run itself; with
/// races, also the executions and batches in each batch.
fn batches_of_table(engine: &mut Value, table: &Table) -> Option<()> {
    let executions = places(engine)?;
    let queued: usize = engine.get("queues")?.as_array()?.iter().filter_map(queued).sum();
    let has_batches = engine.get("batches")?.get("len")?.as_u64()? > 0;
    if !table.batched {
        let is_pristine = |batch: &mut Value| batch.get("joins") == Some(&json!([])) && batch["opener"].is_null();
        if has_batches && occupied(engine.get_mut("batches")?)?.all(is_pristine) {
            *engine.get_mut("batches")? = json!({"entries": [], "next_vacant": null, "len": 0});
            *engine.get_mut("root_batch")? = json!(0);
        }
        return Some(());
    }
    if !has_batches {
        let root = json!({
            "parent": {"batch": 0, "branch": 0, "lineage": 0}, "opener": null, "holds": queued + executions.len(),
            "cancelled": false, "detached": false, "joins": [], "executions": [], "children": [],
        });
        *engine.get_mut("batches")? = json!({"entries": [{"Occupied": root}], "next_vacant": null, "len": 1});
    }
    let entries = engine.get_mut("batches")?.get_mut("entries")?.as_array_mut()?;
    let parents: Vec<Option<u64>> = entries.iter().map(parent).collect();
    for (index, entry) in (0_u64..).zip(entries) {
        let Some(batch) = entry.get_mut("Occupied") else { continue };
        let mut within: Vec<(u64, usize)> = Vec::new();
        let mut children: Vec<u64> = Vec::new();
        if table.races {
            within.extend(executions.iter().filter(|(batch, _)| *batch == index).map(|(_, execution)| *execution));
            let with_parent = (0_u64..).zip(&parents);
            children.extend(with_parent.filter(|(_, parent)| **parent == Some(index)).map(|(child, _)| child));
        }
        *batch.get_mut("executions")? = json!(within);
        *batch.get_mut("children")? = json!(children);
    }
    Some(())
}

/// The batch around a batch that was opened by a step, unless it is detached.
fn parent(entry: &Value) -> Option<u64> {
    let batch = entry.get("Occupied")?;
    if batch.get("opener")?.is_null() || batch.get("detached")? == true {
        return None;
    }
    batch.get("parent")?.get("batch")?.as_u64()
}

/// The batch of each execution, and its serial and slot.
fn places(engine: &Value) -> Option<Vec<(u64, (u64, usize))>> {
    let mut places = Vec::new();
    for (slot, entry) in engine.get("executions")?.get("entries")?.as_array()?.iter().enumerate() {
        let Some(execution) = entry.get("Occupied") else { continue };
        let batch = execution.get("place")?.get("batch")?.as_u64()?;
        places.push((batch, (execution.get("serial")?.as_u64()?, slot)));
    }
    Some(places)
}

/// The number of inputs in a queue.
fn queued(queue: &Value) -> Option<usize> {
    let mut count = 0;
    for input in queue.get("inputs")?.as_array()? {
        count += match input.get("Branches") {
            Some(branches) => branches.get("events")?.as_array()?.len(),
            None => 1,
        };
    }
    Some(count)
}
