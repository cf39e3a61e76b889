use workflows_runtime::prelude::*;

#[workflow]
impl Approval {
    #[step]
    async fn ask(&self, Start(text): Start<String>) -> (InputRequired<Draft>, InputRequired<String>) {
        (InputRequired(Draft(text.clone())), InputRequired(text))
    }

    #[step]
    async fn answered(&self, HumanResponse(yes): HumanResponse<bool>) -> Stop<bool> {
        Stop(yes)
    }

    #[step]
    async fn noted(&self, _: HumanResponse<bool>) {}
}
