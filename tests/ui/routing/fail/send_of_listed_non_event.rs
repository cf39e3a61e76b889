//! That the list names no event is reported once, and not again where the step sends it.

use workflows_runtime::prelude::*;

struct Note;

#[workflow]
struct Notes;

#[workflow]
impl Notes {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (Note, u32)>, Start(text): Start<String>) -> Stop<String> {
        ctx.send(Note);
        ctx.send(7_u32);
        Stop(text)
    }
}

fn main() {}
