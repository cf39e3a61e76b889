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
    async fn stray(&self, Link(url): Link) -> Link {
        Link(url)
    }

    #[catch_error(steps(stray))]
    async fn of_what_does_not_run(&self, _: StepFailed) {}

    #[catch_error(steps(fetch, show))]
    async fn of_the_rest(&self, _: StepFailed) {}

    #[catch_error]
    async fn of_nobody(&self, _: StepFailed) {}
}

#[event]
struct Link(String);

fn main() {}
