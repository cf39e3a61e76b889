use workflows_runtime::prelude::*;

#[event]
struct Draft(String);
#[event]
struct Ask(String);
#[event]
struct Approval(bool);

#[workflow]
struct Publish;

#[workflow]
impl Publish {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Draft {
        Draft(topic)
    }

    #[step]
    async fn asks(&self, ctx: &Context<Self>, Draft(text): Draft) {
        ctx.ask(Ask(text));
    }

    #[step]
    async fn waits(&self, ctx: &Context<Self, (InputRequired<Ask>, Draft)>, draft: Draft) -> StepResult<()> {
        let Approval(_) = ctx.wait_for::<Approval>().await;
        ctx.send(draft);
        Ok(())
    }

    #[step]
    async fn asks_and_waits(
        &self,
        ctx: &Context<Self, (HumanResponse<Approval>,)>,
        Draft(text): Draft,
    ) -> StepResult<Stop<String>> {
        let Approval(_) = ctx.ask_for::<Approval>(Ask(text.clone())).await;
        Ok(Stop(text))
    }

    #[step]
    async fn sends_what_it_waits_for(&self, ctx: &Context<Self, (HumanResponse<Approval>,)>, _: Draft) {
        ctx.send(HumanResponse(Approval(true)));
    }

    #[step]
    async fn waits_for_what_others_wait_for(&self, ctx: &Context<Self, (Draft,)>, _: Draft) -> StepResult<()> {
        ctx.wait_for::<Approval>().await;
        Ok(())
    }
}

fn main() {}
