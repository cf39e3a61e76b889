use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Pun {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (Joke,)>, Start(text): Start<String>) -> Pun {
        ctx.send(Pun { text: text.clone() });
        Pun { text }
    }

    #[step]
    async fn retell(&self, ctx: &Context<Self>, pun: Pun) {
        ctx.send(Joke { text: pun.text });
    }

    #[step]
    async fn critique(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
