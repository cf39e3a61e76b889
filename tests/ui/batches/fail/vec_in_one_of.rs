use workflows_runtime::prelude::*;

#[event]
struct Query {
    text: String,
}
#[event]
struct Empty;

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, Start(text): Start<String>) -> OneOf<Vec<Query>, Empty> {
        vec![Query { text }].emit()
    }

    #[step]
    async fn collect(&self, _: OneOf<Vec<Query>, Empty>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
