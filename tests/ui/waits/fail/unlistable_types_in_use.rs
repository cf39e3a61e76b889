//! What a context cannot list is not reported again where the step sends it.

use workflows_runtime::prelude::*;

struct Note(String);

#[event]
struct Draft(String);

#[workflow]
struct Publish;

#[workflow]
impl Publish {
    #[step]
    async fn write(&self, ctx: &Context<Self, (Note,)>, Start(topic): Start<String>) -> Draft {
        ctx.send(Note(topic.clone()));
        Draft(topic)
    }

    #[step]
    async fn publish(&self, ctx: &Context<Self, (Stop<String>,)>, Draft(text): Draft) -> Stop<String> {
        ctx.send(Stop(text.clone()));
        Stop(text)
    }
}

fn main() {}
