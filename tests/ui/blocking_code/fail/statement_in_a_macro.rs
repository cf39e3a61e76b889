use workflows_runtime::prelude::*;

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn read(&self, Start(path): Start<String>) -> StepResult<Stop<usize>> {
        let other = path.clone();
        let (one, two) = tokio::join!(
            async {
                #[blocking(io)]
                let text = std::fs::read(path);
                text
            },
            async {
                #[blocking(io)]
                std::fs::read(other)
            },
        );
        Ok(Stop(one?.len() + two?.len()))
    }
}

fn main() {}
