use workflows_runtime::prelude::*;

#[workflow(state = u64)]
struct Count;

#[workflow]
impl Count {
    #[step]
    #[blocking(cpu, isolated)]
    fn count(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<u64> {
        Stop(ctx.state().get() + text.len() as u64)
    }
}

fn main() {}
