use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }

    #[step]
    async fn archive(&self, Stop(text): Stop<String>) {
        println!("{text}");
    }
}

fn main() {}
