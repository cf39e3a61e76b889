use workflows_runtime::prelude::*;

macro_rules! steps {
    ($workflow:ty, $event:ty, $name:ident) => {
        #[workflow]
        impl $workflow {
            #[step]
            async fn $name(&self, _: Start<()>) -> $event {
                <$event>::new()
            }

            #[step]
            async fn end(&self, #[allow(unused_variables)] event: $event) -> Stop<()>
            where
                Self: Sized,
            {
                Stop(())
            }
        }
    };
}

#[event]
struct Joke;

impl Joke {
    fn new() -> Self {
        Self
    }
}

mod inner {
    #[workflows_runtime::workflow]
    pub struct Jokes;
}

steps!(crate::inner::Jokes, Joke, tell);

fn main() {}
