#[workflows_runtime::event]
struct Joke {
    text: String,
}

#[workflows_runtime::workflow]
struct Jokes;

#[workflows_runtime::workflow]
impl Jokes {
    #[workflows_runtime::step]
    async fn tell(&self, input: workflows_runtime::Start<String>) -> Joke {
        Joke { text: input.0 }
    }

    #[workflows_runtime::step(workers = 1)]
    async fn end(&self, joke: self::Joke) -> workflows_runtime::Stop<String> {
        workflows_runtime::Stop(joke.text)
    }
}

fn main() {}
