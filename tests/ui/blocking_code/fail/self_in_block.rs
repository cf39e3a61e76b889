use workflows_runtime::prelude::*;

#[workflow]
struct Fetch {
    base: String,
}

#[workflow]
impl Fetch {
    #[step]
    async fn fetch(&self, Start(path): Start<String>) -> StepResult<Stop<String>> {
        #[blocking(io)]
        let page = std::fs::read_to_string(format!("{}/{path}", self.base))?;
        #[blocking(io)]
        let other = std::fs::read_to_string(&self.base)?;
        Ok(Stop(page + &other))
    }
}

fn main() {}
