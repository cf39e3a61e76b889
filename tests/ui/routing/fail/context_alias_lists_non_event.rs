use workflows_runtime::prelude::*;

struct Note;

type Ctx = Context<Notes, (Note,)>;

#[workflow]
struct Notes;

#[workflow]
impl Notes {
    #[step]
    async fn begin(&self, _: &Ctx, Start(text): Start<String>) -> Stop<String> {
        Stop(text)
    }
}

fn main() {}
