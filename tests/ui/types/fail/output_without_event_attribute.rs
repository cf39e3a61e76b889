use workflows_runtime::prelude::*;

struct Joke {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    async fn improve(&self, joke: Joke) -> OneOf<Joke, Stop<String>> {
        if joke.text.is_empty() { joke.emit() } else { Stop(joke.text).emit() }
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
