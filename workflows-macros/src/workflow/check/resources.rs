//! Checks of the resources of a workflow by name: W027 and W028.

use super::cycle;
use crate::{
    errors::Errors,
    spelling,
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
        errors.refuse(&name, "W028", &format!("resource `{name}` is declared twice"), "rename one of them");
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
    let names = || names.iter().map(String::as_str);
    if let Some(near) = spelling::closest(&wanted, names()) {
        return format!("did you mean `{near}`?");
    }
    let declare = format!("declare it: `#[resource] async fn {wanted}() -> ..`");
    if known.is_empty() { declare } else { format!("there are: {}; or {declare}", spelling::list(names())) }
}

/// W027, at the parameter that closes the cycle.
fn cycles(factories: &mut [Factory], errors: &mut Errors) {
    for cycle in cycle::find(factories) {
        let chain: Vec<String> = cycle.chain.iter().map(|at| factories[*at].name.unraw().to_string()).collect();
        let first = chain[0].clone();
        let problem = format!("resources depend on each other in a cycle: {} → {first}", chain.join(" → "));
        errors.refuse(
            &cycle.closing,
            "W027",
            &problem,
            "remove one of the dependencies, or create both values in one factory",
        );
        cycle.chain.iter().for_each(|at| factories[*at].refused = true);
    }
}

fn refuse_what_needs_refused(factories: &mut [Factory]) {
    // Each round refuses at least one more factory, or is the last.
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
