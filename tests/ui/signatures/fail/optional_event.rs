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
    async fn write(&self, Start(topic): Start<String>) -> Option<Draft> {
        Some(Draft { text: topic })
    }

    #[step]
    async fn publish(&self, draft: Option<Draft>) -> Stop<String> {
        Stop(draft.map(|draft| draft.text).unwrap_or_default())
    }
}

fn main() {}
