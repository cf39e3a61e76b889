use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

#[event]
struct Unclear(String);

/// Never used with a type: its graph is checked all the same.
#[workflow]
struct Writer<C> {
    client: C,
}

#[workflow]
impl<C: Clone + Send + Sync + 'static> Writer<C> {
    #[step]
    async fn write(&self, ctx: &Context<Self, (Unclear,)>, Start(topic): Start<String>) -> Draft {
        ctx.send(Unclear(topic.clone()));
        Draft(topic)
    }

    #[step]
    async fn publish(&self, Draft(text): Draft) -> Stop<String> {
        Stop(text)
    }
}

fn main() {}
