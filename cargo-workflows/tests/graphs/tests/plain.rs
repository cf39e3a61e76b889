//! A test without a harness, so its `main` runs when it is started.

use workflows_runtime::prelude::*;

#[workflow]
struct Plain;

#[workflow]
impl Plain {
    #[step]
    async fn begin(&self, Start(()): Start<()>) -> Stop<u8> {
        Stop(9)
    }
}

fn main() {
    let _ = Plain;
    panic!("the program is not started");
}
