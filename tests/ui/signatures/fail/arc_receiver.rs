use std::sync::Arc;
use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(self: Arc<Self>, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
