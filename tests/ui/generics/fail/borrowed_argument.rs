use workflows_runtime::prelude::*;

#[workflow]
struct Hello<N> {
    name: N,
}

#[workflow]
impl<'a> Hello<&'a str> {
    #[step]
    async fn greet(&self, ctx: &Context<Self>, Start(greeting): Start<String>) -> Stop<String> {
        drop(ctx);
        Stop(format!("{greeting} {}", self.name))
    }
}

#[workflow]
struct Bye<N> {
    name: N,
}

#[workflow]
impl Bye<&str> {
    #[step]
    async fn greet(&self, Start(greeting): Start<String>) -> Stop<String> {
        Stop(format!("{greeting} {}", self.name))
    }
}

fn main() {}
