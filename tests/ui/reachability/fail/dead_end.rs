use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Forgotten {
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
    async fn forget(&self, joke: Joke) -> Forgotten {
        Forgotten { text: joke.text }
    }

    #[step]
    async fn log(&self, forgotten: Forgotten) {
        println!("{}", forgotten.text);
    }
}

fn main() {}
