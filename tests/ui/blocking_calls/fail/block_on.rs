use workflows_runtime::prelude::*;

#[workflow]
struct Wait;

#[workflow]
impl Wait {
    #[step]
    async fn wait(&self, Start(n): Start<u32>) -> Stop<u32> {
        let runtime = tokio::runtime::Handle::current();
        Stop(runtime.block_on(async { n + 1 }))
    }
}

fn main() {}
