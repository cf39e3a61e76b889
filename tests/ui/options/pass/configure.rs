use std::time::Duration;
use workflows_runtime::{StepOptions, prelude::*};

pub mod shop {
    use super::*;

    #[event]
    pub struct GreetSteps;

    #[workflow]
    pub struct Greet;

    #[workflow]
    impl Greet {
        #[step]
        async fn greet(&self, Start(name): Start<String>) -> OneOf<GreetSteps, Stop<String>> {
            Stop(name).emit()
        }

        #[step(timeout = "1s")]
        async fn r#await(&self, _: GreetSteps) -> Stop<String> {
            Stop(String::new())
        }

        #[catch_error]
        async fn steps(&self, failed: StepFailed) -> Stop<String> {
            Stop(failed.step)
        }
    }
}

fn slowly(options: StepOptions) -> StepOptions {
    options.workers(1).timeout(Duration::from_secs(60))
}

#[tokio::main]
async fn main() {
    let run = shop::Greet.run("Ann".to_owned()).configure(|steps| steps.greet.workers(2));
    let run = run.configure(|steps| slowly(steps.r#await)).configure(|steps| steps.steps.timeout(None));
    assert_eq!(run.await.unwrap(), "Ann");
}
