//! An event that is neither declared nor taken is reported once, as undeclared.

use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Foreign;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (Joke,)>, Start(text): Start<String>) {
        ctx.send(Foreign);
        ctx.send(Joke { text });
    }

    #[step]
    async fn critique(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
