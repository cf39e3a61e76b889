use workflows_runtime::prelude::*;

#[workflow]
async fn greet(name: String) -> String {
    name
}

fn main() {}
