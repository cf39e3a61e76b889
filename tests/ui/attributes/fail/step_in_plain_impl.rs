use workflows_runtime::{prelude::*, step};

struct Hello;

impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
