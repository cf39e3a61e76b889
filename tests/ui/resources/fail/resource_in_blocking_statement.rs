use workflows_runtime::prelude::*;

pub struct Llm(String);

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn llm() -> Llm {
        Llm(String::new())
    }

    #[step]
    async fn go(&self, #[resource(llm)] llm: &Llm, Start(n): Start<usize>) -> Stop<usize> {
        #[blocking(io)]
        let length = llm.0.len();
        Stop(n + length)
    }
}

fn main() {}
