use workflows_runtime::prelude::*;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, Start(text): Start<String>) -> Vec<Query> {
        vec![Query { text }]
    }

    #[step]
    async fn all(&self, queries: Vec<Query>) -> Stop<usize> {
        Stop(queries.len())
    }

    #[step]
    async fn fastest(&self, First([query]): First<Query, 1>, _: Limit) {}

    #[step]
    async fn pairs(&self, [one, other]: [Query; 2]) -> (Limit, Option<Limit>) {
        (Limit, None)
    }
}
