use workflows_runtime::prelude::*;

#[workflow]
struct Hello<'a, C> {
    name: &'a str,
    client: C,
}

#[workflow]
impl<'a, C: Send + Sync + 'static> Hello<'a, C> {
    fn new(name: &'a str, client: C) -> Self {
        Self { name, client }
    }

    #[step]
    async fn greet(&self, ctx: &Context<Self>, Start(greeting): Start<String>) -> Stop<String> {
        drop(ctx);
        Stop(format!("{greeting} {}", self.name))
    }
}

#[workflow]
struct Bye<'a> {
    name: &'a str,
}

#[workflow]
impl Bye<'_> {
    #[step]
    async fn greet(&self, Start(greeting): Start<String>) -> Stop<String> {
        Stop(format!("{greeting} {}", self.name))
    }
}

fn main() {
    let _ = Hello::new("you", 1);
}
