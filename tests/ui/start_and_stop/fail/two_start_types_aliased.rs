use workflows_runtime::prelude::*;

type Text = Start<String>;
type Number = Start<u32>;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Text) -> Stop<String> {
        Stop(text)
    }

    #[step]
    async fn count(&self, Start(number): Number) -> Stop<String> {
        Stop(number.to_string())
    }
}

fn main() {}
