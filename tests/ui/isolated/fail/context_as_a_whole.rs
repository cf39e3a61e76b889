use workflows_runtime::prelude::*;

#[workflow]
struct Count;

fn number(ctx: &Context<Count>) -> u32 {
    ctx.attempt().number
}

#[workflow]
impl Count {
    #[step]
    #[blocking(cpu, isolated)]
    fn count(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<u32> {
        Stop(number(ctx))
    }
}

fn main() {}
