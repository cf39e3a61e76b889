use workflows_runtime::prelude::*;

#[event]
struct Query;
#[event]
struct Limit;

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, _: Start<()>) -> (Query, Limit) {
        (Query, Limit)
    }

    #[step]
    async fn collect(&self, _: (Query, Limit)) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
