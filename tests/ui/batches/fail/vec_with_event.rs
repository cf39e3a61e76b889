use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
}
#[event]
struct Limit {
    most: usize,
}

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, Start(text): Start<String>) -> (Vec<Query>, Limit) {
        (vec![Query { text }], Limit { most: 3 })
    }

    #[step]
    async fn collect(&self, queries: Vec<Query>, limit: Limit) -> Stop<usize> {
        Stop(queries.len().min(limit.most))
    }
}

fn main() {}
