use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        #[blocking(cpu)]
        let sum = {
            #[blocking(io)]
            println!("{numbers:?}");
            numbers.iter().sum()
        };
        Stop(sum)
    }
}

fn main() {}
