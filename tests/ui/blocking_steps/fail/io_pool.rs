use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    #[blocking(io, pool = "disk")]
    fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step]
    #[blocking(pool = "disk")]
    fn wave(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step]
    #[blocking(cpu, pool = disk)]
    fn bow(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
