use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(limit): Start<u64>) -> Stop<u64> {
        let before = &limit;
        #[blocking(cpu)]
        let all = (0..).take_while(|n| n < &limit).count();
        Stop(limit + before + all as u64)
    }
}

fn main() {}
