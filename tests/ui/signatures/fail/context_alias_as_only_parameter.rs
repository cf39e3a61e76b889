use workflows_runtime::prelude::*;

type Ctx = Context<Hello>;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }

    #[step]
    async fn tick(&self, ctx: &Ctx) -> Stop<String> {
        Stop(ctx.step().to_owned())
    }
}

fn main() {}
