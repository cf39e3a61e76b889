use workflows_runtime::prelude::*;

pub mod events {
    use workflows_runtime::prelude::*;

    #[event]
    pub struct Joke;

    pub use self::Joke as Pun;
}
pub use events::{Joke as Riddle, Pun};
type Quip = events::Joke;
use self::events as e;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> crate::events::Joke {
        e::Joke
    }

    #[step]
    async fn a(&self, _: self::events::Joke) -> Option<Pun> {
        None
    }

    #[step]
    async fn b(&self, _: Pun) -> Option<Riddle> {
        None
    }

    #[step]
    async fn c(&self, _: Riddle) -> Option<Quip> {
        None
    }

    #[step]
    async fn d(&self, _: Quip) -> Option<e::Pun> {
        None
    }

    #[step]
    async fn end(&self, ctx: &Context<Self, (Quip,)>, _: [e::Pun; 2]) -> Stop<()> {
        ctx.send(events::Joke);
        Stop(())
    }
}

fn main() {}
