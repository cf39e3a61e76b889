//! One list, behind an alias in one step and visible in another.

use workflows_runtime::prelude::*;

type Ctx = Context<Release, (InputRequired<String>, HumanResponse<bool>)>;

#[event]
struct Approved;

#[workflow]
struct Release;

#[workflow]
impl Release {
    #[step]
    async fn approve(&self, ctx: &Ctx, Start(version): Start<String>) -> Option<Approved> {
        ctx.ask(version);
        ctx.wait_for::<bool>().await.then_some(Approved)
    }

    #[step]
    async fn release(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<bool>)>,
        _approved: Approved,
    ) -> Stop<bool> {
        Stop(ctx.ask_for::<bool>("now?".to_owned()).await)
    }
}

fn main() {}
