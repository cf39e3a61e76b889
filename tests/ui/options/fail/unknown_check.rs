use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step(unchecked)]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step(unchecked(dead_ends))]
    async fn wave(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step(unchecked(everything))]
    async fn shout(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
