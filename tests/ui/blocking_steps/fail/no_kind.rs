use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    #[blocking]
    fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step]
    #[blocking()]
    fn wave(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step]
    #[blocking = "io"]
    fn bow(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
