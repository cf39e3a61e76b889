use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        #[blocking(cpu)]
        let sum = 'outer: loop {
            for number in &numbers {
                if *number > 7 {
                    continue 'outer;
                }
            }
            break 'outer numbers.iter().sum();
        };
        Stop(sum)
    }
}

fn main() {}
