use workflows_runtime::prelude::*;

#[event]
struct Progress {
    done: usize,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<String> {
        ctx.publish(Progress { done: 1 });
        Stop(text)
    }
}

fn main() {}
