use workflows_runtime::prelude::*;

#[workflow]
impl Ask {
    #[resource]
    async fn llm(&self, #[config("llm.json", select = "prod.llm")] config: LlmConfig) -> StepResult<Llm> {
        Llm::new(config)
    }

    #[resource(cached = false)]
    #[blocking(io)]
    fn session(#[resource(llm)] llm: &Llm) -> Session {
        llm.session()
    }

    #[step]
    async fn ask(
        &self,
        #[resource(session)] session: &Session,
        #[config("llm.json")] all: &Settings,
        Start(n): Start<u32>,
    ) -> Stop<u32> {
        Stop(session.ask(all, n))
    }
}
