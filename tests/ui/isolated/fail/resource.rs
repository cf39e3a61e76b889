use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[resource]
    #[blocking(cpu, isolated)]
    fn table(&self) -> Vec<u64> {
        vec![1]
    }

    #[step]
    async fn count(&self, #[resource(table)] table: &[u64], _: Start<()>) -> Stop<usize> {
        Stop(table.len())
    }
}

fn main() {}
