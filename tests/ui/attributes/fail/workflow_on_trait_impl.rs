use workflows_runtime::prelude::*;

trait Greet {
    fn greet(&self);
}

#[workflow]
struct Hello;

#[workflow]
impl Greet for Hello {
    fn greet(&self) {}
}

#[workflow]
impl Hello {
    #[step]
    async fn begin(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
