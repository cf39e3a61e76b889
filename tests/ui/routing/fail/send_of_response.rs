//! A step does not respond, also if its context lists the response or another event.

use workflows_runtime::prelude::*;

#[event]
struct Approved;

#[workflow]
struct Release;

#[workflow]
impl Release {
    #[step]
    async fn approve(
        &self,
        ctx: &Context<Self, (Approved, InputRequired<String>, HumanResponse<bool>)>,
        Start(version): Start<String>,
    ) {
        ctx.send(HumanResponse(true));
        if ctx.ask_for::<bool>(version).await {
            ctx.send(Approved);
        }
    }

    #[step]
    async fn release(&self, ctx: &Context<Self>, _approved: Approved) -> Stop<bool> {
        ctx.send(HumanResponse(true));
        Stop(true)
    }
}

fn main() {}
