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
    async fn event(&self, _: &Context<Self, Draft>, _: Draft) {}

    #[step]
    async fn answer(&self, _: &Context<Self, HumanResponse<Approval>>, _: Draft) {}

    #[step]
    async fn parenthesized(&self, _: &Context<Self, (Draft)>, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

fn main() {}
