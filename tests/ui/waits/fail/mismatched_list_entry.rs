//! Right in the list, and not as the list has it.

use workflows_runtime::prelude::*;

#[event]
struct Approval(bool);

#[workflow]
struct Publish;

#[workflow]
impl Publish {
    #[step]
    async fn wrapped(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>)>,
        Start(text): Start<String>,
    ) -> Stop<()> {
        ctx.ask_for::<HumanResponse<Approval>>(text).await;
        Stop(())
    }

    #[step]
    async fn borrowed(
        &self,
        ctx: &Context<Self, (InputRequired<String>, HumanResponse<Approval>)>,
        _: Start<String>,
    ) -> Stop<()> {
        ctx.ask_for::<Approval>("go on?").await;
        Stop(())
    }
}

fn main() {}
