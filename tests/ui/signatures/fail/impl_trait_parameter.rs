use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> impl Into<String> {
        text
    }

    #[step]
    async fn retell(&self, text: impl Into<String>) -> Stop<String> {
        Stop(text.into())
    }
}

fn main() {}
