use workflows_runtime::prelude::*;

#[event]
struct Progress {
    done: usize,
}
#[event]
struct Laugh {
    loudness: usize,
}

#[workflow(stream = Progress)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<String> {
        ctx.publish(Progress { done: 1 });
        ctx.publish(Laugh { loudness: 10 });
        Stop(text)
    }
}

fn main() {}
