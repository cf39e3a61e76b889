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
    async fn stop(&self, _: &Context<Self, (Draft, Stop<String>)>, _: Draft) {}

    #[step]
    async fn start(&self, _: &Context<Self, (Start<String>,)>, _: Draft) {}

    #[step]
    async fn batch(&self, _: &Context<Self, (Vec<Draft>, OneOf<Draft, Ask>)>, _: Draft) {}

    #[step]
    async fn nested(&self, _: &Context<Self, (Draft, (Draft,))>, _: Draft) {}

    #[step]
    async fn ordinary(&self, _: &Context<Self, (String,)>, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

fn main() {}
