//! The serialized graph in a snapshot, with which a resumed run compares its own.

use super::{
    key::{InputKey, TypeName},
    shape::{PortKind, Shape},
    step_print::StepPrint,
    table::{NONE, Table},
};
use serde::{Deserialize, Serialize};

/// The steps of a workflow, with their inputs and outputs by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    pub(crate) workflow: String,
    pub(crate) steps: Vec<StepPrint>,
}

impl Fingerprint {
    pub(crate) fn of(workflow: &str, table: &Table) -> Self {
        let takes = |step: usize| {
            let inputs = table.inputs.iter().filter(move |input| input.step as usize == step);
            let text = |input: &super::EventInput| match (input.port, input.kind) {
                (NONE, _) => format!("waits for {}", text(&input.key)),
                (port, PortKind::One) => format!("{port}: {}", text(&input.key)),
                (port, kind) => format!("{port}: {kind:?} {}", text(&input.key)),
            };
            inputs.map(text).collect()
        };
        let steps = table.steps.iter().enumerate().map(|(number, step)| StepPrint {
            name: step.name.to_owned(),
            takes: takes(number),
            emits: format!("{} and sends {}", shape(step.emits), shape(step.sends)),
        });
        Self { workflow: workflow.to_owned(), steps: steps.collect() }
    }

    /// A hash that is the same on each machine and in each build.
    #[cfg(feature = "engine")]
    pub(crate) fn hash(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.add(&self.workflow);
        for StepPrint { name, takes, emits } in &self.steps {
            hash.add(name);
            for input in takes {
                hash.add(input);
            }
            hash.add(emits);
        }
        hash.0
    }

    /// Describes how `other`, the graph of a snapshot, differs from this one.
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
        let is_gone = |step: &&StepPrint| !self.steps.iter().any(|known| known.name == step.name);
        difference.extend(
            other.steps.iter().filter(is_gone).map(|step| format!("there is no step `{}` any more", step.name)),
        );
        if difference.is_empty() && self != other {
            difference.push("the steps are declared in another order".to_owned());
        }
        difference
    }
}

/// The hash FNV-1a of several texts. `std`'s hashers may change with any version.
#[cfg(feature = "engine")]
struct Fnv(u64);

#[cfg(feature = "engine")]
impl Fnv {
    /// Adds a text and its end.
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn text(key: &InputKey) -> String {
    match key {
        InputKey::Event(key) => key.name.to_owned(),
        InputKey::Start(of) => format!("Start<{}>", name(*of)),
        InputKey::Human(of) => format!("HumanResponse<{}>", name(*of)),
        InputKey::Failed => "StepFailed".to_owned(),
        InputKey::Stop(of) => format!("Stop<{}>", name(*of)),
        InputKey::Nothing | InputKey::Unknown => "nothing".to_owned(),
    }
}

/// The name of a type and of the types in it, without their paths: moving a type to another module does not
/// change the fingerprint.
///
/// It is the compiler's name and not the signature's text, because an alias is not another type.
fn name(of: TypeName) -> String {
    let mut name = String::new();
    for char in of().chars() {
        name.push(char);
        if name.ends_with("::") {
            let before = name.trim_end_matches(|char: char| char.is_alphanumeric() || "_:#".contains(char));
            name.truncate(before.len());
        }
    }
    name
}

fn shape(of: &Shape) -> String {
    let list = |members: &[&Shape], between: &str| {
        let members: Vec<_> = members.iter().map(|member| shape(member)).collect();
        format!("({})", members.join(between))
    };
    match of {
        Shape::Nothing | Shape::Unknown => "nothing".to_owned(),
        Shape::Event(key) => key.name.to_owned(),
        Shape::Stop(of) => format!("Stop<{}>", name(*of)),
        Shape::Prompt(of) => format!("InputRequired<{}>", name(*of)),
        Shape::Awaited(of) => format!("HumanResponse<{}>", name(*of)),
        // As before `Maybe` was a shape: snapshots have it.
        Shape::Maybe(of) => shape(of),
        Shape::Any(members) => list(members, ", "),
        Shape::OneOf(members) => list(&Shape::used(members), " or "),
        Shape::Batch(of) => format!("[{}]", shape(of)),
    }
}
