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

    #[step]
    async fn go(&self, #[resource(llm)] _: Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }

    #[step]
    async fn change(&self, #[resource(llm)] _: &mut Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
