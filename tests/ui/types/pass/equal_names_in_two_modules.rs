use workflows_runtime::prelude::*;

mod a {
    use workflows_runtime::prelude::*;

    #[event]
    pub struct Joke;

    pub mod inner {
        #[workflows_runtime::event]
        pub struct Joke;
    }
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
    async fn tell(&self, _: Start<()>) -> OneOf<a::Joke, b::Joke, a::inner::Joke> {
        a::Joke.emit()
    }

    #[step]
    async fn retell(&self, _: a::Joke) -> b::Joke {
        b::Joke
    }

    #[step]
    async fn end(&self, _: OneOf<b::Joke, a::inner::Joke>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
