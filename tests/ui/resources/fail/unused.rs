#![deny(dead_code)]

use workflows_runtime::prelude::*;

#[workflow]
struct Flow;

#[workflow]
impl Flow {
    #[resource]
    async fn used() -> u8 {
        1
    }

    #[resource]
    async fn unused(#[resource(used)] _: &u8) -> u8 {
        1
    }

    #[step]
    async fn go(&self, #[resource(used)] _: &u8, Start(()): Start<()>) -> Stop<()> {
        Stop(())
    }
}

fn main() {}
