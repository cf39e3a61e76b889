use workflows_runtime::prelude::*;

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step(allow_blocking = true)]
    async fn read(&self, Start(path): Start<String>) -> Stop<bool> {
        Stop(path.is_empty())
    }
}

fn main() {}
