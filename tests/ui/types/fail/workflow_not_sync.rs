use std::cell::Cell;
use workflows_runtime::prelude::*;

#[workflow]
struct Jokes {
    told: Cell<usize>,
}

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        self.told.set(1);
        Stop(text)
    }
}

fn main() {}
