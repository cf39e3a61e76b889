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
    async fn store(#[resource(disk)] _: &u8) -> u8 {
        1
    }

    #[step]
    async fn go(&self, #[resource(lmm)] _: &Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

#[workflow]
struct Other;

#[workflow]
impl Other {
    #[step]
    async fn go(&self, #[resource(llm)] _: &Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
