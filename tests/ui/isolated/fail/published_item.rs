use workflows_runtime::prelude::*;

#[derive(Clone)]
pub struct Progress {
    pub percent: u32,
}

#[workflow(stream = Progress)]
struct Count;

#[workflow]
impl Count {
    #[step]
    #[blocking(cpu, isolated)]
    fn count(&self, ctx: &Context<Self>, _: Start<()>) -> Stop<()> {
        ctx.publish(Progress { percent: 100 });
        Stop(())
    }
}

fn main() {}
