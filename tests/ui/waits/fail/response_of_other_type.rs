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
    async fn check(
        &self,
        ctx: &Context<Self, (HumanResponse<Approval>, InputRequired<Ask>)>,
        Draft(text): Draft,
    ) -> StepResult<Stop<String>> {
        let Approval(_) = ctx.ask_for::<Approval>(Ask(text.clone())).await;
        Ok(Stop(text))
    }
}

fn answer(run: &workflows_runtime::RunHandle<Publish>) {
    let _ = run.send(HumanResponse(Approval(true)));
    let _ = run.send(HumanResponse(Ask(String::new())));
}

fn main() {}
