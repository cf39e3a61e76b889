use workflows_runtime::prelude::*;

#[event]
struct Joke {
    text: String,
}
#[event]
struct Pun {
    text: String,
}
#[event]
struct Riddle {
    text: String,
}
#[event]
struct Quip {
    text: String,
}

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, Start(text): Start<String>) -> StepResult<OneOf<Vec<Joke>, (Pun, Option<Riddle>), Stop<String>>> {
        Ok(Stop(text).emit())
    }

    #[step]
    async fn retell(&self, Start(text): Start<String>) -> std::option::Option<Quip> {
        Some(Quip { text })
    }
}

fn main() {}
