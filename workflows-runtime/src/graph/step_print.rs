//! A step in a serialized graph, and how it differs from an earlier version of itself.

use serde::{Deserialize, Deserializer, Serialize};

/// A step of a [`Fingerprint`](super::Fingerprint).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StepPrint {
    pub(crate) name: String,
    /// Each such as `0: Order`, with the number of the parameter; `1: Every(2) Part`; or `waits for HumanResponse<bool>`.
    pub(crate) takes: Vec<String>,
    /// Such as `(Order or [Part]) and sends nothing`.
    #[serde(deserialize_with = "without_unused")]
    pub(crate) emits: String,
}

/// Reads an output in which the unused members of a `OneOf` may be written as `nothing`, as they once were.
fn without_unused<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let emits = String::deserialize(deserializer)?;
    Ok(emits.replace(" or nothing", ""))
}

impl StepPrint {
    /// Adds how the step differs from an earlier one with its name.
    pub(crate) fn differs(&self, old: &Self, difference: &mut Vec<String>) {
        if self.takes != old.takes {
            let (new, old) = (inputs(&self.takes), inputs(&old.takes));
            difference.push(format!("step `{}` takes {new}, and took {old}", self.name));
        }
        if self.emits != old.emits {
            let (new, old) = (output(&self.emits), output(&old.emits));
            difference.push(format!("step `{}` emits {new}, and emitted {old}", self.name));
        }
    }
}

/// What a step takes, as its signature has it: `(Order, Vec<Part>)`.
fn inputs(takes: &[String]) -> String {
    let (mut parameters, mut waits) = (Vec::<(&str, String)>::new(), String::new());
    for input in takes {
        let Some((number, event)) = input.split_once(": ") else {
            waits = format!("{waits} and {input}");
            continue;
        };
        let event = parameter(event);
        match parameters.last_mut() {
            // A parameter may take several events.
            Some((last, events)) if *last == number => *events = format!("{events} or {event}"),
            _ => parameters.push((number, event)),
        }
    }
    let parameters: Vec<String> = parameters.into_iter().map(|(_, events)| events).collect();
    match &parameters[..] {
        [one] => format!("{one}{waits}"),
        all => format!("({}){waits}", all.join(", ")),
    }
}

/// An event such as `Order`, `All Part` or `Every(2) Part`, as the type of a parameter.
fn parameter(event: &str) -> String {
    let counted = |kind: &str| {
        let (number, event) = event.strip_prefix(kind)?.strip_prefix('(')?.split_once(") ")?;
        Some((number.to_owned(), event.to_owned()))
    };
    if let Some(event) = event.strip_prefix("All ") {
        return format!("Vec<{event}>");
    }
    if let Some((number, event)) = counted("Every") {
        return format!("[{event}; {number}]");
    }
    if let Some((number, event)) = counted("First") {
        return format!("First<{event}, {number}>");
    }
    event.to_owned()
}

/// What a step emits and sends.
fn output(emits: &str) -> &str {
    emits.strip_suffix(" and sends nothing").unwrap_or(emits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(takes: &[&str], emits: &str) -> StepPrint {
        let takes: Vec<String> = takes.iter().map(|&input| input.to_owned()).collect();
        let json = serde_json::json!({ "name": "a", "takes": takes, "emits": emits });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn difference_has_the_types_of_the_signature() {
        let new = step(&["0: All Part", "1: Every(2) Vote", "1: Every(2) Veto"], "[Part] and sends Tick");
        let old = step(&["0: First(3) Part", "waits for HumanResponse<bool>"], "(Turn or Stop<u32>) and sends nothing");
        let mut difference = Vec::new();
        new.differs(&old, &mut difference);
        assert_eq!(
            difference,
            [
                "step `a` takes (Vec<Part>, [Vote; 2] or [Veto; 2]), and took First<Part, 3> and waits for HumanResponse<bool>",
                "step `a` emits [Part] and sends Tick, and emitted (Turn or Stop<u32>)"
            ]
        );
    }

    #[test]
    fn unused_members_of_older_graphs_are_ignored() {
        let now = step(&[], "(Turn or Stop<u32>) and sends nothing");
        assert_eq!(step(&[], "(Turn or Stop<u32> or nothing or nothing or nothing) and sends nothing"), now);
    }
}
