use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, ctx: &mut Context<Self>, Start(name): Start<String>) -> Stop<String> {
        Stop(format!("{name} {}", ctx.attempt().number))
    }
}

fn main() {}
