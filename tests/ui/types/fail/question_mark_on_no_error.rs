use workflows_runtime::prelude::*;

#[derive(Debug)]
struct Silence;

fn tell(text: String) -> Result<String, Silence> {
    if text.is_empty() { Err(Silence) } else { Ok(text) }
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> StepResult<Stop<String>> {
        Ok(Stop(tell(text)?))
    }
}

fn main() {}
