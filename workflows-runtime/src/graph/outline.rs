//! A graph, written down: what a snapshot is of.

use super::{LeafKey, NONE, PortKind, Shape, Table};
use serde::{Deserialize, Serialize};

/// A workflow's steps, what they take, and what they emit, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outline {
    workflow: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    name: String,
    takes: Vec<String>,
    emits: String,
}

impl Outline {
    pub(crate) fn of(workflow: &str, table: &Table) -> Self {
        let takes = |step: usize| {
            let leaves = table.leaves.iter().filter(move |leaf| leaf.step as usize == step);
            let text = |leaf: &super::Leaf| match (leaf.port, leaf.kind) {
                (NONE, _) => format!("waits for {}", text(&leaf.key)),
                (port, PortKind::One) => format!("{port}: {}", text(&leaf.key)),
                (port, kind) => format!("{port}: {kind:?} {}", text(&leaf.key)),
            };
            leaves.map(text).collect()
        };
        let steps = table.steps.iter().enumerate().map(|(number, step)| Step {
            name: step.name.to_owned(),
            takes: takes(number),
            emits: format!("{} and sends {}", shape(step.emits), shape(step.sends)),
        });
        Self { workflow: workflow.to_owned(), steps: steps.collect() }
    }

    /// In what `other`, which was written down, differs from this one.
    pub(crate) fn difference(&self, other: &Self) -> Vec<String> {
        let mut difference = Vec::new();
        if self.workflow != other.workflow {
            difference.push(format!("it is of workflow `{}`", other.workflow));
        }
        for step in &self.steps {
            match other.steps.iter().find(|known| known.name == step.name) {
                None => difference.push(format!("step `{}` is new", step.name)),
                Some(known) => step.differs(known, &mut difference),
            }
        }
        let is_gone = |step: &&Step| !self.steps.iter().any(|known| known.name == step.name);
        difference.extend(
            other.steps.iter().filter(is_gone).map(|step| format!("there is no step `{}` any more", step.name)),
        );
        if difference.is_empty() && self != other {
            difference.push("the steps are declared in another order".to_owned());
        }
        difference
    }
}

impl Step {
    fn differs(&self, old: &Self, difference: &mut Vec<String>) {
        if self.takes != old.takes {
            let (new, old) = (self.takes.join(", "), old.takes.join(", "));
            difference.push(format!("step `{}` takes ({new}) and took ({old})", self.name));
        }
        if self.emits != old.emits {
            difference.push(format!("step `{}` emits {} and emitted {}", self.name, self.emits, old.emits));
        }
    }
}

fn text(key: &LeafKey) -> String {
    match key {
        LeafKey::Event(key) => key.name.to_owned(),
        LeafKey::Start => "Start".to_owned(),
        LeafKey::Human => "HumanResponse".to_owned(),
        LeafKey::Failed => "StepFailed".to_owned(),
        LeafKey::Stop => "Stop".to_owned(),
        LeafKey::Nothing | LeafKey::Unknown => "nothing".to_owned(),
    }
}

fn shape(of: &Shape) -> String {
    let list = |members: &[&Shape], between: &str| {
        let members: Vec<_> = members.iter().map(|member| shape(member)).collect();
        format!("({})", members.join(between))
    };
    match of {
        Shape::Nothing | Shape::Unknown => "nothing".to_owned(),
        Shape::Event(key) => key.name.to_owned(),
        Shape::Stop => "Stop".to_owned(),
        Shape::Prompt => "InputRequired".to_owned(),
        Shape::Awaited => "HumanResponse".to_owned(),
        Shape::Any(members) => list(members, ", "),
        Shape::OneOf(members) => list(members, " or "),
        Shape::Batch(of) => format!("[{}]", shape(of)),
    }
}
