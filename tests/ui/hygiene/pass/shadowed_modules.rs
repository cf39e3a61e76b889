//! Modules and macros in scope with names that generated code must not look for here.

#![allow(unused_macros)]

use workflows_runtime::prelude::*;

mod core {}
mod std {}
mod serde {}
mod alloc {}
mod __p {}
mod tokio {}

macro_rules! vec {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! panic {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! unreachable {
    () => {
        compile_error!("not this one")
    };
}
macro_rules! takes {
    () => {
        compile_error!("not this one")
    };
}

#[event]
struct Joke {
    text: String,
}

#[workflow(stream = Joke, max_runs = 3)]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    async fn end(&self, joke: Joke) -> (InputRequired<u8>, Stop<String>) {
        (InputRequired(3), Stop(joke.text))
    }
}

fn main() {}
