//! What the numbers of a recorded graph are in the graph of this program.

use super::numbering::{Numbering, is_gain};
use crate::graph::Fingerprint;
use std::collections::{BTreeMap, BTreeSet};

/// The numbers of an old graph in a new one. A part that the new one lacks has none, and a text that says so.
pub(super) struct Plan {
    pub(super) steps: Vec<Result<u64, String>>,
    /// The number of steps of the new graph.
    pub(super) new_steps: usize,
    /// By the number of an input.
    pub(super) slots: Vec<Result<u64, String>>,
    /// By the variants of the old event enum.
    pub(super) variants: BTreeMap<String, Result<String, String>>,
    pub(super) openers: Vec<Result<u64, String>>,
    pub(super) prompts: Vec<Result<usize, String>>,
    /// The number of prompt types of the new graph.
    pub(super) new_prompts: usize,
    /// Whether the ticks of a run lead to the same state in both graphs, since what has happened so far happens in the same
    /// way: steps were only added behind the others, and take none of their events.
    pub(super) keeps_ticks: bool,
}

impl Plan {
    /// `old` has the names of `new`; `variants` are those of its steps before they were renamed.
    pub(super) fn new(old: &Fingerprint, new: &Fingerprint, old_numbers: &Numbering, new_numbers: &Numbering) -> Self {
        let mut steps = Vec::new();
        for step in &old.steps {
            let found = new.steps.iter().position(|known| known.name == step.name);
            steps.push(match found {
                None => Err(format!("there is no step `{}` any more", step.name)),
                Some(at) if new.steps[at].takes == step.takes && is_gain(&new.steps[at], step) => Ok(at as u64),
                Some(at) => Err(difference(new, at, step)),
            });
        }
        let (mut slots, mut variants) = (Vec::new(), BTreeMap::new());
        for input in &old_numbers.inputs {
            let found = new_numbers.inputs.iter().enumerate().position(|(number, known)| {
                let is_same_handler = matches!(steps[input.step], Ok(step) if step == known.step as u64);
                known.slot == number
                    && known.event == input.event
                    && (input.event != "StepFailed" || is_same_handler && known.number == input.number)
            });
            let gone = format!("no step takes `{}` any more", input.event);
            slots.push(found.map(|number| number as u64).ok_or_else(|| gone.clone()));
            let variant = found.map(|number| new_numbers.inputs[number].variant.clone());
            variants.insert(input.variant.clone(), variant.ok_or(gone));
        }
        let mut openers = Vec::new();
        for (step, number) in &old_numbers.openers {
            let print = &old.steps[*step];
            openers.push(match &steps[*step] {
                Err(reason) => Err(reason.clone()),
                Ok(at) => {
                    let same = usize::try_from(*at).unwrap_or(usize::MAX);
                    let found = new_numbers.openers.iter().position(|known| *known == (same, *number));
                    match found {
                        Some(opener) if new.steps[same].emits == print.emits => Ok(opener as u64),
                        _ => Err(difference(new, same, print)),
                    }
                }
            });
        }
        let mut prompts = Vec::new();
        for prompt in &old_numbers.prompts {
            let found = new_numbers.prompts.iter().position(|known| known == prompt);
            prompts.push(found.ok_or_else(|| format!("no step asks `{prompt}` any more")));
        }
        let keeps_ticks = keeps_ticks(old, new, old_numbers, new_numbers);
        Self {
            steps,
            new_steps: new.steps.len(),
            slots,
            variants,
            openers,
            prompts,
            new_prompts: new_numbers.prompts.len(),
            keeps_ticks,
        }
    }
}

/// How a step differs from the one with its name.
fn difference(new: &Fingerprint, at: usize, old: &crate::graph::StepPrint) -> String {
    let mut difference = Vec::new();
    new.steps[at].differs(old, &mut difference);
    difference.join("; ")
}

fn keeps_ticks(old: &Fingerprint, new: &Fingerprint, old_numbers: &Numbering, new_numbers: &Numbering) -> bool {
    let Some((same, added)) = new.steps.split_at_checked(old.steps.len()) else { return false };
    if same != old.steps || old_numbers.prompts != new_numbers.prompts {
        return false;
    }
    let known: BTreeSet<&str> = old_numbers.inputs.iter().map(|input| &*input.event).collect();
    let first = new.steps.len() - added.len();
    new_numbers.inputs.iter().filter(|input| input.step >= first).all(|input| !known.contains(&*input.event))
}
