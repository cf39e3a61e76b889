//! The two halves of the graph are not reported as incomplete.

use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
}

#[workflow]
struct Writer;

mod write {
    use super::*;

    #[workflow]
    impl Writer {
        #[step]
        async fn write(&self, Start(topic): Start<String>) -> Draft {
            Draft { text: topic }
        }
    }
}

mod publish {
    use super::*;

    #[workflow]
    impl Writer {
        #[step]
        async fn publish(&self, draft: Draft) -> Stop<String> {
            Stop(draft.text)
        }
    }
}

async fn run() -> String {
    Writer.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}
