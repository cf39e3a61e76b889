use workflows_runtime::prelude::*;

#[event]
struct Draft(String);

struct Review<C>(C);

type Ctx<C> = Context<Writer<C>, (Draft,)>;

#[workflow]
struct Writer<C> {
    client: C,
}

#[workflow]
impl<C: Send + Sync + 'static> Writer<C> {
    #[step]
    async fn outline(&self, ctx: &Context<Self, (Review<C>,)>, Start(topic): Start<String>) {
        drop((ctx, topic));
    }

    #[step]
    async fn write(&self, ctx: &Ctx<C>, Start(topic): Start<String>) {
        ctx.send(Draft(topic));
    }

    #[step]
    async fn publish(&self, client: &C, Draft(text): Draft) -> Stop<String> {
        drop(client);
        Stop(text)
    }
}

fn main() {}
