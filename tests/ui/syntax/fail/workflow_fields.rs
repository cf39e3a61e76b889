//! The type is still a workflow.

use workflows_runtime::prelude::*;

#[event]
struct Draft {
    text: String,
    words: usize,
}

#[workflow(timeout = "5s")]
struct Writer {
    name: String,
    limit:,
}

#[workflow]
impl Writer {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        let copy = topic.clone();
        #[blocking(cpu)]
        let words = copy.split(' ').count();
        Draft { text: topic, words }
    }

    #[step]
    async fn publish(&self, draft: Draft) -> Stop<String> {
        Stop(self.sign(draft))
    }

    fn sign(&self, draft: Draft) -> String {
        format!("{}, {} words of {}: {}", self.name, draft.words, self.limit, draft.text)
    }
}

async fn run(writer: Writer) -> String {
    writer.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}
