use workflows_runtime::prelude::*;

mod a {
    use workflows_runtime::prelude::*;

    #[event]
    pub struct Joke;
}
mod b {
    use workflows_runtime::prelude::*;

    #[event]
    pub struct Joke;
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> OneOf<a::Joke, Stop<()>> {
        a::Joke.emit()
    }

    #[step]
    async fn repeat(&self, _: Start<()>) -> a::Joke {
        a::Joke
    }

    #[step]
    async fn end(&self, _: b::Joke) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
