//! Reported at the list, and not again where the step sends it.

use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[derive(Clone)]
struct Note(String);

#[workflow]
struct Notes;

#[workflow]
impl Notes {
    #[step]
    async fn begin(&self, ctx: &Context<Self, (Draft, Note)>, Start(text): Start<String>) {
        ctx.send(Note(text.clone()));
        ctx.send(Draft(text));
    }

    #[step]
    async fn end(&self, ctx: &Context<Self, (Stop<String>,)>, Draft(text): Draft) -> Stop<String> {
        ctx.send(Stop(text.clone()));
        Stop(text)
    }
}

fn main() {}
