use workflows_runtime::prelude::*;

#[event]
struct Question;

#[workflow]
struct Desk;

#[workflow]
impl Desk {
    #[step]
    async fn begin(&self, _: Start<()>) -> Question {
        Question
    }

    #[step]
    async fn ask(&self, _: Question) -> InputRequired<String> {
        InputRequired("well?".to_owned())
    }

    #[step]
    async fn end(&self, HumanResponse(answer): HumanResponse<String>) -> Stop<String> {
        Stop(answer)
    }
}

fn main() {}
