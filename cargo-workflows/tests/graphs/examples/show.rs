//! An example.

use workflows_runtime::prelude::*;

#[workflow]
struct Shown;

#[workflow]
impl Shown {
    #[step]
    async fn show(&self, Start(()): Start<()>) -> Stop<u8> {
        Stop(8)
    }
}

fn main() {
    let _ = Shown;
}
