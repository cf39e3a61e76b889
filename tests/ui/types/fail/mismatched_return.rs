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
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        text
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke)
    }
}

fn main() {}
