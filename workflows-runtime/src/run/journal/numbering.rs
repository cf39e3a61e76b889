//! The numbers that a graph gives to its parts, read from its fingerprint.
//!
//! A snapshot names steps, events and batches by numbers of the graph, and so do the variants of the event enum. The
//! fingerprint of the graph has the parts in order, so the numbers follow from it: also those of a graph that no program
//! has any more.

use crate::graph::{Fingerprint, NONE, StepPrint, Table};

/// The numbers of a graph.
pub(super) struct Numbering {
    pub(super) inputs: Vec<NumberedInput>,
    /// For each batch that an output opens: its step, and its number in that output.
    pub(super) openers: Vec<(usize, usize)>,
    /// The types of prompts, in the order of the members of the prompt type.
    pub(super) prompts: Vec<String>,
}

/// An input of a step.
pub(super) struct NumberedInput {
    pub(super) step: usize,
    /// Its number among the inputs of the step.
    pub(super) number: usize,
    /// The event, as text.
    pub(super) event: String,
    /// The number of the first input that takes the same event.
    pub(super) slot: usize,
    /// The variant of the event enum.
    pub(super) variant: String,
}

impl Numbering {
    pub(super) fn of(graph: &Fingerprint) -> Self {
        let mut inputs: Vec<NumberedInput> = Vec::new();
        let (mut openers, mut prompts) = (Vec::new(), Vec::new());
        for (step, print) in graph.steps.iter().enumerate() {
            for (number, takes) in print.takes.iter().enumerate() {
                let event = event_of(takes).to_owned();
                let variant =
                    if number == 0 { format!("on_{}", print.name) } else { format!("on_{}__{number}", print.name) };
                let same = inputs.iter().position(|known| known.event == event && has_one_slot(&event));
                let slot = same.unwrap_or(inputs.len());
                inputs.push(NumberedInput { step, number, event, slot, variant });
            }
            let (emits, _) = outputs(print);
            for number in 0..tokens(emits).into_iter().filter(|token| *token == "[").count() {
                openers.push((step, number));
            }
        }
        let (emitted, sent) =
            (graph.steps.iter().map(|step| outputs(step).0), graph.steps.iter().map(|step| outputs(step).1));
        for output in emitted.chain(sent) {
            for token in tokens(output) {
                if token.starts_with("InputRequired<") && !prompts.iter().any(|known| known == token) {
                    prompts.push(token.to_owned());
                }
            }
        }
        Self { inputs, openers, prompts }
    }

    /// Whether the table has the same slots. Types with one name in different modules have different ones.
    pub(super) fn is_of(&self, table: &Table) -> bool {
        let mut slots: Vec<usize> = (0..table.inputs.len()).collect();
        for (input, next) in table.next.iter().enumerate() {
            if *next != NONE {
                slots[*next as usize] = slots[input];
            }
        }
        self.inputs.iter().map(|input| input.slot).eq(slots)
    }
}

/// Whether all inputs of an event are routed together. Each error handler has failures of its own.
fn has_one_slot(event: &str) -> bool {
    event != "StepFailed" && event != "nothing"
}

/// The event of an input such as `0: Order`, `1: Every(2) Part` or `waits for HumanResponse<bool>`.
fn event_of(takes: &str) -> &str {
    if let Some(event) = takes.strip_prefix("waits for ") {
        return event;
    }
    let (_, event) = takes.split_once(": ").unwrap_or(("", takes));
    match event.split_once(' ') {
        Some((kind, event)) if kind == "All" || kind.starts_with("Every(") || kind.starts_with("First(") => event,
        _ => event,
    }
}

/// What a step emits, and what it sends.
pub(super) fn outputs(step: &StepPrint) -> (&str, &str) {
    step.emits.split_once(" and sends ").unwrap_or((&step.emits, "nothing"))
}

/// The names and brackets of an output, without `or` and commas.
pub(super) fn tokens(output: &str) -> Vec<&str> {
    pieces(output).into_iter().filter(|piece| !matches!(*piece, "" | "or" | ",")).collect()
}

/// Splits an output such as `(Stop<Vec<u8>> or [Part])` at its brackets, commas and blanks, but not within `<..>`.
fn pieces(output: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut depth, mut begin, mut last) = (0_usize, 0, ' ');
    for (at, char) in output.char_indices() {
        match char {
            '<' => depth += 1,
            // The arrow of a function is not a bracket.
            '>' if last != '-' => depth = depth.saturating_sub(1),
            '(' | ')' | '[' | ']' | ',' | ' ' if depth == 0 => {
                pieces.push(&output[begin..at]);
                if char != ' ' {
                    pieces.push(&output[at..=at]);
                }
                begin = at + 1;
            }
            _ => {}
        }
        last = char;
    }
    pieces.push(&output[begin..]);
    pieces
}

/// Replaces the name of an event in an output.
pub(super) fn rename(output: &str, from: &str, to: &str) -> String {
    let mut renamed = String::with_capacity(output.len());
    let mut end = 0;
    for piece in pieces(output) {
        let at = piece.as_ptr() as usize - output.as_ptr() as usize;
        renamed.push_str(&output[end..at]);
        renamed.push_str(if piece == from { to } else { piece });
        end = at + piece.len();
    }
    renamed.push_str(&output[end..]);
    renamed
}

/// Whether a step emits and sends all that an earlier version of it did.
pub(super) fn is_gain(new: &StepPrint, old: &StepPrint) -> bool {
    let ((new_emits, new_sends), (old_emits, old_sends)) = (outputs(new), outputs(old));
    is_subset(&members(old_emits, " or "), &members(new_emits, " or "))
        && is_subset(&members(old_sends, ", "), &members(new_sends, ", "))
}

fn is_subset(old: &[&str], new: &[&str]) -> bool {
    old.iter().all(|member| *member == "nothing" || new.contains(member))
}

/// The members of a list in parentheses with this separator, or the only one.
fn members<'a>(output: &'a str, separator: &str) -> Vec<&'a str> {
    let Some(inner) = output.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return vec![output] };
    let mut members = Vec::new();
    let (mut depth, mut begin, mut last) = (0_usize, 0, ' ');
    for (at, char) in inner.char_indices() {
        match char {
            '(' | '[' | '<' => depth += 1,
            '>' if last == '-' => {}
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= begin && inner[at..].starts_with(separator) => {
                members.push(&inner[begin..at]);
                begin = at + separator.len();
            }
            _ => {}
        }
        last = char;
    }
    if members.is_empty() {
        // A list of another kind.
        return vec![output];
    }
    members.push(&inner[begin..]);
    members
}
