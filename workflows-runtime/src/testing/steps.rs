//! Steps by name, and whether a closure has the signature of one.

use crate::{
    engine::Events,
    graph::{InputKey, NONE, PortKind, Shape},
    signature::{Emit, FromEvents, StepInput},
    workflow::Workflow,
};
use core::fmt::Write as _;

/// The number of the step with this name.
///
/// # Panics
///
/// Panics if there is none.
#[track_caller]
pub(super) fn step_named<W: Workflow>(name: &str) -> u16 {
    let steps = W::TABLE.steps;
    if let Some(at) = steps.iter().position(|step| step.name == name) {
        return u16::try_from(at).unwrap_or(u16::MAX);
    }
    let names: Vec<_> = steps.iter().map(|step| format!("`{}`", step.name)).collect();
    panic!("`{}` has no step `{name}`\nhelp: its steps are {}", W::NAME, names.join(", "));
}

/// The event parameters of a step, as a closure takes them: the parameter of a step that takes one, a tuple for a step
/// that takes several.
#[diagnostic::on_unimplemented(
    message = "a closure cannot replace a step of `{W}` with the parameter `{Self}`",
    label = "not the event parameters of a step",
    note = "take the step's event parameter, or a tuple of them: `|(order, payment): (Order, Payment)|`"
)]
pub trait StubInput<W: Workflow>: Sized {
    #[doc(hidden)]
    fn take(events: &mut Events<'_, W>) -> Self;
    #[doc(hidden)]
    fn add_parameters(parameters: &mut Vec<Parameter>);
}

/// An event parameter.
#[doc(hidden)]
#[derive(Debug)]
pub struct Parameter {
    kind: PortKind,
    keys: Vec<InputKey>,
}

impl Parameter {
    fn of<P: StepInput>() -> Self {
        let mut keys = Vec::new();
        P::add_keys(&mut keys);
        Self { kind: P::PORT.kind, keys }
    }

    fn is(&self, other: &Self) -> bool {
        let same = |(a, b): (&InputKey, &InputKey)| match (a, b) {
            (InputKey::Event(a), InputKey::Event(b)) => a.is(b),
            (a, b) => a.name() == b.name(),
        };
        self.kind == other.kind && self.keys.len() == other.keys.len() && self.keys.iter().zip(&other.keys).all(same)
    }

    fn name(&self) -> String {
        let names: Vec<_> = self.keys.iter().map(InputKey::name).collect();
        let of = match &names[..] {
            [name] => name.clone(),
            names => format!("OneOf<{}>", names.join(", ")),
        };
        match self.kind {
            PortKind::One => of,
            PortKind::All => format!("Vec<{of}>"),
            PortKind::Every(n) => format!("[{of}; {n}]"),
            PortKind::First(n) => format!("First<{of}, {n}>"),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<W: Workflow, P: StepInput + FromEvents<W>> StubInput<W> for P {
    fn take(events: &mut Events<'_, W>) -> Self {
        P::from_events(events)
    }

    fn add_parameters(parameters: &mut Vec<Parameter>) {
        parameters.push(Parameter::of::<P>());
    }
}

macro_rules! tuple {
    ($($member:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<W: Workflow, $($member: StepInput + FromEvents<W>),*> StubInput<W> for ($($member,)*) {
            fn take(events: &mut Events<'_, W>) -> Self {
                ($($member::from_events(events),)*)
            }

            fn add_parameters(parameters: &mut Vec<Parameter>) {
                $(parameters.push(Parameter::of::<$member>());)*
            }
        }
    };
}

tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);

/// The step with this name, which takes `I` and may return `O`.
///
/// # Panics
///
/// Panics if there is none, or if it takes or returns something else.
#[track_caller]
pub(super) fn step_like<W: Workflow, I: StubInput<W>, O: Emit<W>>(name: &str) -> u16 {
    let step = step_named::<W>(name);
    let expected = parameters_of::<W>(step);
    let mut given = Vec::new();
    I::add_parameters(&mut given);
    let fits = given.len() == expected.len() && given.iter().zip(&expected).all(|(given, expected)| given.is(expected));
    assert!(
        fits,
        "the step `{name}` takes {expected}, not {given}\nhelp: write `|{pattern}: {expected}|`",
        expected = list(&expected),
        given = list(&given),
        pattern = if expected.len() == 1 { "event" } else { "events" },
    );
    let (mut leaves, mut allowed) = (Vec::new(), Vec::new());
    add_leaves(O::SHAPE, &mut leaves);
    add_leaves(W::TABLE.steps[step as usize].emits, &mut allowed);
    if O::BATCHES > 0 {
        // The numbers of batches are positions in the step's output.
        let (given, expected) = (leaves.join(" or "), allowed.join(" or "));
        assert!(
            leaves == allowed,
            "the step `{name}` returns {expected}, not {given}\nhelp: return the type of the step"
        );
    }
    for leaf in &leaves {
        let expected = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(" or ") };
        assert!(allowed.contains(leaf), "the step `{name}` returns {expected}, not {leaf}");
    }
    step
}

fn list(parameters: &[Parameter]) -> String {
    let names: Vec<_> = parameters.iter().map(Parameter::name).collect();
    match &names[..] {
        [name] => name.clone(),
        names => format!("({})", names.join(", ")),
    }
}

fn parameters_of<W: Workflow>(step: u16) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut last = None;
    for input in W::TABLE.inputs.iter().filter(|input| input.step == step) {
        if input.port == NONE {
            continue;
        }
        if last == Some(input.port)
            && let Some(parameter) = parameters.last_mut()
        {
            parameter.keys.push(input.key);
        } else {
            parameters.push(Parameter { kind: input.kind, keys: vec![input.key] });
        }
        last = Some(input.port);
    }
    parameters
}

/// The names of the events of an output, each with the batches around it.
fn add_leaves(shape: &Shape, leaves: &mut Vec<String>) {
    match shape {
        Shape::Nothing | Shape::Awaited(_) | Shape::Unknown => {}
        Shape::Event(key) => leaves.push(format!("`{}`", key.name)),
        Shape::Stop(of) => leaves.push(format!("`{}`", InputKey::Stop(*of).name())),
        Shape::Prompt(of) => {
            let mut name = InputKey::Start(*of).name();
            name.replace_range(..5, "InputRequired");
            leaves.push(format!("`{name}`"));
        }
        Shape::Any(members) | Shape::OneOf(members) => members.iter().for_each(|member| add_leaves(member, leaves)),
        Shape::Maybe(of) => add_leaves(of, leaves),
        Shape::Batch(of) => {
            let mut inner = Vec::new();
            add_leaves(of, &mut inner);
            for leaf in inner {
                let mut batch = String::new();
                let _ = write!(batch, "`Vec<{}>`", leaf.trim_matches('`'));
                leaves.push(batch);
            }
        }
    }
}
