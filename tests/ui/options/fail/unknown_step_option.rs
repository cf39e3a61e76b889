use workflows_runtime::prelude::*;

#[event]
struct Name(String);

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step(retires = 3)]
    async fn read(&self, Start(name): Start<String>) -> Name {
        Name(name)
    }

    #[step(retries = 3, timeout_ms = 100)]
    async fn greet(&self, Name(name): Name) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
