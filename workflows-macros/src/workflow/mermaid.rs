//! The graph as Mermaid text, for the docs of the workflow.
//!
//! It is read from the signatures as written, because the docs of an item exist before its types have a meaning. A
//! type behind an alias is drawn under the name of the alias. `Workflow::graph` of the runtime knows better.

use super::model::{Step, Workflow};
use crate::types;
use std::{collections::HashSet, fmt::Write};
use syn::{Type, ext::IdentExt};

/// The docs that the `impl` of a workflow gets.
pub(crate) fn docs(workflow: &Workflow) -> String {
    let mut text = String::from("\nThe graph of this workflow:\n\n```mermaid\nflowchart TD\n");
    let mut known = HashSet::new();
    for step in &workflow.steps {
        write_step(step, &mut text, &mut known);
    }
    text.push_str("```");
    text
}

fn write_step(step: &Step, text: &mut String, known: &mut HashSet<String>) {
    let name = step.name.unraw().to_string();
    let is_blocking = step.blocking.is_some() && !step.is_async;
    let label = if is_blocking { format!("[[\"{name}\"]]") } else { format!("[\"{name}\"]") };
    line(text, known, &format!("step_{name}{label}"));
    for port in step.ports() {
        for ty in types::taken(port) {
            let event = event(ty, text, known);
            line(text, known, &format!("{event} --> step_{name}"));
        }
    }
    let sent = step.contexts().flat_map(types::listed).filter(|ty| types::argument(ty, "HumanResponse").is_none());
    for ty in types::emitted(&step.output).into_iter().chain(sent) {
        if !is_nothing(ty) {
            let event = event(ty, text, known);
            line(text, known, &format!("step_{name} --> {event}"));
        }
    }
}

/// Writes the node of an event, and returns its name.
fn event(ty: &Type, text: &mut String, known: &mut HashSet<String>) -> String {
    let label = types::text(ty);
    let id: String = label.chars().map(|char| if char.is_alphanumeric() { char } else { '_' }).collect();
    let id = format!("event_{id}");
    line(text, known, &format!("{id}([\"{}\"])", label.replace('<', "&lt;").replace('>', "&gt;").replace('"', "'")));
    id
}

fn is_nothing(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty()) || types::name(ty).is_some_and(|name| name == "Never")
}

fn line(text: &mut String, known: &mut HashSet<String>, line: &str) {
    if known.insert(line.to_owned()) {
        _ = writeln!(text, "    {line}");
    }
}
