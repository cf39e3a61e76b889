use workflows_runtime::prelude::*;

#[workflow]
struct Hello<C> {
    client: C,
}

#[workflow]
impl<C: Send + Sync + 'static> Hello<C> {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
