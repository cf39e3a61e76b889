use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow(timeout = "5s")]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
