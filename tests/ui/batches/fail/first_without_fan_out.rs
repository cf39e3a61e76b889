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
    async fn plan(&self, Start(text): Start<String>) -> StepResult<Query> {
        Ok(Query { text })
    }

    #[step]
    async fn fastest(&self, First([query]): First<Query, 1>) -> Stop<String> {
        Stop(query.text)
    }
}

fn main() {}
