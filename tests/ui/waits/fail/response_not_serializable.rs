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
    async fn asks(&self, _: &Context<Self, (InputRequired<Paper>,)>, _: Draft) {}

    #[step]
    async fn waits(&self, _: &Context<Self, (HumanResponse<Paper>,)>, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

struct Paper;

fn main() {}
