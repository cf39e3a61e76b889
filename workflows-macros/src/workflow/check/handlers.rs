//! W020 and W021, as far as names tell; types are left to the graph.

use crate::{
    errors::{Errors, refusal},
    types,
    workflow::model::{Catches, Step, Workflow},
};
use proc_macro2::Ident;
use std::collections::HashMap;
use syn::ext::IdentExt;

pub(crate) fn check(workflow: &mut Workflow, errors: &mut Errors) {
    let refused = refused(workflow);
    if !refused.is_empty() {
        // Who takes whose failures is not known, so that no handler is said to have none.
        workflow
            .steps
            .iter_mut()
            .filter(|step| step.is_handler())
            .for_each(|step| step.options.unchecked_reachable = true);
    }
    errors.append(refused);
}

fn refused(workflow: &Workflow) -> Errors {
    let mut errors = Errors::default();
    let handlers = workflow.steps.iter().filter_map(|step| Some((step, step.options.catches.as_ref()?)));
    let mut claims = Claims { workflow, listed: HashMap::new(), wildcard: None };
    for (handler, catches) in handlers {
        parameters(handler, &mut errors);
        if !catches.refused {
            claims.add(handler, catches, &mut errors);
        }
    }
    errors
}

/// A handler takes a failure.
fn parameters(handler: &Step, errors: &mut Errors) {
    let name = &handler.name;
    let help = "take `failed: StepFailed`, and a context or resources beside it";
    // A reference that is not a context is W017.
    if handler.ports().next().is_none() && handler.contexts().all(types::is_context) {
        errors.refuse(name, "W021", &format!("error handler `{name}` takes no `StepFailed`"), help);
    }
}

/// Who takes whose failures.
struct Claims<'a> {
    workflow: &'a Workflow,
    /// By step, the handler that lists it.
    listed: HashMap<String, &'a Ident>,
    wildcard: Option<&'a Ident>,
}

impl<'a> Claims<'a> {
    fn add(&mut self, handler: &'a Step, catches: &'a Catches, errors: &mut Errors) {
        let name = &handler.name;
        let Some((option, steps)) = &catches.steps else {
            if let Some(first) = self.wildcard {
                let problem =
                    format!("`{name}` and `{first}` both take the failures of every step that no other lists");
                errors.refuse(&catches.attribute, "W020", &problem, "say whose failures it takes: `steps(..)`");
            }
            self.wildcard.get_or_insert(name);
            return;
        };
        if steps.is_empty() {
            let problem = format!("error handler `{name}` lists no step, so that it would never run");
            errors.refuse(option, "W020", &problem, "list some, or leave `steps` out to cover all that no other lists");
        }
        for step in steps {
            errors.keep(self.claim(name, step));
        }
    }

    fn claim(&mut self, handler: &'a Ident, name: &'a Ident) -> syn::Result<()> {
        let Some(step) = self.workflow.steps.iter().find(|step| step.name == *name) else {
            return Err(unknown(self.workflow, name));
        };
        if step.is_handler() {
            let problem = if name == handler {
                format!("error handler `{name}` lists itself, but the failure of a handler fails the run")
            } else {
                format!("`{name}` is an error handler itself, and the failure of a handler fails the run")
            };
            return Err(refusal(name, "W020", &problem, "list ordinary steps only; a handler can have a `retry`"));
        }
        match self.listed.insert(name.to_string(), handler) {
            Some(first) if first == handler => {
                Err(refusal(name, "W020", &format!("`{name}` is listed twice"), "list each step once"))
            }
            Some(first) => {
                let problem = format!("`{first}` takes the failures of `{name}` already");
                Err(refusal(name, "W020", &problem, "list each step at one handler"))
            }
            None => Ok(()),
        }
    }
}

fn unknown(workflow: &Workflow, name: &Ident) -> syn::Error {
    let known = workflow.steps.iter().filter(|step| !step.is_handler()).map(|step| step.name.unraw().to_string());
    let known: Vec<_> = known.collect();
    let text = name.unraw().to_string();
    let near = known.iter().map(|step| (distance(&text, step), step)).min();
    let near = near.filter(|(far, step)| *far <= step.len() / 3).map(|(_, step)| format!("did you mean `{step}`? "));
    let list = known.iter().map(|step| format!("`{step}`")).collect::<Vec<_>>().join(", ");
    let help = format!("{}the steps are: {list}", near.unwrap_or_default());
    refusal(name, "W020", &format!("there is no step `{text}` in `{}`", workflow.name), &help)
}

/// How many letters must be put in, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
