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
        vec![Query { text: text.clone() }, Query { text }]
    }

    #[step]
    async fn compare(&self, one: Query, other: Query) -> Stop<bool> {
        Stop(one.text == other.text)
    }
}

fn main() {}
