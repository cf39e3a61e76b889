use workflows_runtime::{prelude::*, step};

#[step]
async fn greet(Start(name): Start<String>) -> Stop<String> {
    Stop(name)
}

fn main() {}
