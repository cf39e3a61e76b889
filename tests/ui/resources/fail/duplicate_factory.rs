use workflows_runtime::prelude::*;

struct Llm;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn llm() -> Llm {
        Llm
    }

    #[resource]
    async fn llm() -> Llm {
        Llm
    }

    #[step]
    async fn go(&self, #[resource(llm)] _: &Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
