use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Lost;
#[event]
struct Never;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step(worker = 3)]
    async fn count(&self, joke: Joke) -> Stop<usize> {
        Stop(joke.text.len())
    }

    #[step]
    async fn idle(&self) {}

    #[step]
    fn block(&self, joke: Joke) -> Stop<usize> {
        Stop(joke.text.len())
    }

    #[step]
    async fn lose(&self, _: Joke) -> Lost {
        Lost
    }

    #[step]
    async fn wait(&self, _: Never) {}

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
