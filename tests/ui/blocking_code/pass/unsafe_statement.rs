#![deny(warnings)]

use workflows_runtime::prelude::*;

#[workflow]
struct Read;

#[workflow]
impl Read {
    #[step]
    async fn read(&self, Start(number): Start<u64>) -> Stop<u64> {
        let copy;
        #[blocking(io)]
        unsafe {
            copy = std::ptr::read(&number)
        }
        Stop(copy)
    }
}

fn main() {}
