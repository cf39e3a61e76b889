use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
    stars: (u8, u8),
}
#[event]
struct Told(Joke);

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(mut text): Start<String>) -> Joke {
        text.push('!');
        Joke { text, stars: (1, 2) }
    }

    #[step]
    async fn retell(&self, mut joke: Joke) -> Told {
        joke.text.clear();
        Told(joke)
    }

    #[step]
    async fn ignore(&self, _: Joke) {}

    #[step]
    async fn ignored(&self, _joke: Joke) {}

    #[step]
    async fn rest(&self, Joke { text: _, .. }: Joke) {}

    #[step]
    async fn bound(&self, Told(Joke { text, stars: (most, _) }): Told, _: &Context<Self>) -> Stop<String> {
        Stop(format!("{text} {most}"))
    }
}

fn main() {}
