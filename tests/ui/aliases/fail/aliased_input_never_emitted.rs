use workflows_runtime::prelude::*;

#[event]
struct Joke;

type Pun = Joke;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn end(&self, _: Pun) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
