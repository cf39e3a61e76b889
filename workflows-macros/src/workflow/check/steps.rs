//! Checks of steps that need no types: W010, W011, W016, W017, and W018 for an option that needs `#[blocking]`.

use crate::{errors::Errors, types, workflow::model::Step};

/// W010 and W011: a step is either async or `#[blocking]`.
pub(crate) fn check_asyncness(step: &Step, errors: &mut Errors) {
    let name = &step.name;
    match (step.is_async, &step.blocking) {
        (false, None) => errors.refuse(
            name,
            "W010",
            &format!("step `{name}` is not `async`: it would block the async executor"),
            "write `async fn`, or declare where it runs: `#[blocking(io)]` if it waits, `#[blocking(cpu)]` if it computes",
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

/// W018: only a blocking step waits for a thread.
pub(crate) fn check_queue_timeout(step: &Step, errors: &mut Errors) {
    if let Some((key, _)) = &step.options.queue_timeout
        && step.is_async
        && step.blocking.is_none()
    {
        errors.refuse(
            key,
            "W018",
            &format!("step `{}` is `async`: it waits for no thread, which `queue_timeout` limits", step.name),
            "write `timeout`, which limits the whole execution, or make it a `#[blocking(..)]` step",
        );
    }
}

/// W016: a step without an event.
pub(crate) fn check_inputs(step: &Step, errors: &mut Errors) {
    let name = &step.name;
    // A reference to something else is W017. Whether an alias is a context is left to the graph.
    if !step.is_handler() && step.ports().next().is_none() && step.contexts().all(types::is_context) {
        errors.refuse(
            name,
            "W016",
            &format!("step `{name}` takes no event: nothing would run it"),
            "add a parameter: an event, `Start<..>` for the run's input, or `HumanResponse<..>` for an answer",
        );
    }
}

/// W017: a step has one context.
pub(crate) fn check_contexts(step: &Step, errors: &mut Errors) {
    // If the first reference is not a context, the graph reports that.
    if let Some(second) = step.contexts().nth(1)
        && step.contexts().next().is_some_and(types::is_context)
    {
        errors.refuse(
            second,
            "W017",
            &format!("step `{}` takes two references, but it has one context, and takes events by value", step.name),
            "keep one `ctx: &Context<Self>`, take events by value, and put `#[resource(name)]` on a resource",
        );
    }
}
