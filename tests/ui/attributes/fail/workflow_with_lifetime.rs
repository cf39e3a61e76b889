use workflows_runtime::prelude::*;

#[workflow]
struct Hello<'a> {
    name: &'a str,
}

#[workflow]
impl Hello<'_> {
    #[step]
    async fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        Stop(name)
    }
}

fn main() {}
