use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

#[workflow]
struct Goodbye;

#[workflow]
impl Goodbye {
    #[step]
    async fn wave(&self, ctx: &Context<Hello>, Start(name): Start<String>) -> Stop<String> {
        Stop(format!("{name} {}", ctx.attempt().number))
    }
}

fn main() {}
