use std::cell::Cell;
use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}

#[workflow(stream = String, max_runs = 2)]
struct Jokes {
    name: String,
    told: Cell<usize>,
}

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, ctx: &Context<Self, (Joke,)>, Start(text): Start<String>) {
        self.told.set(1);
        ctx.publish(self.name.clone());
        ctx.send(Joke { text });
    }

    #[step]
    #[blocking(cpu)]
    fn end(&self, joke: Joke) -> Stop<String> {
        self.told.set(2);
        Stop(joke.text)
    }
}

async fn run(jokes: Jokes) -> String {
    jokes.run("knock".to_owned()).start().await.unwrap()
}

fn main() {
    let _ = run;
}
