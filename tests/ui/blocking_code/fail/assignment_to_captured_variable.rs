use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let mut total = 0;
        let mut most = 0;
        #[blocking(cpu)]
        for number in numbers {
            total += number;
            most = number.max(most);
        }
        Stop(total + most)
    }
}

fn main() {}
