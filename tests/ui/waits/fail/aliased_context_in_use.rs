//! What the step does with its context is not reported again.

use workflows_runtime::prelude::*;

type Ctx = Context<Release, (InputRequired<String>, HumanResponse<bool>)>;

#[workflow]
struct Release;

#[workflow]
impl Release {
    #[step]
    async fn release(&self, ctx: &Ctx, Start(version): Start<String>) -> Stop<bool> {
        ctx.ask(version.clone());
        let first = ctx.wait_for::<bool>().await;
        Stop(first && ctx.ask_for::<bool>(version).await)
    }
}

fn main() {}
