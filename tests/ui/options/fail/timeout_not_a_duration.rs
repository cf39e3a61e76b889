use workflows_runtime::prelude::*;

#[workflow(timeout = 60)]
struct Hello;

#[workflow]
impl Hello {
    #[step(timeout = "soon")]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step(timeout = "5")]
    async fn wave(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step(timeout = "0s")]
    async fn bow(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step(timeout)]
    async fn nod(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
