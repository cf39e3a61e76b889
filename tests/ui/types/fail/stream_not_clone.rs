use workflows_runtime::prelude::*;

struct Progress;

#[workflow(stream = Progress)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<String> {
        ctx.publish(Progress);
        Stop(text)
    }
}

fn main() {}
