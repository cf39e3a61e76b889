use workflows_runtime::prelude::*;

#[event]
struct Page(String);

#[workflow]
struct Reader;

#[workflow]
impl Reader {
    #[step]
    #[blocking(io)]
    fn read(&self, Start(path): Start<String>) -> StepResult<Page> {
        Ok(Page(std::fs::read_to_string(path)?))
    }

    #[blocking(cpu)]
    #[step(workers = 2)]
    fn count(&self, ctx: &Context<Self>, Page(text): Page) -> Option<Stop<usize>> {
        (!ctx.is_cancelled()).then(|| Stop(text.len()))
    }

    #[step]
    #[blocking(cpu, pool = "embed")]
    fn embed(&self, _: Page) {}
}

fn main() {}
