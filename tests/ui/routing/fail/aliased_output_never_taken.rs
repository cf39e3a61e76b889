use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Pun {
    text: String,
}

type Told = StepResult<OneOf<Joke, Vec<Pun>>>;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Told {
        Ok(Joke { text }.emit())
    }

    #[step]
    async fn critique(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
