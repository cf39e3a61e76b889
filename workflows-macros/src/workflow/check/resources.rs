//! Checks of the resources of a workflow by name: W027 and W028.

use super::cycle;
use crate::{
    errors::{Errors, refusal},
    spelling,
    workflow::model::{Factory, Injected, Workflow},
};
use syn::{Ident, ext::IdentExt};

pub(crate) fn check(workflow: &mut Workflow, errors: &mut Errors) {
    refuse_duplicates(&mut workflow.factories);
    check_names(workflow, errors);
    check_cycles(&mut workflow.factories, errors);
    refuse_dependents(&mut workflow.factories);
}

/// Two factories of one name, of which the second has been reported: which one a parameter means is not known.
fn refuse_duplicates(factories: &mut [Factory]) {
    for at in 0..factories.len() {
        let name = factories[at].name.clone();
        if let Some(first) = factories[..at].iter().position(|other| other.name == name) {
            factories[first].refused = true;
            factories[at].refused = true;
        }
    }
}

/// W028: a parameter that names a resource which is not declared.
fn check_names(workflow: &mut Workflow, errors: &mut Errors) {
    let known: Vec<Ident> = workflow.factories.iter().map(|factory| factory.name.clone()).collect();
    for factory in &mut workflow.factories {
        for name in factory.parameters.iter().filter_map(Injected::resource) {
            if !known.contains(name) {
                errors.push(unknown(name, &known));
                factory.refused = true;
            }
        }
    }
    for step in &mut workflow.steps {
        let names: Vec<Ident> = step.injected().filter_map(Injected::resource).cloned().collect();
        for name in names {
            if !known.contains(&name) {
                errors.push(unknown(&name, &known));
                step.refused = true;
            }
        }
    }
}

fn unknown(name: &Ident, known: &[Ident]) -> syn::Error {
    let problem = format!("there is no resource `{}` in this `impl`", name.unraw());
    refusal(name, "W028", &problem, &help(name, known))
}

fn help(name: &Ident, known: &[Ident]) -> String {
    let wanted = name.unraw().to_string();
    let names: Vec<String> = known.iter().map(|name| name.unraw().to_string()).collect();
    let names = || names.iter().map(String::as_str);
    if let Some(near) = spelling::closest(&wanted, names()) {
        return format!("did you mean `{near}`?");
    }
    let declare = format!("declare it: `#[resource] async fn {wanted}() -> ..`");
    if known.is_empty() { declare } else { format!("there are: {}; or {declare}", spelling::list(names())) }
}

/// W027, at the parameter that closes the cycle.
fn check_cycles(factories: &mut [Factory], errors: &mut Errors) {
    for cycle in cycle::find(factories) {
        let mut chain: Vec<String> = cycle.chain.iter().map(|at| factories[*at].name.unraw().to_string()).collect();
        chain.push(chain[0].clone());
        let problem = format!("resources depend on each other in a cycle: {}", chain.join(" → "));
        let help = "remove one of the dependencies, or create both values in one factory";
        errors.refuse(&cycle.closing, "W027", &problem, help);
        for at in cycle.chain {
            factories[at].refused = true;
        }
    }
}

/// Refuses every factory that depends on a refused one, so no code is generated that calls it.
fn refuse_dependents(factories: &mut [Factory]) {
    // Each round refuses at least one more factory, or is the last.
    loop {
        let refused: Vec<Ident> =
            factories.iter().filter(|factory| factory.refused).map(|factory| factory.name.clone()).collect();
        let mut changed = false;
        for factory in factories.iter_mut().filter(|factory| !factory.refused) {
            let mut names = factory.parameters.iter().filter_map(Injected::resource);
            if names.any(|name| refused.contains(name)) {
                factory.refused = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}
