//! Traits in scope whose methods and constants have the names that generated code uses.

use workflows_runtime::prelude::*;

trait Everything {
    const SAME: bool = true;
    const SHAPE: u8 = 1;
    const LEAF: u8 = 1;
    const PORT: u8 = 1;
    fn emit(&self) {}
    fn events(&self) {}
    fn context(&self) {}
    fn step(&self) {}
    fn wrap(&self) {}
    fn check_step(&self) {}
    fn check_leaf(&self) {}
    fn rank(&self) {}
    fn starts(&self) {}
    fn table(&self) {}
}
impl<T: ?Sized> Everything for T {}

#[event]
struct Joke {
    text: String,
}

impl Joke {
    const NAME: u8 = 1;
    const KEY: u8 = 1;
    const LEAF: u8 = 1;
    const PORT: u8 = 1;
}

#[workflow]
struct Jokes;

impl Jokes {
    const TABLE: u8 = 1;
    const STEPS: u8 = 1;

    fn dispatch(&self) {}
    fn slot(&self) {}
}

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    async fn end(&self, joke: Joke) -> Stop<String> {
        Stop(joke.text)
    }
}

fn main() {}
