use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step(workers: 8)]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step("8")]
    async fn wave(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step = 8]
    async fn bow(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
