use workflows_runtime::prelude::*;

#[workflow]
struct Jokes;

#[workflow]
impl Jokes {
    #[step]
    async fn tell(&self, topic: OneOf<Start<String>, Start<usize>>) -> Stop<String> {
        Stop(match topic {
            OneOf::A(Start(text)) => text,
            OneOf::B(Start(n)) => n.to_string(),
        })
    }
}

fn main() {}
