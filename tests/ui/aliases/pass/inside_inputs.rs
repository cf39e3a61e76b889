use workflows_runtime::prelude::*;

#[event]
struct Joke;
#[event]
struct Pun;

type Quip = Joke;
type Begin = Start<()>;
const TWO: usize = 2;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Begin) -> Vec<OneOf<Quip, Pun>> {
        vec![Joke.emit(), Pun.emit()]
    }

    #[step]
    async fn pair(&self, _: [Quip; TWO]) {}

    #[step]
    async fn first(&self, _: First<Quip, { TWO - 1 }>) {}

    #[step]
    async fn any(&self, _: OneOf<Quip, Pun>) {}

    #[step]
    async fn all(&self, _: std::vec::Vec<workflows_runtime::OneOf<self::Quip, crate::Pun>>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
