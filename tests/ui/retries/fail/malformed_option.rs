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

    #[step(retry)]
    async fn one(&self, _: Page) {}

    #[step(retry = , workers = 2)]
    async fn two(&self, _: Page) {}

    #[step(retry = "1s" 3)]
    async fn three(&self, _: Page) {}

    #[step(retry = self.policy.clone())]
    async fn four(&self, _: Page) {}

    #[step(retries = 3)]
    async fn five(&self, _: Page) {}
}

fn main() {}
