use std::rc::Rc;
use workflows_runtime::prelude::*;

trait LlmClient {
    fn complete(&self, prompt: &str) -> impl Future<Output = String> + Send;
}

impl LlmClient for Rc<str> {
    fn complete(&self, prompt: &str) -> impl Future<Output = String> + Send {
        std::future::ready(format!("{self} {prompt}"))
    }
}

#[workflow]
struct Writer<C> {
    client: C,
}

#[workflow]
impl<C: LlmClient> Writer<C> {
    #[step]
    async fn write(&self, Start(topic): Start<String>) -> Stop<String> {
        Stop(self.client.complete(&topic).await)
    }
}

fn main() {
    let client: Rc<str> = Rc::from("write about");
    let _ = Writer { client }.run("workflows".to_owned());
}
