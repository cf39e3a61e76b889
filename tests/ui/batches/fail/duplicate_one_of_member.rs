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
    async fn compare(&self, _: OneOf<Query, Query>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
