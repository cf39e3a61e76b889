use workflows_runtime::prelude::*;

struct Llm;

#[workflow]
struct Writer<C> {
    client: C,
}

#[workflow]
impl<C: Clone + Send + Sync + 'static> Writer<C> {
    #[step]
    async fn write(&self, llm: &Llm, Start(topic): Start<String>) -> String {
        drop(llm);
        topic
    }
}

fn main() {}
