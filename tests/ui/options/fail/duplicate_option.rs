use workflows_runtime::prelude::*;

#[workflow(timeout = "5s", timeout = "6s")]
struct Hello;

#[workflow]
impl Hello {
    #[step(workers = 3, timeout = "1s", workers = 4)]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
