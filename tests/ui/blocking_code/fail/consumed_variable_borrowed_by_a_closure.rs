use workflows_runtime::prelude::*;

fn sum(numbers: Vec<u64>) -> u64 {
    numbers.into_iter().sum()
}

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let first = || numbers[0];
        #[blocking(cpu)]
        let sum = sum(numbers);
        Stop(sum + first())
    }
}

fn main() {}
