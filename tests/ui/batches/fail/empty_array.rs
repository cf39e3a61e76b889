use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
}

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, Start(text): Start<String>) -> Vec<Query> {
        vec![Query { text }]
    }

    #[step]
    async fn collect(&self, _: [Query; 0]) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
