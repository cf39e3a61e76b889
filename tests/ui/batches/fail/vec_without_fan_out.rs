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
    async fn plan(&self, Start(text): Start<String>) -> Query {
        Query { text }
    }

    #[step]
    async fn collect(&self, queries: Vec<Query>) -> Stop<usize> {
        Stop(queries.len())
    }
}

fn main() {}
