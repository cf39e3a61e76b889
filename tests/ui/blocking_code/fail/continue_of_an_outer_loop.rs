use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(numbers): Start<Vec<u64>>) -> Stop<u64> {
        let mut sum = 0;
        'outer: for number in numbers {
            #[blocking(cpu)]
            loop {
                if sum > number {
                    continue 'outer;
                }
                sum += 1;
            }
        }
        Stop(sum)
    }
}

fn main() {}
