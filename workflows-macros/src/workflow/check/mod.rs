//! The checks that names and syntax decide. The graph checks types.

mod cycle;
mod factory;
mod generics;
mod handlers;
mod resources;
mod signature;
mod steps;

use super::model::Workflow;
use crate::errors::Errors;

pub(crate) fn check(workflow: &mut Workflow, errors: &mut Errors) {
    if workflow.steps.iter().any(signature::hides_context) {
        workflow.add_unknown_step("__behind_an_alias");
    }
    for step in &mut workflow.steps {
        signature::check(step, errors);
        generics::check(step, &workflow.parameters, &workflow.this, errors);
    }
    for factory in &mut workflow.factories {
        factory::check(factory, errors);
    }
    for step in &workflow.steps {
        steps::check_asyncness(step, errors);
        steps::check_queue_timeout(step, errors);
        steps::check_inputs(step, errors);
        steps::check_contexts(step, errors);
    }
    resources::check(workflow, errors);
    handlers::check(workflow, errors);
}
