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

    #[resource]
    async fn words(#[resource(llm)] llm: &Llm) -> usize {
        let llm = llm.0.clone();
        #[blocking(cpu)]
        let words = llm.split(' ').count();
        words
    }

    // A statement may use the context in any position, but no resource.
    #[step]
    async fn go(&self, #[resource(llm)] llm: &Llm, ctx: &Context<Self>, #[resource(words)] words: &usize, Start(n): Start<usize>) -> StepResult<Stop<usize>> {
        let llm = llm.0.clone();
        #[blocking(io)]
        let length = {
            ctx.state().at("length").set(llm.len())?;
            llm.len()
        };
        Ok(Stop(n + length + words))
    }
}

fn main() {}
