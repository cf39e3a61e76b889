use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<&'static str>) -> Stop<String> {
        Stop(text.to_owned())
    }
}

fn main() {}
