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
    async fn wait(&self, _: &Context<Self, (HumanResponse<Approval>,)>) -> Stop<String> {
        Stop(String::new())
    }

    #[step]
    async fn end(&self, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

fn main() {}
