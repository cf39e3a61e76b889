use workflows_runtime::prelude::*;

#[event]
struct Joke;

type Result<T> = std::result::Result<OneOf<T, Stop<u8>>, StepError>;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<String>) -> Result<Joke> {
        Ok(Joke.emit())
    }

    #[step]
    async fn end(&self, _: Joke) -> Stop<String> {
        Stop(String::new())
    }
}

fn main() {}
