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

    #[catch_error(steps())]
    async fn recover(&self, _: StepFailed) {}
}

fn main() {}
