use workflows_runtime::prelude::*;

/// An event called like the wrappers.
mod mine {
    use workflows_runtime::prelude::*;

    #[event]
    pub struct Start;
    #[event]
    pub struct Stop;
    #[event]
    pub struct First;
    #[event]
    pub struct Vec;
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, _: Start<()>) -> (mine::Start, mine::Stop, mine::First, mine::Vec) {
        (mine::Start, mine::Stop, mine::First, mine::Vec)
    }

    #[step]
    async fn end(&self, _: mine::Start, _: mine::Stop, _: mine::First, _: mine::Vec) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
