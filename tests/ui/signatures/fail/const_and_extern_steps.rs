use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    #[blocking(cpu)]
    const fn greet(&self, input: Start<u32>) -> Stop<u32> {
        Stop(input.0)
    }

    #[step]
    #[blocking(cpu)]
    extern "C" fn shout(&self, input: Start<u32>) -> Stop<u32> {
        Stop(input.0)
    }
}

fn main() {}
