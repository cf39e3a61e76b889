use workflows_runtime::prelude::*;

struct Note;

#[workflow]
struct Notes;

#[workflow]
impl Notes {
    #[step]
    async fn begin(&self, _: &Context<Self, (Note,)>, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }
}

fn main() {}
