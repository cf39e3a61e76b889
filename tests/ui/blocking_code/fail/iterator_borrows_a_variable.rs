use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let mut rest = numbers.iter();
        #[blocking(cpu)]
        let sum: u64 = numbers.iter().sum();
        Stop(sum + rest.next().map_or(numbers[0], |n| *n))
    }
}

fn main() {}
