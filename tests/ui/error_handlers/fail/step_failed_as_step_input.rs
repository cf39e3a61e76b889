use workflows_runtime::prelude::*;

#[event]
struct Page(String);

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn fetch(&self, Start(url): Start<String>) -> StepResult<Page> {
        Ok(Page(url))
    }

    #[step]
    async fn show(&self, Page(text): Page) -> Stop<String> {
        Stop(text)
    }

    #[step]
    async fn one(&self, failed: StepFailed) -> Stop<String> {
        Stop(failed.step)
    }

    #[step]
    async fn all(&self, _: Vec<StepFailed>) {}

    #[step]
    async fn this_or_that(&self, _: OneOf<Page, StepFailed>) {}

    #[step]
    async fn behind_an_alias(&self, _: Failure) {}
}

type Failure = StepFailed;

fn main() {}
