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

    #[step(retry = 3)]
    async fn three(&self, _: Page) {}

    #[step(retry = pause(Duration::from_secs(1)), workers = 2)]
    async fn pausing(&self, _: Page) {}

    #[catch_error(retry = Self::POLICY)]
    async fn recover(&self, _: StepFailed) {}

    const POLICY: &'static str = "twice";
}

fn pause(duration: Duration) -> Duration {
    duration
}

fn main() {}
