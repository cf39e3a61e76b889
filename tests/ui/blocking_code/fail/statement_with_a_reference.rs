use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let mut numbers = numbers;
        let last = &mut numbers;
        #[blocking(cpu)]
        last.sort();
        Stop(numbers[0])
    }
}

fn main() {}
