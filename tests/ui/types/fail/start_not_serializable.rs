use workflows_runtime::prelude::*;

#[derive(Clone)]
struct Topic(String);

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(topic): Start<Topic>) -> Stop<String> {
        Stop(topic.0)
    }
}

fn main() {}
