use workflows_runtime::prelude::*;

#[event]
struct Joke;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> Start<Joke> {
        Start(Joke)
    }

    #[step]
    async fn ask(&self, _: Start<()>) -> HumanResponse<bool> {
        HumanResponse(true)
    }

    #[step]
    async fn end(&self, _: InputRequired<Joke>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
