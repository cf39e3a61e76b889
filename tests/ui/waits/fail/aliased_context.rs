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
    async fn member(&self, _: &Context<Self, (Draft, Answer)>, _: Draft) {}

    #[step]
    async fn list(&self, _: &Context<Self, List>, _: Draft) {}

    #[step]
    async fn context(&self, _: &Ctx, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

type Answer = HumanResponse<Approval>;
type List = (Draft, InputRequired<Ask>);
type Ctx = Context<Publish, (Draft, HumanResponse<Approval>, InputRequired<Ask>)>;

fn main() {}
