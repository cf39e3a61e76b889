//! Neither half is reported as incomplete.

use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
}

#[workflow]
struct Writer;

#[workflow]
impl Writer {
    #[step]
    async fn publish(&self, draft: Draft, #[resource(footer)] footer: &String) -> Stop<String> {
        Stop(draft.text + footer)
    }

    #[catch_error(steps(write))]
    async fn recover(&self, failed: StepFailed) -> Draft {
        Draft { text: failed.step }
    }
}

#[workflow]
impl Writer {
    #[resource]
    async fn footer() -> String {
        "..".to_owned()
    }

    #[step]
    async fn write(&self, Start(topic): Start<String>) -> StepResult<Draft> {
        Ok(Draft { text: topic })
    }
}

async fn run() -> String {
    Writer.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}
