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
    async fn tell(&self, Start(text): Start<String>) -> OneOf<Joke, Stop<usize>> {
        if text.is_empty() { Stop(0).emit() } else { Joke { text }.emit() }
    }

    #[step]
    async fn log(&self, topic: Start<String>) {
        println!("{}", topic.0);
    }

    #[step]
    async fn count(&self, joke: Joke) -> StepResult<Option<Stop<usize>>> {
        Ok(Some(Stop(joke.text.len())))
    }

    #[step]
    async fn hurry(&self, any: OneOf<Start<String>, Joke>) -> Option<Stop<usize>> {
        matches!(any, OneOf::A(_)).then_some(Stop(1))
    }
}

fn main() {}
