use workflows_runtime::prelude::*;

type Text = Stop<String>;
type Number = Stop<u32>;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Text {
        Stop(text)
    }

    #[step]
    async fn count(&self, Start(text): Start<String>) -> StepResult<Number> {
        Ok(Stop(text.parse()?))
    }
}

fn main() {}
