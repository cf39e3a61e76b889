use workflows_runtime::prelude::*;

struct Llm;
struct Broken;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn llm() -> Result<Llm, Broken> {
        Err(Broken)
    }

    #[step]
    async fn go(&self, #[resource(llm)] _: &Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
