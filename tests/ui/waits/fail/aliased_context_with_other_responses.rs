//! What a step does with a context behind an alias is not reported again, though another step takes a response.

use workflows_runtime::prelude::*;

type Ctx = Context<Release, (InputRequired<String>, HumanResponse<bool>)>;

#[workflow]
struct Release;

#[workflow]
impl Release {
    #[step]
    async fn release(&self, ctx: &Ctx, Start(version): Start<String>) -> InputRequired<u32> {
        InputRequired(u32::from(ctx.ask_for::<bool>(version).await))
    }

    #[step]
    async fn confirm(&self, HumanResponse(number): HumanResponse<u32>) -> Stop<u32> {
        Stop(number)
    }
}

fn main() {}
