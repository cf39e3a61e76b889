use workflows_runtime::prelude::*;

#[workflow]
impl Reader {
    #[step]
    #[blocking(io)]
    fn read(&self, Start(path): Start<String>) -> StepResult<Page> {
        Ok(Page(std::fs::read_to_string(path)?))
    }

    #[step]
    #[blocking(cpu, pool = "embed")]
    fn embed(&self, ctx: &Context<Self>, page: Page) -> Stop<usize> {
        Stop(page.0.len())
    }
}
