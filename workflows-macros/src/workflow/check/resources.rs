//! What is wrong with resources as a whole: W027 and W028.

use super::cycle;
use crate::{
    errors::Errors,
    workflow::model::{Factory, Injected, Workflow},
};
use syn::{Ident, ext::IdentExt};

pub(crate) fn check(workflow: &mut Workflow, errors: &mut Errors) {
    names(&mut workflow.factories, errors);
    unknown(workflow, errors);
    cycles(&mut workflow.factories, errors);
    refuse_what_needs_refused(&mut workflow.factories);
}

fn names(factories: &mut [Factory], errors: &mut Errors) {
    for at in 0..factories.len() {
        let name = factories[at].name.clone();
        let Some(first) = factories[..at].iter().position(|other| other.name == name) else { continue };
        errors.refuse(&name, "W028", &format!("there are two resources `{name}`"), "rename one of them");
        factories[first].refused = true;
        factories[at].refused = true;
    }
}

fn unknown(workflow: &mut Workflow, errors: &mut Errors) {
    let known: Vec<Ident> = workflow.factories.iter().map(|factory| factory.name.clone()).collect();
    let mut complain = |name: &Ident| {
        let is_unknown = !known.contains(name);
        if is_unknown {
            let problem = format!("there is no resource `{}` in this `impl`", name.unraw());
            errors.refuse(name, "W028", &problem, &help(name, &known));
        }
        is_unknown
    };
    for factory in &mut workflow.factories {
        for name in factory.parameters.iter().filter_map(Injected::resource) {
            factory.refused |= complain(name);
        }
    }
    for step in &mut workflow.steps {
        let unknown = step.injected().filter_map(Injected::resource).filter(|name| complain(name)).count();
        step.refused |= unknown > 0;
    }
}

fn help(name: &Ident, known: &[Ident]) -> String {
    let wanted = name.unraw().to_string();
    let names: Vec<String> = known.iter().map(|name| name.unraw().to_string()).collect();
    let near =
        names.iter().map(|name| (distance(name, &wanted), name)).min().filter(|(far, _)| *far <= 1 + wanted.len() / 4);
    if let Some((_, near)) = near {
        return format!("did you mean `{near}`?");
    }
    if names.is_empty() {
        return format!("declare it: `#[resource] async fn {wanted}() -> ..`");
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("there are: {}; or declare it: `#[resource] async fn {wanted}() -> ..`", names.join(", "))
}

/// How many letters are to be changed, added or left out.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for j in 0..b.len() {
            let changed = corner + usize::from(letter != b[j]);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// W027, where the way comes back.
fn cycles(factories: &mut [Factory], errors: &mut Errors) {
    for cycle in cycle::find(factories) {
        let chain: Vec<String> = cycle.chain.iter().map(|at| factories[*at].name.unraw().to_string()).collect();
        let first = chain[0].clone();
        let problem = format!("resources need each other in a circle: {} → {first}", chain.join(" → "));
        errors.refuse(
            &cycle.closing,
            "W027",
            &problem,
            "let one of them do without the other, or make both in one factory",
        );
        cycle.chain.iter().for_each(|at| factories[*at].refused = true);
    }
}

fn refuse_what_needs_refused(factories: &mut [Factory]) {
    // Each round refuses one more at least, or is the last.
    loop {
        let refused: Vec<Ident> =
            factories.iter().filter(|factory| factory.refused).map(|factory| factory.name.clone()).collect();
        let needs = |factory: &Factory| {
            factory.parameters.iter().filter_map(Injected::resource).any(|name| refused.contains(name))
        };
        let mut changed = false;
        for factory in factories.iter_mut().filter(|factory| !factory.refused) {
            factory.refused = needs(factory);
            changed |= factory.refused;
        }
        if !changed {
            return;
        }
    }
}
