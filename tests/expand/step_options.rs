use workflows_runtime::prelude::*;

#[workflow]
impl Hello {
    #[step(workers = 8, timeout = "250ms", unchecked(reachable, dead_end))]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}
