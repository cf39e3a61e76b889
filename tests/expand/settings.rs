use workflows_runtime::prelude::*;

/// Counts.
#[workflow(state = Tally, stream = OneOf<Progress, Laugh>, timeout = "60s", max_runs = 3)]
pub struct Counter {
    client: Client,
}
