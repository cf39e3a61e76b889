use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Audience {
    size: usize,
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
    async fn laugh(&self, joke: Joke, audience: Audience) -> Stop<String> {
        Stop(joke.text.repeat(audience.size))
    }
}

fn main() {}
