//! A prompt or a response is found by its type, and an event may be listed by several steps.

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
    async fn tell(
        &self,
        ctx: &Context<Self, (Joke, InputRequired<String>, InputRequired<String>, HumanResponse<bool>)>,
        Start(text): Start<String>,
    ) {
        while !ctx.ask_for::<bool>(text.clone()).await {
            ctx.send(Joke { text: text.clone() });
        }
    }

    #[step]
    async fn retell(&self, ctx: &Context<Self, (Joke,)>, Start(text): Start<String>) {
        ctx.send(Joke { text });
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {
    let _ = Jokes.run("knock, knock".to_owned());
}
