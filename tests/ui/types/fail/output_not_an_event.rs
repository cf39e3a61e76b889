use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> StepResult<OneOf<Stop<String>, Vec<String>>> {
        Ok(Stop(text).emit())
    }

    #[step]
    async fn end(&self, Start(text): Start<String>) -> String {
        text
    }
}

fn main() {}
