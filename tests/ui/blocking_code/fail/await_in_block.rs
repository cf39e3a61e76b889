use workflows_runtime::prelude::*;

#[workflow]
struct Fetch;

#[workflow]
impl Fetch {
    #[step]
    async fn fetch(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        #[blocking(io)]
        let length = tokio::fs::read(&path).await?.len();
        Ok(Stop(length))
    }
}

fn main() {}
