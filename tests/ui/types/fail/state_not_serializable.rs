use workflows_runtime::prelude::*;

#[derive(Clone, Default)]
struct Tally {
    told: usize,
}

#[workflow(state = Tally)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self>, Start(text): Start<String>) -> Stop<String> {
        ctx.state().update(|tally| tally.told += 1);
        Stop(text)
    }
}

fn main() {}
