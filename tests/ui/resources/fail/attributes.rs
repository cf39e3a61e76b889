use workflows_runtime::prelude::*;

struct Llm;

#[resource]
async fn outside() -> Llm {
    Llm
}

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    const LLM: Llm = Llm;

    #[resource]
    #[resource]
    async fn twice() -> Llm {
        Llm
    }

    #[resource(cashed = false)]
    async fn misspelt() -> Llm {
        Llm
    }

    #[resource(cached = "no")]
    async fn no_truth() -> Llm {
        Llm
    }

    #[resource = "llm"]
    async fn no_list() -> Llm {
        Llm
    }

    #[resource]
    async fn again() -> Llm {
        Llm
    }

    #[resource]
    #[step]
    async fn go(
        &self,
        #[resource] _: &Llm,
        #[resource("again")] _: &Llm,
        #[resource(again)]
        #[config("again.json")]
        _: &Llm,
        Start(()): Start<()>,
    ) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
