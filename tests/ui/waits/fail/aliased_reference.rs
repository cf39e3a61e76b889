//! What the list behind the alias contains is not reported as missing.

use workflows_runtime::prelude::*;

type Ctx<'a> = &'a Context<Notes, (Note,)>;

#[event]
struct Note(String);

#[workflow]
struct Notes;

#[workflow]
impl Notes {
    #[step]
    async fn begin(&self, ctx: Ctx<'_>, Start(text): Start<String>) {
        ctx.send(Note(text));
    }

    #[step]
    async fn end(&self, Note(text): Note) -> Stop<String> {
        Stop(text)
    }
}

async fn run() -> String {
    Notes.run("rust".to_owned()).await.unwrap()
}

fn main() {
    let _ = run;
}
