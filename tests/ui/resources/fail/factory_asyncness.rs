use workflows_runtime::prelude::*;

struct Llm;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    fn sync() -> Llm {
        Llm
    }

    #[resource]
    #[blocking(io)]
    async fn both() -> Llm {
        Llm
    }

    #[resource]
    #[blocking(disk)]
    fn unknown() -> Llm {
        Llm
    }

    #[resource]
    async fn blocks() -> StepResult<String> {
        Ok(std::fs::read_to_string("llm.txt")?)
    }

    #[step]
    async fn go(&self, #[resource(blocks)] _: &String, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
