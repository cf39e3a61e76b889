use workflows_runtime::prelude::*;

type Begin = Start<String>;
type Ask = InputRequired<String>;
type End = Stop<usize>;

#[workflow]
impl Aliases {
    #[step]
    async fn begin(&self, Start(text): Begin) -> Result<Ask> {
        Ok(InputRequired(text))
    }

    #[step]
    async fn end(&self, HumanResponse(answer): HumanResponse<String>) -> End {
        Stop(answer.len())
    }
}
