use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step(workers = 0)]
    fn greet(&mut self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
