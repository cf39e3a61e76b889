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
    async fn tell(&self, Start(text): Start<String>) -> OneOf<Joke, Joke> {
        Joke { text }.emit()
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
