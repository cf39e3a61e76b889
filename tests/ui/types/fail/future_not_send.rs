use std::rc::Rc;
use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        let shared = Rc::new(text);
        pause().await;
        Stop(shared.to_string())
    }
}

async fn pause() {}

fn main() {}
