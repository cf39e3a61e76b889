use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> (Stop<String>, Option<Stop<bool>>) {
        (Stop(text), None)
    }
}

fn main() {}
