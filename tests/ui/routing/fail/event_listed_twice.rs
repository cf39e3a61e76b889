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
    async fn tell(&self, ctx: &Context<Self, (Joke, Joke)>, Start(text): Start<String>) {
        ctx.send(Joke { text });
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
