use workflows_runtime::prelude::*;

const NONE: usize = 0;

#[workflow(max_runs = NONE)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step(workers = NONE, timeout = Duration::ZERO)]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }

    #[catch_error(max_recoveries = NONE)]
    async fn recover(&self, _: StepFailed) {}
}

fn main() {}
