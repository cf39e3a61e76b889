use workflows_runtime::prelude::*;

#[workflow(state = 3, stream, max_runs = 0)]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
