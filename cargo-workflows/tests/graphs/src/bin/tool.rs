//! A binary, from which no other crate can import.

use workflows_runtime::prelude::*;

#[workflow]
struct Tool;

#[workflow]
impl Tool {
    #[step]
    async fn work(&self, Start(()): Start<()>) -> Stop<u8> {
        Stop(7)
    }
}

fn main() {
    let _ = Tool;
    panic!("the program is not started");
}
