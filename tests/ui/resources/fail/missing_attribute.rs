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
    async fn go(&self, llm: &Llm, ctx: &Context<Self>, Start(()): Start<()>) -> Stop<()> {
        let _ = (llm, ctx);
        Stop(())
    }

    #[step]
    async fn only_a_resource(&self, #[resource(llm)] _: &Llm) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
