use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(limit): Start<u64>) -> Stop<u64> {
        let mut limit = limit;
        let mut add = |n| limit += n;
        #[blocking(cpu)]
        let square = limit.pow(2);
        add(square);
        Stop(limit)
    }
}

fn main() {}
