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
            Stop(text.clone()).emit();
        }
        Joke { text }.emit()
    }

    #[step]
    #[blocking(cpu)]
    fn end(&self, joke: Joke) -> Stop<String> {
        let _ = joke.clone().emit();
        Stop(joke.text)
    }
}

fn main() {}
