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

    #[catch_error(workers = 2, steps = "fetch")]
    async fn one(&self, _: StepFailed) {}

    #[catch_error(steps, max_recoveries = 0)]
    async fn two(&self, _: StepFailed) {}

    #[catch_error(steps(show), max_recoveries = "many")]
    async fn three(&self, _: StepFailed) {}

    #[catch_error = "fetch"]
    async fn four(&self, _: StepFailed) {}

    #[step(max_recoveries = 2)]
    async fn five(&self, _: Page) {}
}

fn main() {}
