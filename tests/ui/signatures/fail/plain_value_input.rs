use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, name: String) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
