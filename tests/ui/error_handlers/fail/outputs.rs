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

    #[catch_error(steps(fetch))]
    async fn to_nobody(&self, failed: StepFailed) -> Lost {
        Lost(failed.step)
    }

    #[catch_error(steps(show))]
    async fn another_result(&self, failed: StepFailed) -> Stop<u32> {
        Stop(failed.attempts)
    }

    #[catch_error]
    async fn into_a_loop(&self, failed: StepFailed) -> Again {
        Again(failed.step)
    }

    #[step]
    async fn log(&self, _: Page) {}

    #[step]
    async fn again(&self, Again(step): Again) -> Again {
        Again(step)
    }
}

#[event]
struct Lost(String);
#[event]
struct Again(String);

fn main() {}
