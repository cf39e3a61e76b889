use workflows_runtime::prelude::*;

#[event]
struct Noted;

#[workflow]
struct Notes;

#[workflow]
impl Notes {
    #[step]
    async fn begin(&self, _: Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn ask(&self, ctx: &Context<Self, (Noted,)>, _: HumanResponse<String>) {
        ctx.send(Noted);
    }

    #[step]
    async fn note(&self, _: Noted) {}
}

fn main() {}
