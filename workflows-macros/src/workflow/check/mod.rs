//! What can be refused by looking at a signature; what needs types is left to the graph.

mod cycle;
mod handlers;
mod resources;

use super::model::{Step, Workflow};
use crate::{errors::Errors, types};

pub(crate) fn check(workflow: &mut Workflow, errors: &mut Errors) {
    for step in &workflow.steps {
        asyncness(step, errors);
        inputs(step, errors);
    }
    resources::check(workflow, errors);
    handlers::check(workflow, errors);
}

/// W010 and W011: a step is async or says where it blocks, and not both.
fn asyncness(step: &Step, errors: &mut Errors) {
    let name = &step.name;
    match (step.is_async, &step.blocking) {
        (false, None) => errors.refuse(
            name,
            "W010",
            &format!("step `{name}` is not `async`, so that it would block the async executor"),
            "write `async fn`, or say where it runs: `#[blocking(io)]` if it waits, `#[blocking(cpu)]` if it computes",
        ),
        (true, Some(_)) => errors.refuse(
            name,
            "W011",
            &format!("step `{name}` is `async` and `#[blocking]`, but blocking code cannot await"),
            "remove `async`, or remove `#[blocking]` and put it on the statement that blocks",
        ),
        _ => {}
    }
}

/// W016, and two contexts.
fn inputs(step: &Step, errors: &mut Errors) {
    let name = &step.name;
    // A reference that is not a context is W017; whether an alias is one is left to the graph.
    if !step.is_handler() && step.ports().next().is_none() && step.contexts().all(types::is_context) {
        errors.refuse(
            name,
            "W016",
            &format!("step `{name}` takes no event, so that nothing would ever run it"),
            "give it a parameter: an event, `Start<..>` for the run's input, or `HumanResponse<..>` for an answer",
        );
    }
    if let Some(second) = step.contexts().nth(1) {
        errors.refuse(
            second,
            "W017",
            &format!("step `{name}` takes two references, but a step has one context and takes events by value"),
            "keep one `ctx: &Context<Self>`, take events by value, and put `#[resource(name)]` before a resource",
        );
    }
}
