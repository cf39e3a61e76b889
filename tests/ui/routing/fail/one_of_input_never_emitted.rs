use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Pun {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Joke {
        Joke { text }
    }

    #[step]
    async fn critique(&self, any: OneOf<Joke, Pun>) -> Stop<String> {
        Stop(match any {
            OneOf::A(joke) => joke.text,
            OneOf::B(pun) => pun.text,
        })
    }
}

fn main() {}
