use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, a: &Context<Self>, b: &Context<Self>, Start(name): Start<String>) -> Stop<String> {
        Stop(format!("{name} {} {}", a.attempt().number, b.attempt().number))
    }
}

fn main() {}
