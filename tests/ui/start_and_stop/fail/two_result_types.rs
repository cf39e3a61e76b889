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
    async fn tell(&self, Start(text): Start<String>) -> OneOf<Joke, Stop<String>> {
        if text.is_empty() {
            return Stop("no topic".to_owned()).emit();
        }
        Joke { text }.emit()
    }

    #[step]
    async fn critique(&self, joke: Joke) -> StepResult<Stop<usize>> {
        Ok(Stop(joke.text.len()))
    }
}

fn main() {}
