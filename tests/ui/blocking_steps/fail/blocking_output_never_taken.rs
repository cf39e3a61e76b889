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
    #[blocking(cpu)]
    fn tell(&self, Start(text): Start<String>) -> OneOf<Joke, Stop<String>> {
        Joke { text }.emit()
    }
}

fn main() {}
