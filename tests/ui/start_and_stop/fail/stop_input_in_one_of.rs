use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> OneOf<Joke, Stop<String>> {
        Joke { text }.emit()
    }

    #[step]
    async fn archive(&self, _: OneOf<Joke, Stop<String>>) -> Stop<String> {
        Stop("done".to_owned())
    }
}

fn main() {}
