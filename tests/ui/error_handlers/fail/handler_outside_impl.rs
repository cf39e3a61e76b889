use workflows_runtime::prelude::*;

#[catch_error(steps(fetch))]
async fn recover(_: StepFailed) {}

fn main() {}
