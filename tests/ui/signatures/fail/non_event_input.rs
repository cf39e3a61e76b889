use workflows_runtime::prelude::*;

#[derive(Clone)]
struct Client;

#[workflow]
struct Hello;

#[workflow]
impl Hello {
    #[step]
    async fn greet(&self, Start(name): Start<String>, client: Client) -> Stop<String> {
        let _ = client;
        Stop(name)
    }
}

fn main() {}
