use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let all = &numbers;
        #[blocking(cpu)]
        let sum: u64 = all.iter().sum();
        Stop(sum + numbers[0])
    }
}

fn main() {}
