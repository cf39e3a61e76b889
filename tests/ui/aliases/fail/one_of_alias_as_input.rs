use workflows_runtime::prelude::*;

#[event]
struct Joke;
#[event]
struct Pun;

type Any = OneOf<Joke, Pun>;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> Any {
        Joke.emit()
    }

    #[step]
    async fn end(&self, _: Any) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
