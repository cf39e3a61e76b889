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
    async fn nothing(&self, _: &Context<Self>) {}

    #[catch_error(steps(show))]
    async fn text(&self, _: String) {}

    #[catch_error(steps(also))]
    async fn page(&self, _: Page) {}

    #[catch_error(steps(too))]
    async fn several(&self, _: Vec<StepFailed>) {}

    #[catch_error(steps(further))]
    async fn one_of(&self, _: OneOf<StepFailed, Page>) {}

    #[catch_error]
    async fn with_a_page(&self, _: StepFailed, _: Page) {}

    #[step]
    async fn last(&self, _: Page) {}

    #[step]
    async fn also(&self, _: Page) {}

    #[step]
    async fn too(&self, _: Page) {}

    #[step]
    async fn further(&self, _: Page) {}
}

fn main() {}
