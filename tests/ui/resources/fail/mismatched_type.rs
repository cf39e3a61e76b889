use workflows_runtime::prelude::*;

struct Llm;
struct Store;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn llm() -> StepResult<Llm> {
        Ok(Llm)
    }

    #[resource]
    async fn session(#[resource(llm)] _: &String) -> String {
        String::new()
    }

    #[step]
    async fn go(&self, #[resource(llm)] _: &Store, #[resource(session)] _: &Llm, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
