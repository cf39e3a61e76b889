use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(text): Start<String>) -> Stop<usize> {
        #[blocking(cpu, isolated)]
        let count = text.len();
        Stop(count)
    }
}

fn main() {}
