use workflows_runtime::prelude::*;

#[derive(Debug)]
struct Silence;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> Result<Stop<String>, Silence> {
        if text.is_empty() { Err(Silence) } else { Ok(Stop(text)) }
    }
}

fn main() {}
