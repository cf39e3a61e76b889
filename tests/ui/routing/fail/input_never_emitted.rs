use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Critique {
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
    async fn critique(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }

    #[step]
    async fn improve(&self, critique: Critique) -> Joke {
        Joke { text: critique.text }
    }
}

fn main() {}
