use workflows_runtime::prelude::*;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    #[blocking(io)]
    fn greet(&self, Start(name): Start<String>) -> Stop<String> {
        std::future::ready(()).await;
        Stop(name)
    }
}

#[blocking(cpu)]
fn shout(text: String) -> String {
    std::future::ready(text).await
}

fn main() {}
