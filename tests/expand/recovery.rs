#[workflow]
impl Publish {
    const PATIENT: Retry = Retry::fixed(Duration::from_secs(1));

    #[step(retry = Self::PATIENT, workers = 2)]
    async fn write(&self, Start(topic): Start<String>) -> StepResult<Draft> {
        Ok(Draft(topic))
    }

    #[step]
    async fn check(
        &self,
        ctx: &Context<Self, (InputRequired<Ask>, HumanResponse<Approval>, Draft)>,
        draft: Draft,
    ) -> StepResult<Stop<String>> {
        Ok(Stop(draft.0))
    }

    #[catch_error(steps(write), max_recoveries = 2, retry = Retry::linear(n).when(|e| a < b), timeout = "1s")]
    async fn another(&self, failed: StepFailed) -> Draft {
        Draft(failed.step)
    }

    #[catch_error]
    async fn no_draft(&self, ctx: &Context<Self>, failed: StepFailed) -> Stop<String> {
        Stop(failed.step)
    }
}
