use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

impl Hello {
    pub async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
