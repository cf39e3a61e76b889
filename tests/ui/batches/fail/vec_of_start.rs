use workflows_runtime::prelude::*;

#[workflow]
struct Search;

#[workflow]
impl Search {
    #[step]
    async fn plan(&self, texts: Vec<Start<String>>) -> Stop<usize> {
        Stop(texts.len())
    }
}

fn main() {}
