use workflows_runtime::prelude::*;

#[event]
struct Joke;

type All = Vec<Joke>;
type Two = [Joke; 2];

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> All {
        vec![Joke]
    }

    #[step]
    async fn end(&self, _: All) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn pair(&self, _: Two) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
