use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let total = 0;
        #[blocking(cpu)]
        for number in numbers {
            total += number;
        }
        Stop(total)
    }
}

fn main() {}
