use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Failed {
    why: String,
}

type Result<T> = std::result::Result<OneOf<T, Failed>, StepError>;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Result<Joke> {
        Ok(Joke { text }.emit())
    }

    #[step]
    async fn critique(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
