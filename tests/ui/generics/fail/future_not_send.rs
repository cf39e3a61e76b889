use workflows_runtime::prelude::*;

trait LlmClient: Send + Sync + 'static {
    async fn complete(&self, prompt: &str) -> String;
}

#[workflow]
struct Writer<C> {
    client: C,
}

#[workflow]
impl<C: LlmClient> Writer<C> {
    #[step]
    async fn write(&self, ctx: &Context<Self>, Start(topic): Start<String>) -> Stop<String> {
        let draft = self.client.complete(&topic).await;
        drop(ctx);
        Stop(draft)
    }
}

fn main() {}
