use workflows_runtime::prelude::*;

#[workflow]
struct Hello<T>(T);

#[workflow]
impl<T, C: Clone> Hello<T> {
    #[step]
    async fn greet(&self, ctx: &Context<Self>, Start(name): Start<String>) -> Stop<String> {
        drop(ctx);
        Stop(name)
    }
}

fn main() {}
