use workflows_runtime::prelude::*;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Joke {
    text: String,
}

impl Event for Joke {
    const NAME: &'static str = "Joke";
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
    async fn laugh(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
