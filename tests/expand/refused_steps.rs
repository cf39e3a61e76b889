use workflows_runtime::prelude::*;

#[workflow]
impl Jokes {
    #[step(worker = 3)]
    async fn tell(&mut self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    fn judge(&self, joke: Joke, client: impl Client) -> Stop<usize> {
        Stop(joke.text.len())
    }
}
