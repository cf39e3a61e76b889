//! One error for each statement.

use workflows_runtime::prelude::*;

#[workflow]
struct Count;

#[workflow]
impl Count {
    #[step]
    async fn count(&self, Start(text): Start<String>) -> Stop<usize> {
        #[blocking(cpu)]
        #[blocking(io)]
        let length = text.len();
        #[blocking(io)]
        #[blocking(cpu)]
        drop(text);
        Stop(length)
    }
}

fn main() {}
