use workflows_runtime::prelude::*;

struct Told(String);

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<Told> {
        Stop(Told(text))
    }
}

fn main() {}
