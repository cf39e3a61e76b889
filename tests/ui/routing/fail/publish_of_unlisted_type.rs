use workflows_runtime::prelude::*;

#[event]
struct Progress {
    done: usize,
}
#[event]
struct Laugh {
    loudness: usize,
}
#[event]
struct Applause {
    loudness: usize,
}

#[workflow(stream = OneOf<Progress, Laugh>)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<String> {
        ctx.publish(Applause { loudness: 10 });
        Stop(text)
    }
}

fn main() {}
