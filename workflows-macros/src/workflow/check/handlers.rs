//! Checks of error handlers by name: W020 and W021. The graph checks their types.

use crate::{
    errors::{Errors, refusal},
    spelling, types,
    workflow::model::{Catches, Step, Workflow},
};
use proc_macro2::Ident;
use std::collections::HashMap;
use syn::ext::IdentExt;

pub(crate) fn check(workflow: &mut Workflow, errors: &mut Errors) {
    let refused = refused(workflow);
    if !refused.is_empty() {
        // The handled steps are not known, so no handler is reported as unreachable.
        for step in &mut workflow.steps {
            if step.is_handler() {
                step.options.unchecked_reachable = true;
            }
        }
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

/// W021: a handler takes a failure.
fn parameters(handler: &Step, errors: &mut Errors) {
    let name = &handler.name;
    let help = "add the parameter `failed: StepFailed`";
    // A reference to something else is W017.
    if handler.ports().next().is_none() && handler.contexts().all(types::is_context) {
        errors.refuse(name, "W021", &format!("error handler `{name}` takes no `StepFailed`"), help);
    }
}

/// The handler of each step.
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
                let problem = format!("`{name}` and `{first}` both handle every step that no other handler lists");
                errors.refuse(&catches.attribute, "W020", &problem, "list the steps of one of them: `steps(..)`");
            }
            self.wildcard.get_or_insert(name);
            return;
        };
        if steps.is_empty() {
            let problem = format!("error handler `{name}` lists no step: nothing would run it");
            errors.refuse(
                option,
                "W020",
                &problem,
                "list steps, or remove `steps` to handle all that no other handler lists",
            );
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
            return Err(refusal(
                name,
                "W020",
                &problem,
                "list ordinary steps only; to retry a handler, give it a `retry`",
            ));
        }
        match self.listed.insert(name.to_string(), handler) {
            Some(first) if first == handler => {
                Err(refusal(name, "W020", &format!("`{name}` is listed twice"), "list each step once"))
            }
            Some(first) => {
                let problem = format!("`{first}` already handles the failures of `{name}`");
                Err(refusal(name, "W020", &problem, "list each step in one handler"))
            }
            None => Ok(()),
        }
    }
}

fn unknown(workflow: &Workflow, name: &Ident) -> syn::Error {
    let steps = workflow.steps.iter().filter(|step| !step.is_handler());
    let steps: Vec<String> = steps.map(|step| step.name.unraw().to_string()).collect();
    let names = || steps.iter().map(String::as_str);
    let text = name.unraw().to_string();
    let help = match spelling::closest(&text, names()) {
        Some(step) => format!("did you mean `{step}`? the steps are: {}", spelling::list(names())),
        None => format!("the steps are: {}", spelling::list(names())),
    };
    refusal(name, "W020", &format!("there is no step `{text}` in `{}`", workflow.name), &help)
}
