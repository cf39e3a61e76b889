use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (Joke,)>, Start(text): Start<String>) -> Stop<String> {
        ctx.send(Joke { text: text.clone() });
        Stop(text)
    }
}

fn main() {}
